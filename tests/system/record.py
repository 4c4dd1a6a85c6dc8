#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A recording of real containers: what it says is what was seen live, also where the recorder was killed."""
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_run as run  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402

MIB = 1 << 20


def recording(name):
    return lib.work() / f"{name}.plr"


def record(path, *words):
    return run.popen("record", "--interval", "100ms", "--path.plimsoll-root", run.store(), *words, path)


def replayed(path, *words):
    done = lib.plimsoll("stats", "--replay", path, "--format", "json", *words)
    return [json.loads(line) for line in done.stdout.splitlines()]


def live(name):
    done = lib.plimsoll("stats", "--no-stream", "--format", "json", "--interval", "200ms", "--path.plimsoll-root", run.store(), name)
    return json.loads(done.stdout.splitlines()[0])


def size(path):
    return path.stat().st_size if path.exists() else 0


def nearest(samples, moment):
    return min(samples, key=lambda one: abs(one["time_seconds"] - moment))


def test_as_seen_live():
    """Killed while it writes: the last whole snapshot is there, with the figures that the kernel had."""
    run.rootfs()
    path = recording("live")
    name = run.start("--name", "recorded", "--cpus", "0.5", "-m", "256m", "--pids-limit", "77", "/bin/sh", "-c", "while :; do :; done")
    recorder = record(path)
    lib.wait_for(lambda: size(path) > 0, "the first snapshot")
    before = size(path)
    seen = live("recorded")
    lib.wait_for(lambda: size(path) > before, "snapshots behind what was seen")
    then = time.time()
    lib.wait_for(lambda: replayed(path, "--no-stream", "recorded")[0]["time_seconds"] > then, "a snapshot of later")
    recorder.send_signal(signal.SIGKILL)
    recorder.wait()
    usage = run.cpu_usage(name)

    samples = replayed(path, "recorded")
    assert len(samples) >= 3, samples
    times = [one["time_seconds"] for one in samples]
    assert times == sorted(times) and len(set(times)) == len(times), times
    near = nearest(samples, seen["time_seconds"])
    apart = abs(near["time_seconds"] - seen["time_seconds"])
    # between two looks a busy loop with half a processor uses no more than that, a period's slack given
    assert abs(near["cpu_usage_seconds"] - seen["cpu_usage_seconds"]) <= 0.5 * apart + 0.11, (near, seen)
    assert samples[-1]["cpu_usage_seconds"] <= usage + 0.001, (samples[-1], usage)
    for key in ("name", "id", "path", "class", "runtime", "memory_limit_bytes", "pids_limit", "cpu_quota_seconds", "labels"):
        if key in seen:
            assert near[key] == seen[key], (key, near[key], seen[key])
    assert near["memory_limit_bytes"] == 256 * MIB
    rates = [one["rates"]["cpu_usage_seconds"] for one in samples[1:]]
    assert 0.3 < sum(rates) / len(rates) < 0.7, rates

    # one moment of it is the sample that the whole has then; a double's seconds of this century are 240 ns apart
    middle = samples[len(samples) // 2]
    assert replayed(path, "--at", f"{middle['time_seconds'] + 0.001:.6f}", "recorded") == [middle]
    assert replayed(path, "--at", "-0s", "recorded") == samples[-1:]
    run.remove("recorded")


def test_goes_on():
    """A second recorder goes on with the file of a killed one; two at once are refused; it ends as it is told."""
    run.rootfs()
    path = recording("again")
    first = record(path)
    lib.wait_for(lambda: size(path) > 0, "the first snapshot")
    second = lib.plimsoll("record", path, check=False)
    assert second.returncode == 1 and "somebody else is recording" in second.stderr, second
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = len({one["time_seconds"] for one in replayed(path, "--all")})
    with path.open("ab") as file:
        file.write(b"PLBK and then the machine stopped")
    done = lib.plimsoll("record", "--interval", "50ms", "--duration", "500ms", path)
    assert "11 snapshots recorded" in done.stderr, done.stderr
    assert len({one["time_seconds"] for one in replayed(path, "--all")}) == before + 11
    third = record(path, "-q")
    grown = size(path)
    lib.wait_for(lambda: size(path) > grown, "it to go on")
    third.send_signal(signal.SIGTERM)
    assert third.wait() == 0


def test_filter_and_rotation():
    run.rootfs()
    path = recording("filter")
    run.start("--name", "wanted", "/bin/sleep", "100000")
    run.start("--name", "unwanted", "/bin/sleep", "100000")
    lib.plimsoll("record", "--interval", "20ms", "--duration", "1s", "--filter", "name=wanted", "--filter", "!name=unwanted", "--max-size", "16k",
                 "--keep", "2", "-q", "--path.plimsoll-root", run.store(), path)
    names = {one["name"] for one in replayed(path, "--all", "--filter", "class=container")}
    assert names == {"wanted"}, names
    files = sorted(one.name for one in path.parent.glob("filter.plr*"))
    assert files[0] == "filter.plr" and len(files) <= 3, files
    assert all(one.stat().st_size <= 16 << 10 for one in path.parent.glob("filter.plr*"))
    run.remove("wanted", "unwanted")


def test_mistakes():
    path = recording("text")
    path.write_text("no recording at all, but a text that is long enough")
    for words in (("record", path), ("stats", "--replay", path), ("stats", "--replay", recording("missing"))):
        done = lib.plimsoll(*words, check=False)
        assert done.returncode == 1 and str(words[-1]) in done.stderr, done
    assert path.read_text().startswith("no recording")
    for words in (("record",), ("record", "a", "b"), ("stats", "--at", "-5m"), ("record", "--keep", "0", path)):
        assert lib.plimsoll(*words, check=False).returncode == 2, words


lib.main(globals())
