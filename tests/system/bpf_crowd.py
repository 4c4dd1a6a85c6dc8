#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A crowd of cgroups and of processes while the exporter hears of all of them: nothing is left behind, nothing is lost unsaid.
PLIMSOLL_CROWD: how many cgroups (1000), a folder each in every hierarchy; ten processes for each."""
import collections
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import bpf_events_need as events  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402

CROWD = int(os.environ.get("PLIMSOLL_CROWD", "1000" if lib.SLOW == 1 else "300"))
FORKS = os.environ.get("PLIMSOLL_BUILD", "") + "/bench/bench_overhead"
AT_ONCE = 50


def target_of(pid, fd):
    """What else it is of: a file's path, or a kind as in socket:."""
    try:
        return re.sub(r":\[\d+\]$", ":", os.readlink(f"/proc/{pid}/fd/{fd}"))
    except OSError:
        return "gone"


def is_of_a_cgroup_that_is_there(target):
    """Its files may be kept open."""
    return any(target.startswith(f"{one.mount}/") for one in lib.hierarchies()) and os.path.exists(target)


def holdings(pid):
    """Descriptors by what they are of: BPF maps, programs and links, files by their path."""
    counts = collections.Counter()
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        try:
            text = open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii").read()
        except OSError:
            continue
        kinds = re.findall(r"^(map_id|prog_id|link_id):", text, re.M)
        what = kinds[0] if kinds else target_of(pid, fd)
        if not is_of_a_cgroup_that_is_there(what):
            counts[what] += 1
    return counts


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status", encoding="ascii").read()).group(1))


def value(text, name, labels=""):
    found = re.search(rf"^{name}{re.escape(labels)} ([0-9.e+]+)$", text, re.M)
    return float(found.group(1)) if found else 0.0


def crowd(number):
    """So many cgroups, some dozens at a time, in every hierarchy."""
    folders = [one.path("crowd") for one in lib.hierarchies()]
    for first in range(0, number, AT_ONCE):
        names = [str(n) for n in range(first, min(first + AT_ONCE, number))]
        for act in (os.mkdir, os.rmdir):
            for folder in folders:
                for name in names:
                    act(folder / name)


def settle(exporter):
    """What lingers is let go, and what was heard of is taken in."""
    exporter.metrics()
    return exporter.metrics()


def test_nothing_is_left():
    events.need()
    lib.cgroup_make("crowd")
    exporter = lib.Exporter("--collector.linger=0s", "--collector.min-interval=0s")
    pid = exporter.process.pid
    crowd(200)
    before, held, kib = settle(exporter), holdings(pid), resident(pid)
    crowd(CROWD)
    lib.cgroup_run("crowd", FORKS, "fork", str(10 * CROWD), stdout=subprocess.DEVNULL).wait()
    after = settle(exporter)
    heard = {kind: value(after, "plimsoll_events_total", f'{{event="{kind}"}}') -
             value(before, "plimsoll_events_total", f'{{event="{kind}"}}') for kind in ("start", "end", "exit")}
    dropped = value(after, "plimsoll_events_dropped_total")
    print(f"{CROWD} cgroups: {heard['start']:.0f} started, {heard['end']:.0f} ended; {10 * CROWD} forks: {heard['exit']:.0f} exits; "
          f"{dropped:.0f} dropped; {kib} KiB resident, then {resident(pid)}")
    if dropped == 0:
        assert heard["start"] >= CROWD and heard["end"] >= CROWD, heard
        assert heard["exit"] >= 10 * CROWD, heard
    now = holdings(pid)
    assert now == held, f"more: {now - held}; less: {held - now}"
    assert resident(pid) < kib + 8192, (resident(pid), kib)
    assert exporter.stop() == 0
    lib.cgroup_remove("crowd")


if __name__ == "__main__":
    lib.main(globals())
