#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a launch costs, start to finish of /bin/true, in turns and in one run: the floor (the same system calls and nothing
else), plimsoll run with the container's folder in memory (as where /run is a tmpfs) and on disk, bubblewrap, runc and crun. Then a crowd
of detached containers: starting, memory, stopping.
Results as a Markdown table on stdout, and as JSON below --results."""
import argparse
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMITS = {"memory": 256 << 20, "pids": 100, "quota": 100000}
PROGRAM = "/bin/true"
IN_MEMORY = "plimsoll run"
GROUP = f"plimsoll-bench-{os.getpid()}"


def make_rootfs(folder):
    """A root file system with busybox as its only program."""
    for name in ("bin", "dev", "proc", "sys", "tmp", "etc"):
        (folder / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", folder / "bin/busybox")
    for name in ("true", "sleep", "sh"):
        (folder / "bin" / name).symlink_to("busybox")


def hierarchies():
    """{controller or "": mount point} of the host."""
    found = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, tail = line.partition(" - ")
        kind, _, options = tail.split(" ")[:3]
        point = fields.split(" ")[4]
        if kind == "cgroup2":
            found.setdefault("", point)
        elif kind == "cgroup":
            for controller in options.split(","):
                found.setdefault(controller, point)
    return found


def floor_command(build, rootfs, scratch, seccomp):
    mounts = hierarchies()
    words = [f"{build}/bench/bench_floor", str(rootfs), str(scratch), str(seccomp)]
    writes = {}
    if "" in mounts:
        words.append(f"+{mounts['']}/{GROUP}")
    if "memory" in mounts:
        for controller in dict.fromkeys(mounts[c] for c in ("cpu", "cpuacct", "memory", "blkio", "pids") if c in mounts):
            words.append(f":{controller}/{GROUP}")
        writes = {f"{mounts['memory']}/{GROUP}/memory.limit_in_bytes": LIMITS["memory"],
                  f"{mounts['cpu']}/{GROUP}/cpu.cfs_quota_us": LIMITS["quota"],
                  f"{mounts['pids']}/{GROUP}/pids.max": LIMITS["pids"]}
    else:
        base = f"{mounts['']}/{GROUP}"
        writes = {f"{base}/memory.max": LIMITS["memory"], f"{base}/cpu.max": f"{LIMITS['quota']} 100000",
                  f"{base}/pids.max": LIMITS["pids"]}
    return words + [f"{file}={value}" for file, value in writes.items()] + ["--", PROGRAM]


def plimsoll_command(build, rootfs):
    return [f"{build}/plimsoll", "run", "--rm", "--rootfs", str(rootfs), "--memory", str(LIMITS["memory"]), "--cpus", "1",
            "--pids-limit", str(LIMITS["pids"]), PROGRAM]


def bubblewrap_command(rootfs):
    return ["bwrap", "--unshare-all", "--bind", str(rootfs), "/", "--proc", "/proc", "--dev", "/dev", PROGRAM]


def bundle(folder, rootfs, program, limited):
    """An OCI bundle for runc and crun: what `runc spec` says, without a terminal, with our limits."""
    folder.mkdir()
    subprocess.run([program, "spec"], cwd=folder, check=True, capture_output=True)
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["process"].update(terminal=False, args=[PROGRAM])
    config["root"] = {"path": str(rootfs), "readonly": False}
    if limited:
        config["linux"]["resources"].update(memory={"limit": LIMITS["memory"]}, pids={"limit": LIMITS["pids"]},
                                            cpu={"quota": LIMITS["quota"], "period": 100000})
    else:
        config["linux"].pop("resources", None)
    path.write_text(json.dumps(config))
    return folder


def runtime_command(program, folder, state, extra=()):
    return [program, "--root", str(state), *extra, "run", "--bundle", str(folder), GROUP]


def time_of(command, variables):
    """Milliseconds from start to finish; the program must succeed."""
    environment = {**os.environ, **variables}
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, environment,
                          file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)])
    _, status = os.waitpid(pid, 0)
    took = (time.perf_counter() - start) * 1000
    if status:
        sys.exit(f"bench: {' '.join(command)}: status {status}")
    return took


def works(command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        print(f"left out: {command[0]}: {done.stderr.strip().splitlines()[-1:] or done.returncode}", file=sys.stderr)
    return done.returncode == 0


def compiled_filter(folder):
    """The system call filter of the last launch, from plimsoll's cache, without its header (runtime/seccomp_file.h)."""
    cached = next((folder / "store/seccomp").iterdir()).read_bytes()
    count = struct.unpack_from("<QQIIII", cached)[3]
    plain = folder / "filter"
    plain.write_bytes(cached[-8 * count:])
    return plain


