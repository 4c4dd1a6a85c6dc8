#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What those who are watched pay: the same loops with nobody looking on, with plimsoll's default BPF programs attached,
and with --collector.latency, in turns and in one run; and, for that is less than what such a machine's times vary by, the share of a
loop's time that the kernel spent in our programs, by its own count. Results as a Markdown table on stdout, and as JSON below
--results."""
import argparse
import contextlib
import ctypes
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import time
import urllib.request
from pathlib import Path

GROUP = f"plimsoll-bench-{os.getpid()}"
WATCHERS = {"nobody": None, "default": [], "latency": ["--collector.latency"]}


def cgroup_mounts():
    mounts = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, tail = line.partition(" - ")
        if tail.split(" ")[0] in ("cgroup", "cgroup2"):
            mounts.append(Path(fields.split(" ")[4]))
    return mounts


@contextlib.contextmanager
def group():
    """A cgroup below the root in every hierarchy: what is in the root is nobody's container."""
    folders = [mount / GROUP for mount in cgroup_mounts()]
    try:
        for folder in folders:
            folder.mkdir(exist_ok=True)
            with contextlib.suppress(OSError):
                for file in ("cpuset.cpus", "cpuset.mems"):
                    if (folder / file).exists():
                        (folder / file).write_text((folder.parent / file).read_text())
        yield folders
    finally:
        for folder in folders:
            with contextlib.suppress(OSError):
                folder.rmdir()


def in_group(folders, words):
    def enter():
        for folder in folders:
            with contextlib.suppress(OSError):
                (folder / "cgroup.procs").write_text(str(os.getpid()))
    return subprocess.run(words, preexec_fn=enter, capture_output=True, text=True, check=True).stdout


@contextlib.contextmanager
def disk(results):
    """A loop device, whose requests are the kernel's own like any disk's."""
    image = results / "overhead.img"
    with image.open("wb") as file:
        file.truncate(64 << 20)
        os.posix_fallocate(file.fileno(), 0, 64 << 20)
    device = subprocess.run(["losetup", "--find", "--show", str(image)], capture_output=True, text=True, check=True).stdout.strip()
    try:
        yield device
    finally:
        subprocess.run(["losetup", "--detach", device], check=False)
        image.unlink()


@contextlib.contextmanager
def watcher(build, options):
    if options is None:
        yield
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([f"{build}/plimsoll", "exporter", "--source", "bpf", f"--web.listen-address=127.0.0.1:{port}",
                                "--log.level=error", *options])
    try:
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                # the first scrape is what attaches the programs that are not always there
                urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20).read()
                break
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("overhead: the exporter does not answer")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def pipe_ns(folders, loops):
    text = in_group(folders, ["perf", "bench", "sched", "pipe", "-l", str(loops)])
    return 1000 * float(re.search(r"([\d.]+) usecs/op", text).group(1))


def loads(build, device, scale):
    program = f"{build}/bench/bench_overhead"

    def loop(*words):
        return lambda folders: float(in_group(folders, [program, *words]))

    # a trip to and fro through the pipes is two switches
    yield "perf bench sched pipe", lambda folders: pipe_ns(folders, int(100000 * scale))
    yield "fork, exit, wait", loop("fork", str(int(10000 * scale)))
    yield "spawn /bin/true", loop("exec", str(int(3000 * scale)))
    yield "read 4 KiB of a loop device, O_DIRECT", loop("read", str(int(20000 * scale)), device)


def measure(build, folders, device, rounds, scale):
    figures = {}
    for _ in range(rounds):
        for watching, options in WATCHERS.items():
            with watcher(build, options):
                for load, run in loads(build, device, scale):
                    figures.setdefault(load, {}).setdefault(watching, []).append(run(folders))
    return figures


# ---- the kernel's own count (linux/bpf.h: BPF_ENABLE_STATS)

BPF_SYSCALL = {"x86_64": 321, "aarch64": 280}.get(os.uname().machine)
BPF_ENABLE_STATS = 32


@contextlib.contextmanager
def counted():
    """While this is open, the kernel counts what each program takes; that itself takes some 40 ns a run."""
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = ctypes.create_string_buffer(128)  # BPF_STATS_RUN_TIME is 0
    fd = libc.syscall(BPF_SYSCALL, BPF_ENABLE_STATS, attributes, 4)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "the kernel counts no times of BPF programs")
    try:
        yield
    finally:
        os.close(fd)


def run_times():
    """{id: nanoseconds} of every program but iterators, which the exporter runs and pays for itself."""
    done = subprocess.run(["bpftool", "prog", "show", "-j"], capture_output=True, text=True, check=True)
    return {program["id"]: program.get("run_time_ns", 0) for program in json.loads(done.stdout)
            if program.get("name") not in ("walk", "tasks")}


def measure_shares(build, folders, device, scale):
    """{load: {watching: share of its time in programs}}"""
    shares = {}
    for watching, options in WATCHERS.items():
        if options is None:
            continue
        others = set(run_times())
        with watcher(build, options), counted():
            for load, run in loads(build, device, scale):
                before, begun = run_times(), time.monotonic_ns()
                run(folders)
                spent = time.monotonic_ns() - begun
                after = run_times()
                ns = sum(after[id] - before.get(id, 0) for id in after.keys() - others)
                shares.setdefault(load, {})[watching] = ns / spent
    return shares


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    with group() as folders, disk(options.results) as device:
        figures = measure(options.build, folders, device, options.rounds, options.scale)
        shares = measure_shares(options.build, folders, device, options.scale)
    (options.results / "overhead.json").write_text(json.dumps({"ns": figures, "shares": shares}, indent=1))
    print("| load | nobody looks on | default programs | in them | with --collector.latency | in them |")
    print("|---|---:|---:|---:|---:|---:|")
    for load, by in figures.items():
        alone = statistics.median(by["nobody"])
        cells = [f"{alone / 1000:.2f} µs"]
        for watching in ("default", "latency"):
            # each round's turns are compared with each other: what drifts drifts for all
            ratio = statistics.median(w / n for w, n in zip(by[watching], by["nobody"]))
            cells += [f"{statistics.median(by[watching]) / 1000:.2f} µs ({100 * (ratio - 1):+.1f} %)",
                      f"{100 * shares[load][watching]:.2f} %"]
        print(f"| {load} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
