#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""CPU of dashboards that look at the same cgroups once a second, each on a terminal of 100x30 of its own, and the bytes they send to
it; then, with a crowd, how long plimsoll top takes from a key to the last byte of the picture that it leads to."""
import argparse
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from monitors import Crowd, Monitor

ROWS, COLUMNS = 30, 100


class Dashboard(Monitor):
    """A monitor on a terminal; what it paints is read as it comes."""

    def __init__(self, build, count):
        self.build, self.count = build, count
        self.folder = Path(tempfile.mkdtemp(prefix="plimsoll-bench."))
        self.terminal, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.received = 0
        self.tail = b""
        self.process = subprocess.Popen(self.command(), stdin=inside, stdout=inside, stderr=inside,
                                        start_new_session=True,
                                        env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
                                             "HTOPRC": str(self.folder / "htoprc"), "XDG_CONFIG_HOME": str(self.folder)})
        os.close(inside)

    def read_for(self, seconds):
        """Takes what is painted for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                text = os.read(self.terminal, 1 << 16)
                self.received += len(text)
                self.tail = (self.tail + text)[-200000:]

    def warm_up(self):
        self.read_for(6)

    def seen(self):
        """A terminal shows a part, and cuts names: that it paints at all is what can be told."""
        return self.count if self.received > 1000 and self.process.poll() is None else 0

    def measure(self, seconds):
        self.warm_up()
        assert self.seen() == self.count, f"{self.name} paints nothing"
        cpu, received, begun = self.cpu_ns(), self.received, time.monotonic()
        self.read_for(seconds)
        spent, cpu = time.monotonic() - begun, self.cpu_ns() - cpu
        return {"dashboard": self.name, "containers": self.count, "seconds": spent, "cpu_ns": cpu,
                "percent_of_a_cpu": cpu / 1e7 / spent, "bytes_a_refresh": (self.received - received) / spent, **self.memory(),
                **self.more()}

    def end(self):
        super().end()
        os.close(self.terminal)


class Top(Dashboard):
    name = "plimsoll top"

    def command(self):
        return [self.build / "plimsoll", "top", "--all", "--interval", "1s"]

    def key_ms(self, key, quiet=0.05):
        """From a key to the last byte of what it leads to: the picture is complete when nothing comes for a while."""
        self.read_for(quiet)
        begun = last = time.monotonic()
        os.write(self.terminal, key)
        got = 0
        while select.select([self.terminal], [], [], quiet if got else 1)[0]:
            got += len(os.read(self.terminal, 1 << 16))
            last = time.monotonic()
        return (last - begun) * 1000 if got else None

    def more(self):
        times = sorted(ms for _ in range(15) for key in (b"j", b"k") if (ms := self.key_ms(key)) is not None)
        return {"key_ms_median": times[len(times) // 2], "key_ms_p90": times[len(times) * 9 // 10], "keys": len(times)}


class Htop(Dashboard):
    name = "htop"

    def command(self):
        return ["htop", "--delay=10"]


class Cgtop(Dashboard):
    name = "systemd-cgtop"

    def command(self):
        return ["systemd-cgtop", "-d", "1", "--depth=3"]


def table(results):
    lines = ["| containers | dashboard | of one CPU | ratio | bytes a refresh | resident | key to picture |",
             "|---:|---|---:|---:|---:|---:|---:|"]
    for one in results:
        base = next(other for other in results if other["containers"] == one["containers"])
        key = f"{one['key_ms_median']:.1f} ms (p90 {one['key_ms_p90']:.1f})" if "key_ms_median" in one else ""
        lines.append(f"| {one['containers']} | {one['dashboard']} | {one['percent_of_a_cpu']:.2f} % "
                     f"| {one['percent_of_a_cpu'] / base['percent_of_a_cpu']:.2f} | {one['bytes_a_refresh']:.0f} "
                     f"| {one['rss_kib'] / 1024:.1f} MB | {key} |")
    return "\n".join(lines)


def measure(kind, build, count, seconds):
    dashboard = kind(build, count)
    try:
        return dashboard.measure(seconds)
    except (AssertionError, OSError) as error:
        shown = dashboard.tail[-600:].decode(errors="replace")
        print(f"bench: {kind.name} at {count}: {error}\n{shown}", file=sys.stderr)
        return None
    finally:
        dashboard.end()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", type=Path, required=True)
    options.add_argument("--results", type=Path, required=True)
    options.add_argument("--sizes", default=os.environ.get("BENCH_SIZES", "500 2000"))
    options.add_argument("--seconds", type=int, default=int(os.environ.get("BENCH_SECONDS", "20")))
    told = options.parse_args()
    results, complete = [], True
    for count in map(int, told.sizes.split()):
        with Crowd(told.build, count):
            for kind in (Top, Htop, Cgtop):
                result = measure(kind, told.build, count, told.seconds)
                complete &= result is not None
                if result:
                    results.append(result)
    told.results.mkdir(parents=True, exist_ok=True)
    (told.results / "dashboards.json").write_text(json.dumps(results, indent=1) + "\n")
    (told.results / "dashboards.md").write_text(table(results) + "\n")
    print(table(results))
    sys.exit(0 if complete and results else 1)


if __name__ == "__main__":
    main()
