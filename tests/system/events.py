#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`plimsoll events` on real containers: what files tell, what the kernel tells besides, what a recording tells, and how it
ends."""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import bpf_events_need as kernel  # noqa: E402
import plimsoll_run as run  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402

MIB = 1 << 20


class Watch:
    """plimsoll events in the background, as JSON into a file."""

    def __init__(self, *words):
        run.store()
        stamp = time.monotonic_ns()
        self.out, self.err = (lib.work() / f"events-{stamp}.{end}" for end in ("jsonl", "err"))
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = run.popen("events", "--format", "json", "--interval", "50ms", *words, stdout=out, stderr=err)
        self._listens()

    def _listens(self):
        """A container that comes and goes is told of: what comes from now on is."""
        def heard():
            assert self.process.poll() is None, self.err.read_text()
            run.run("--rm", "--name", "here", "/bin/true")
            return "here" in self.text() or self.err.read_text()
        lib.wait_for(heard, "events to be listened to", 30)

    def text(self):
        return self.out.read_text()

    def all(self, name):
        lines = self.text().splitlines(keepends=True)
        return [one for one in map(json.loads, (line for line in lines if line.endswith("\n"))) if one["name"] == name]

    def kinds(self, name):
        return [one["event"] for one in self.all(name)]

    def wait(self, name, event):
        lib.wait_for(lambda: event in self.kinds(name), f"{event} of {name}", 20)
        return next(one for one in self.all(name) if one["event"] == event)

    def stop(self, number=signal.SIGTERM):
        return lib.end(self.process, number)


def test_from_files():
    """What is missing is said once, with a life of a container that is long enough."""
    run.rootfs()
    watch = Watch("--source", "files")
    run.start("--name", "lives", "-m", "64m", "/bin/sleep", "1000")
    start = watch.wait("lives", "start")
    assert abs(start["time_seconds"] - time.time()) < 60 and start["class"] == "container" and start["runtime"] == "plimsoll", start
    lib.plimsoll("pause", "lives")
    watch.wait("lives", "frozen")
    lib.plimsoll("unpause", "lives")
    watch.wait("lives", "thawed")
    lib.plimsoll("update", "-m", "128m", "lives")
    assert "64.0MiB -> 128.0MiB" in watch.wait("lives", "limit")["detail"]
    run.remove("lives")
    watch.wait("lives", "end")
    assert watch.stop() == 0
    said = watch.err.read_text()
    assert said.count("the kernel's own events are not to be had") == 1 and "--source files" in said, said
    assert not {"exec", "exit"} & {one["event"] for one in map(json.loads, watch.text().splitlines())}


def test_ends_by_itself():
    run.rootfs()
    began = time.monotonic()
    done = lib.plimsoll("events", "--duration", "300ms", "--kind", "pids-max", "--source", "files")
    assert done.stdout == "" and time.monotonic() - began >= 0.3, done
    watch = Watch("--count", "2", "--source", "files", "--kind", "frozen,THAWED", "--filter", "name=counted")
    run.start("--name", "counted", "/bin/sleep", "1000")
    lib.plimsoll("pause", "counted")
    watch.wait("counted", "frozen")
    assert watch.process.poll() is None
    lib.plimsoll("unpause", "counted")
    lib.wait_for(lambda: watch.process.poll() is not None, "two events", 20)
    assert watch.process.returncode == 0 and watch.kinds("counted") == ["frozen", "thawed"], watch.text()
    run.remove("counted")


def test_signals_and_a_reader_that_goes():
    run.rootfs()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        watch = Watch()
        assert watch.stop(number) == 0, number
    read, write = os.pipe()
    process = run.popen("events", "--source", "files", "--interval", "50ms", stdout=write, stderr=subprocess.DEVNULL)
    os.close(write)
    os.close(read)

    def ended():
        run.shell("sleep 0.3")
        return process.poll() is not None
    lib.wait_for(ended, "it to see that nobody reads", 30)
    assert process.returncode == 0


def test_a_recording_tells():
    run.rootfs()
    path = lib.work() / "told.plr"
    recorder = run.popen("record", "--interval", "50ms", "--path.plimsoll-root", run.store(), path)
    lib.wait_for(lambda: path.exists() and path.stat().st_size, "a first snapshot")
    run.start("--name", "told", "--pids-limit", "100", "/bin/sleep", "1000")

    def events():
        done = lib.plimsoll("events", "--replay", path, "--format", "json", "--filter", "name=told")
        assert "not to be had" not in done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]
    lib.wait_for(lambda: any(one["event"] == "start" for one in events()), "its start in the recording", 20)
    lib.plimsoll("update", "--pids-limit", "50", "told")
    lib.wait_for(lambda: any(one["detail"] == "pids.max 100 -> 50" for one in events()), "its limit in the recording", 20)
    run.remove("told")
    lib.wait_for(lambda: events()[-1]["event"] == "end", "its end in the recording", 20)
    assert lib.end(recorder) == 0


def test_the_kernel_tells():
    """A container that is over at once, with every process in it, and how it ended."""
    kernel.need()
    run.rootfs()
    watch = Watch()
    run.run("--rm", "--name", "brief", "/bin/sh", "-c", "/bin/true; exit 3", check=False)
    end = watch.wait("brief", "end")
    assert end["exit_code"] == 3 and end["reason"] == "failed", end
    kinds = watch.kinds("brief")
    assert kinds[0] == "start" and kinds.count("start") == kinds.count("end") == 1, kinds
    execs = [one["program"] for one in watch.all("brief") if one["event"] == "exec"]
    assert any(program.endswith("/true") for program in execs), execs
    exits = [one["exit_code"] for one in watch.all("brief") if one["event"] == "exit"]
    assert 0 in exits and 3 in exits, exits
    assert watch.stop() == 0
    assert "not to be had" not in watch.err.read_text()


def test_whose_limit_it_was():
    kernel.need()
    run.rootfs()
    watch = Watch()
    run.run("--rm", "--name", "eater", "-m", "32m", "--memory-swap", "32m", "/bin/tail", "/dev/zero", check=False)
    kill = watch.wait("eater", "oom_kill")
    assert kill["limit_of"] == kill["path"] and kill["program"] == "tail" and kill["pid"], kill
    # resident are also pages of files that another cgroup pays for
    assert 16 * MIB < kill["resident_bytes"] < 64 * MIB and "32.0MiB" in kill["detail"], kill
    end = watch.wait("eater", "end")
    assert end["reason"] == "oom" and end["signal"] == 9, end
    assert watch.kinds("eater").count("oom_kill") == 1, watch.all("eater")
    assert watch.stop() == 0


def value(text, start):
    found = [line.rsplit(" ", 1) for line in text.splitlines() if line.startswith(start)]
    assert len(found) <= 1, found
    return float(found[0][1]) if found else 0


def test_the_exporter_counts():
    """What lives between two scrapes is counted, and summed up by name and image."""
    kernel.need()
    lib.need("promtool")
    run.rootfs()
    exporter = lib.Exporter()
    before = exporter.metrics()
    for _ in range(20):
        run.run("--rm", "--name", "short", "/bin/true")
    run.run("--rm", "--name", "short", "/bin/false", check=False)
    label = 'plimsoll_ended_containers_total{class="container",name="short"'

    def counted():
        lines = [line for line in exporter.metrics().splitlines() if line.startswith(label)]
        return {reason: int(line.split()[-1]) for line in lines for reason in ("done", "failed") if f'"{reason}"' in line}
    lib.wait_for(lambda: counted() == {"done": 20, "failed": 1}, "21 to be counted", 20)
    after = exporter.metrics()
    for kind in ("start", "end", "exec", "exit"):
        start = f'plimsoll_events_total{{event="{kind}"}}'
        assert value(after, start) >= value(before, start) + 21, kind
    assert value(after, "plimsoll_events_dropped_total") == 0
    cpu = value(after, 'plimsoll_ended_cpu_usage_seconds_total{class="container",name="short"')
    assert 0 < cpu < 21, cpu
    done = subprocess.run(["promtool", "check", "metrics"], input=after, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stdout and not done.stderr, done.stdout + done.stderr
    assert exporter.stop() == 0


if __name__ == "__main__":
    lib.main(globals())
