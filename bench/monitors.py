#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""CPU a container and sample, and memory, of monitors that look at the same cgroups, once a second or every --interval.

Each monitor runs by itself, on the same crowd of cgroups, one after the other: warmed up first, then measured for
some samples. CPU is what the kernel charged to all threads of its processes (schedstat, in nanoseconds)."""
import argparse
import gzip
import http.client
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = os.environ.get("BENCH_FOLDER", "plimsoll-bench")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def hierarchies():
    """(version, mount point) of each hierarchy that shows its root."""
    found = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        words = line.split()
        kind = words[words.index("-") + 1]
        if kind in ("cgroup", "cgroup2") and words[3] == "/":
            found.setdefault(words[2], (2 if kind == "cgroup2" else 1, Path(words[4])))
    return list(found.values())


# From so many cgroups on, those v1 hierarchies are left out that hold next to no figures: a cgroup in each of ten takes
# more inodes, watches and descriptors than a host of this size has to spare.
REDUCED_FROM = 5000
LEFT_OUT = {"cpuset", "devices", "freezer", "systemd", "perf_event", "net_cls", "hugetlb", "rdma", "misc"}


def is_used(count, version, mount):
    return version == 2 or count < REDUCED_FROM or mount.name not in LEFT_OUT


class Crowd:
    """COUNT cgroups with a process each in every hierarchy (see REDUCED_FROM); each tenth works a little."""

    def __init__(self, build, count):
        self.folders = []
        for version, mount in hierarchies():
            if not is_used(count, version, mount):
                continue
            folder = mount / FOLDER
            folder.mkdir()
            self.folders.append(folder)
            for file in ("cpuset.cpus", "cpuset.mems"):
                if version == 1 and (folder / file).exists():
                    (folder / file).write_text((mount / file).read_text())
            if version == 2:
                for controller in (folder / "cgroup.controllers").read_text().split():
                    (folder / "cgroup.subtree_control").write_text("+" + controller)
        self.process = subprocess.Popen([build / "bench" / "bench_crowd", str(count), "10", *self.folders],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n", "the crowd did not come up"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        for folder in self.folders:
            for _ in range(200):
                try:
                    folder.rmdir()
                    break
                except OSError:
                    time.sleep(0.05)


class Monitor:
    """A process under measurement."""
    name = ""
    interval = 1  # seconds

    def __init__(self, build, count):
        self.build, self.count = build, count
        self.folder = Path(tempfile.mkdtemp(prefix="plimsoll-bench."))
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.output(),
                                        stderr=(self.folder / "stderr").open("wb"))

    def output(self):
        return subprocess.DEVNULL

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu_ns(self):
        """Of all threads. Threads that end take their time along: these programs keep theirs."""
        return sum(int(task.joinpath("schedstat").read_text().split()[0])
                   for task in Path(f"/proc/{self.process.pid}/task").iterdir())

    def ticks_ns(self):
        """As coarse as the clock tick, but with what ended threads and children took."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, words[11:15])) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")

    def memory(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        rollup = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return {"rss_kib": int(re.search(r"VmRSS:\s+(\d+)", status)[1]),
                "pss_kib": int(re.search(r"\nPss:\s+(\d+)", rollup)[1]),
                "anonymous_kib": int(re.search(r"RssAnon:\s+(\d+)", status)[1])}

    def warm_up(self):
        raise NotImplementedError

    def look(self):
        """What happens from outside for each sample: nothing."""

    def measure(self, samples):
        self.warm_up()
        seen = self.seen()
        assert seen == self.count, f"{self.name} sees {seen} of {self.count} cgroups"
        cpu, ticks, begun = self.cpu_ns(), self.ticks_ns(), time.monotonic()
        for turn in range(1, samples + 1):
            time.sleep(max(0, begun + turn * self.interval - time.monotonic()))
            self.look()
        spent = time.monotonic() - begun
        cpu, ticks = self.cpu_ns() - cpu, self.ticks_ns() - ticks
        return {"monitor": self.name, "containers": self.count, "seconds": spent, "samples": samples, "cpu_ns": cpu,
                "cpu_ticks_ns": ticks, "us_a_container_and_sample": cpu / 1000 / samples / self.count,
                "percent_of_a_cpu": cpu / 1e7 / spent, **self.memory(), **self.more()}

    def more(self):
        return {}


class Plimsoll(Monitor):
    name = "plimsoll exporter"
    encoding = "identity"

    def command(self):
        self.port = free_port()
        self.scrapes = []
        return [self.build / "plimsoll", "exporter", f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"]

    def scrape(self):
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0",
                                                       "Accept-Encoding": self.encoding})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        spent, served = time.monotonic() - begun, len(body)
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert answer.status == 200, answer.status
        self.scrapes.append((spent, served))
        return body

    def warm_up(self):
        for _ in range(200):
            try:
                self.scrape()
                break
            except OSError:
                time.sleep(0.05)
        # For ten seconds it asks oftener who a cgroup is: runtimes write that down late.
        for _ in range(12):
            time.sleep(1)
            self.scrape()
        self.scrapes.clear()

    def seen(self):
        wanted = f'container_cpu_usage_seconds_total{{id="/{FOLDER}/c'.encode()
        body = self.scrape()
        self.series = sum(line[:1] not in (b"#", b"") for line in body.split(b"\n"))
        return body.count(wanted)

    def look(self):
        self.scrape()

    def more(self):
        times = sorted(seconds for seconds, _ in self.scrapes)
        return {"scrape_ms_median": times[len(times) // 2] * 1000, "scrape_ms_most": times[-1] * 1000,
                "scrape_bytes": self.scrapes[-1][1], "series": self.series}


class PlimsollFiles(Plimsoll):
    """Where the kernel lets nobody load BPF programs."""
    name = "plimsoll exporter, from files"

    def command(self):
        return [*super().command(), "--source=files"]


class PlimsollGzip(Plimsoll):
    """As Prometheus asks for it unless told otherwise."""
    name = "plimsoll exporter, compressed"
    encoding = "gzip"


NETDATA = """[global]
    run as user = root
    update every = {interval}
    OOM score = keep
[directories]
    config = {folder}
    stock config = {folder}
    cache = {folder}
    lib = {folder}
    log = {folder}
    web = {folder}
    plugins = /usr/lib/netdata/plugins.d
[db]
    mode = ram
    retention = 600
[logs]
    debug = none
    error = {folder}/error.log
    access = none
    health = none
[web]
    mode = static-threaded
    bind to = 127.0.0.1:{port}
[ml]
    enabled = no
[health]
    enabled = no
[statsd]
    enabled = no
[registry]
    enabled = no
[cloud]
    enabled = no
[plugins]
    enable running new plugins = no
    proc = no
    diskspace = no
    cgroups = yes
    tc = no
    idlejitter = no
    timex = no
    statsd = no
    profile = no
    netdata monitoring = no
    netdata monitoring extended = no
    charts.d = no
    python.d = no
    node.d = no
    go.d = no
    apps = no
    perf = no
    slabinfo = no
    nfacct = no
    xenstat = no
    freeipmi = no
    ebpf = no
    ioping = no
    cups = no
[plugin:cgroups]
    max cgroups to allow = 10000
    enable by default cgroups matching = /{bench}/*
    enable by default cgroups names matching = *
    search for cgroups in subpaths matching = *
    use unified cgroups = {unified}
    check for new cgroups every = 10
    run script to rename cgroups matching = !*
    script to get cgroup network interfaces = /bin/true
"""


class Netdata(Monitor):
    name = "netdata 1.37 (cgroups plugin)"

    def command(self):
        self.port = free_port()
        # It reads its files once it runs; where it is to look must be there before.
        file = self.folder / "netdata.conf"
        v1 = any(version == 1 for version, _ in hierarchies())
        file.write_text(NETDATA.format(folder=self.folder, port=self.port, bench=FOLDER, unified="no" if v1 else "yes",
                                       interval=self.interval))
        return ["netdata", "-D", "-c", file, "-P", self.folder / "pid"]

    def charts(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", "/api/v1/charts")
        charts = json.load(connection.getresponse())["charts"]
        connection.close()
        return charts

    def warm_up(self):
        deadline = time.monotonic() + 90 + self.count / 20  # it starts a script for each that it finds
        while time.monotonic() < deadline:
            time.sleep(1)
            try:
                if self.seen() >= self.count:
                    break
            except (OSError, ValueError):
                continue
        time.sleep(5 * self.interval)

    def seen(self):
        charts = self.charts()
        self.n_charts = len(charts)
        self.series = sum(len(chart["dimensions"]) for chart in charts.values())
        return len({name.partition(".")[0] for name in charts if FOLDER in name})

    def more(self):
        return {"charts": self.n_charts, "series": self.series}


class Cgtop(Monitor):
    name = "systemd-cgtop"

    def command(self):
        return ["systemd-cgtop", "-b", "-n", "100000", "-d", str(self.interval), "--depth=3"]

    def output(self):
        return (self.folder / "stdout").open("wb")

    def warm_up(self):
        time.sleep(4 * self.interval)

    def seen(self):
        text = (self.folder / "stdout").read_text(errors="replace")
        return len(set(re.findall(rf"{FOLDER}/c\d+", text)))


def table(results):
    """For docs/PERFORMANCE.md."""
    lines = ["| containers | monitor | CPU a container and sample | of one CPU | ratio | resident | proportional | series |",
             "|---:|---|---:|---:|---:|---:|---:|---:|"]
    for result in results:
        base = next(one for one in results if one["containers"] == result["containers"])
        lines.append(f"| {result['containers']} | {result['monitor']} | {result['us_a_container_and_sample']:.1f} µs "
                     f"| {result['percent_of_a_cpu']:.2f} % "
                     f"| {result['us_a_container_and_sample'] / base['us_a_container_and_sample']:.2f} "
                     f"| {result['rss_kib'] / 1024:.1f} MB | {result['pss_kib'] / 1024:.1f} MB | {result.get('series', '')} |")
    return "\n".join(lines)


def measure(kind, build, count, samples):
    monitor = kind(build, count)
    try:
        return monitor.measure(samples)
    except (AssertionError, OSError) as error:
        shown = (monitor.folder / "stderr").read_text(errors="replace")[-600:]
        print(f"bench: {kind.name} at {count}: {error}\n{shown}", file=sys.stderr)
        return None
    finally:
        monitor.end()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", type=Path, required=True)
    options.add_argument("--results", type=Path, required=True)
    options.add_argument("--sizes", default=os.environ.get("BENCH_SIZES", "100 1000 5000"))
    options.add_argument("--samples", type=int, default=int(os.environ.get("BENCH_SAMPLES", "20")))
    options.add_argument("--interval", type=int, default=int(os.environ.get("BENCH_INTERVAL", "1")), help="seconds")
    options.add_argument("--monitors", default=os.environ.get("BENCH_MONITORS", "plimsoll netdata systemd-cgtop"))
    told = options.parse_args()
    Monitor.interval = told.interval
    results, complete = [], True
    for count in map(int, told.sizes.split()):
        with Crowd(told.build, count):
            for kind in (Plimsoll, PlimsollGzip, PlimsollFiles, Netdata, Cgtop):
                if kind.name.split()[0] not in told.monitors.split():
                    continue
                # systemd-cgtop ends when anybody's cgroup goes away while it looks.
                result = measure(kind, told.build, count, told.samples) or measure(kind, told.build, count, told.samples)
                complete &= result is not None
                if result:
                    results.append(result)
                    print(f"{count:5} {result['monitor']:30} {result['us_a_container_and_sample']:7.1f} µs a container "
                          f"and sample, {result['rss_kib'] / 1024:6.1f} MB", flush=True)
    told.results.mkdir(parents=True, exist_ok=True)
    host = {"kernel": platform.release(), "cpus": os.cpu_count(),
            "hierarchies": [f"v{version} {mount.name}" for version, mount in hierarchies()],
            "reduced_from": REDUCED_FROM, "left_out": sorted(LEFT_OUT)}
    (told.results / "monitors.json").write_text(json.dumps({"host": host, "results": results}, indent=1) + "\n")
    (told.results / "monitors.md").write_text(table(results) + "\n")
    print(table(results))
    sys.exit(0 if complete and results else 1)


if __name__ == "__main__":
    main()
