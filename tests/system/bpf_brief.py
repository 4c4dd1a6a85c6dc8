#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""No container is too short to be counted: some hundreds of them between two scrapes, and what they used."""
import concurrent.futures
import json
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import bpf_events_need as events  # noqa: E402
import plimsoll_run as run  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402

# How many in all (a thousand: docs/PERFORMANCE.md); emulated, a launch takes a second.
COUNT = int(os.environ.get("PLIMSOLL_BRIEF", "300" if lib.SLOW == 1 else "60"))
RUNC = COUNT // 4
OURS = COUNT - RUNC
AT_ONCE = 4
WORK = os.environ.get("PLIMSOLL_BUILD", "") + "/tests/system/brief_work"


def ended(text, name, **labels):
    """The sum of a plimsoll_ended_* family over the series that have these labels."""
    total = 0.0
    for line in text.splitlines():
        if line.startswith(name + "{") and all(f'{key}="{value}"' in line for key, value in labels.items()):
            total += float(line.rsplit(" ", 1)[1])
    return total


def usage_usec(group):
    """CPU time of a v2 cgroup and all that ever was below it."""
    text = (lib.hierarchy("unified").path(group) / "cpu.stat").read_text()
    return int(re.search(r"^usage_usec (\d+)$", text, re.M).group(1))


def rusage_of(output):
    return int(output.strip() or 0)


class Plimsoll:
    """Containers of `plimsoll run`, each gone with its end."""
    group = "brief/ours"

    def __init__(self):
        lib.cgroup_make(self.group)
        (run.rootfs() / "bin/brief_work").write_bytes(open(WORK, "rb").read())
        (run.rootfs() / "bin/brief_work").chmod(0o755)
        self.parent = f"/{lib.work().name}/{self.group}"

    def one(self, number, milliseconds):
        done = run.run("--rm", "--name", f"brief-{number}", "--cgroup-parent", self.parent, "-m", "64m", "/bin/brief_work",
                       str(milliseconds))
        return rusage_of(done.stdout)


class Runc:
    """The same by runc: a bundle for each, for its id is its folder's."""
    group = "brief/runc"

    def __init__(self):
        lib.need("runc")
        lib.cgroup_make(self.group)
        self.parent = f"/{lib.work().name}/{self.group}"
        self.root = lib.work() / "runc-state"
        (run.rootfs() / "bin/brief_work").write_bytes(open(WORK, "rb").read())
        (run.rootfs() / "bin/brief_work").chmod(0o755)
        self.bundles = lib.work() / "bundles"
        self.bundles.mkdir()
        subprocess.run(["runc", "spec"], cwd=self.bundles, check=True)
        self.spec = json.loads((self.bundles / "config.json").read_text())

    def one(self, number, milliseconds):
        bundle = self.bundles / str(number)
        bundle.mkdir()
        spec = dict(self.spec)
        spec["root"] = {"path": str(run.rootfs()), "readonly": True}
        spec["process"] = dict(spec["process"], terminal=False, args=["/bin/brief_work", str(milliseconds)])
        spec["linux"] = dict(spec["linux"], cgroupsPath=f"{self.parent}/brief-{number}")
        (bundle / "config.json").write_text(json.dumps(spec))
        done = subprocess.run(["runc", "--root", str(self.root), "run", "--bundle", str(bundle), f"brief-{number}"],
                              capture_output=True, text=True, timeout=120 * lib.SLOW, check=False)
        assert done.returncode == 0, done
        return rusage_of(done.stdout)


def run_many(runtime, count):
    """CPU time in µs that the first processes saw of themselves and their children."""
    lengths = random.Random(7)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(runtime.one, number, lengths.randint(20, 100)) for number in range(count)]
        return sum(job.result() for job in jobs)


def check(kind, runtime, count, **labels):
    exporter = lib.Exporter("--source", "bpf", "--collector.linger=10s")
    before = exporter.metrics()
    used = usage_usec(runtime.group)
    seen = run_many(runtime, count)
    used = usage_usec(runtime.group) - used
    after = exporter.metrics()
    counted = ended(after, "plimsoll_ended_containers_total", **labels) - ended(
        before, "plimsoll_ended_containers_total", **labels)
    cpu = 1e6 * (ended(after, "plimsoll_ended_cpu_usage_seconds_total", **labels) - ended(
        before, "plimsoll_ended_cpu_usage_seconds_total", **labels))
    dropped = ended(after.replace("plimsoll_events_dropped_total ", "plimsoll_events_dropped_total{} "),
                    "plimsoll_events_dropped_total")
    print(f"{kind}: {counted:.0f} of {count} counted; {cpu / 1000:.1f} ms, the parent cgroup says {used / 1000:.1f}, "
          f"first processes {seen / 1000:.1f}; {dropped:.0f} events dropped")
    assert exporter.stop() == 0
    return counted, cpu, used, seen, after


def test_plimsoll():
    events.need()
    runtime = Plimsoll()
    counted, cpu, used, seen, text = check("plimsoll", runtime, OURS, **{"class": "container"})
    assert counted == OURS, counted
    assert abs(cpu - used) <= 0.01 * used, (cpu, used)
    assert cpu >= 0.99 * seen, (cpu, seen)
    # whose they were was found out while they were there, for nearly all
    named = ended(text, "plimsoll_ended_containers_total", reason="done")
    assert named >= 0.99 * OURS, named


def test_runc():
    events.need()
    runtime = Runc()
    # runc's cgroups are anybody's by their paths
    counted, cpu, used, seen, _ = check("runc", runtime, RUNC, **{"class": "group"})
    assert counted == RUNC, counted
    assert abs(cpu - used) <= 0.01 * used, (cpu, used)
    assert cpu >= 0.9 * seen, (cpu, seen)


if __name__ == "__main__":
    lib.main(globals())