def candidates(build, folder, rootfs):
    scratch = folder / "scratch"
    scratch.mkdir()
    plimsoll = plimsoll_command(build, rootfs)
    subprocess.run(plimsoll, check=True)
    found = {"floor": floor_command(build, rootfs, scratch, compiled_filter(folder)), IN_MEMORY: plimsoll,
             "plimsoll run, folder on disk": plimsoll}
    if shutil.which("bwrap"):
        found["bubblewrap (no cgroups)"] = bubblewrap_command(rootfs)
    if shutil.which("runc"):
        found["runc"] = runtime_command("runc", bundle(folder / "runc", rootfs, "runc", True), folder / "runc-state")
    if shutil.which("crun"):
        found["crun"] = runtime_command("crun", bundle(folder / "crun", rootfs, "crun", True), folder / "crun-state")
        if not works(found["crun"]):
            del found["crun"]
            found["crun (no cgroups)"] = runtime_command("crun", bundle(folder / "crun-bare", rootfs, "crun", False),
                                                         folder / "crun-state", ("--cgroup-manager=disabled",))
    return {name: command for name, command in found.items() if works(command)}


def bench_launch(args, folder, rootfs, memory):
    commands = candidates(args.build, folder, rootfs)
    # two stores: one that has a half in memory uses it
    variables = {IN_MEMORY: {"PLIMSOLL_ROOT": str(folder / "store-with-memory"), "PLIMSOLL_RUN": f"{memory}/plimsoll"}}
    times = {name: [] for name in commands}
    for turn in range(args.rounds + 5):
        for name, command in commands.items():
            took = time_of(command, variables.get(name, {}))
            if turn >= 5:
                times[name].append(took)
    base = statistics.median(times["floor"])
    print("| start to finish of /bin/true | median ms | min | p95 | × floor |\n|---|---|---|---|---|")
    for name, values in times.items():
        median = statistics.median(values)
        p95 = sorted(values)[int(len(values) * 0.95)]
        print(f"| {name} | {median:.2f} | {min(values):.2f} | {p95:.2f} | {median / base:.2f} |")
    return times


def supervisors(pids):
    """PSS in KiB, of each."""
    sizes = []
    for pid in pids:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        sizes.append(next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")))
    return sizes


def bench_crowd(args, rootfs):
    """Detached containers: two at a time are started, as the machine has two cores."""
    program = f"{args.build}/plimsoll"
    names = [f"bench-{os.getpid()}-{i}" for i in range(args.crowd)]
    script = f'exec "{program}" run -d --name "$0" --rootfs "{rootfs}" --memory 64m /bin/sleep 100000'
    start = time.perf_counter()
    subprocess.run(["xargs", "-P", "2", "-n", "1", "sh", "-c", script], input="\n".join(names), text=True, check=True,
                   stdout=subprocess.DEVNULL)
    started = time.perf_counter() - start
    pids = []
    for at in range(0, len(names), 100):
        done = subprocess.run([program, "inspect", *names[at:at + 100]], capture_output=True, text=True, check=True)
        pids += [c["State"]["SupervisorPid"] for c in json.loads(done.stdout)]
    sizes = supervisors(pids)
    start = time.perf_counter()
    subprocess.run([program, "rm", "-f", *names], check=True, stdout=subprocess.DEVNULL)
    removed = time.perf_counter() - start
    print(f"\n| {args.crowd} detached containers | |\n|---|---|\n| started | {started:.2f} s |\n"
          f"| supervisor, PSS, mean / largest | {statistics.mean(sizes):.0f} / {max(sizes)} KiB |\n"
          f"| all stopped and removed | {removed:.2f} s |")
    return {"started_s": started, "pss_kib": sizes, "removed_s": removed}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--crowd", type=int, default=1000)
    args = parser.parse_args()
    with (tempfile.TemporaryDirectory(prefix="plimsoll-bench-") as name,
          tempfile.TemporaryDirectory(prefix="plimsoll-bench-", dir="/dev/shm") as memory):
        folder = Path(name)
        os.environ["PLIMSOLL_ROOT"] = str(folder / "store")
        make_rootfs(folder / "rootfs")
        results = {"launch_ms": bench_launch(args, folder, folder / "rootfs", memory),
                   "crowd": bench_crowd(args, folder / "rootfs")}
    Path(args.results, "launch.json").write_text(json.dumps(results))


main()
