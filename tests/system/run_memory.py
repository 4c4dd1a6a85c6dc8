#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Containers that end with the command that started them are kept in memory, and every verb finds them there as the others."""
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_run as run  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402


def is_memory(folder):
    """Whether a tmpfs is mounted there: the last mount of a place is what shows."""
    kinds = [line.split(" - ")[1].split()[0] for line in run.read("/proc/self/mountinfo").splitlines() if line.split()[4] == folder]
    return kinds[-1:] == ["tmpfs"]


def begin():
    lib.need_root()
    if not is_memory("/dev/shm"):
        lib.skip("/dev/shm is no tmpfs")
    return run.left()


def memory():
    """The half in memory, where the store's link says it is."""
    return run.store() / "memory/containers"


def foreground(name, *words):
    """`run --rm` that lives on beside the test."""
    child = run.popen("run", "--rm", "--name", name, "--rootfs", str(run.rootfs()), *words, stdout=subprocess.DEVNULL)
    lib.wait_for(lambda: lib.plimsoll("inspect", name, check=False).returncode == 0 and run.state(name)["Running"],
                 f"{name} to run")
    return child


def test_verbs():
    before = begin()
    child = foreground("brief", "/bin/sh", "-c", "echo hello; exec sleep 100000")
    one = run.inspect("brief")
    assert one["LogPath"].startswith(os.environ["PLIMSOLL_RUN"] + "/"), one["LogPath"]
    assert [path.name for path in memory().iterdir()] == [one["Id"]]
    assert not (run.store() / "containers" / one["Id"]).exists()
    assert "brief" in lib.plimsoll("ps").stdout
    lib.wait_for(lambda: lib.plimsoll("logs", "brief").stdout == "hello\n", "its log")
    assert lib.plimsoll("exec", one["Id"][:12], "/bin/echo", "inside").stdout == "inside\n"
    lib.plimsoll("pause", "brief")
    assert run.state("brief")["Status"] == "paused"
    lib.plimsoll("unpause", "brief")
    lib.plimsoll("update", "-m", "64m", "brief")
    assert run.inspect("brief")["HostConfig"]["Memory"] == 64 << 20
    shown = json.loads(lib.plimsoll("stats", "--no-stream", "--format", "json", "--filter", "name=brief").stdout)
    assert "brief" in json.dumps(shown), shown
    # without the variable too: the store itself says where they are
    env = {name: value for name, value in os.environ.items() if name != "PLIMSOLL_RUN"}
    assert "brief" in lib.plimsoll("ps", env=env).stdout
    lib.plimsoll("stop", "-t", "0", "brief", env=env)
    assert child.wait() == 137
    run.wait_left(before, "a container in memory")


def test_names():
    before = begin()
    foreground("one", "/bin/sleep", "100000")
    done = run.run("-d", "--name", "one", "/bin/true", check=False)
    assert done.returncode == 125 and "taken" in done.stderr, done
    run.remove("one")
    run.run("-d", "--name", "one", "/bin/true")
    done = run.run("--rm", "--name", "one", "/bin/true", check=False)
    assert done.returncode == 125 and "taken" in done.stderr, done
    assert lib.plimsoll("wait", "one").stdout == "0\n"
    run.remove("one")
    run.wait_left(before, "names of both halves")


def test_where():
    """What outlives its command, or has a log as large as somebody says, is on disk."""
    before = begin()
    run.run("-d", "--rm", "--name", "detached", "/bin/sleep", "100000")
    foreground("logged", "--log-opt", "max-size=1g", "/bin/sleep", "100000")
    assert list(memory().iterdir()) == []
    for name in ("detached", "logged"):
        assert run.inspect(name)["LogPath"].startswith(str(run.store()) + "/containers/")
    run.remove("detached", "logged")
    run.wait_left(before, "containers on disk")


def test_log_is_bounded():
    before = begin()
    child = foreground("chatty", "/bin/sh", "-c", "yes 0123456789012345678901234567890123456789 | head -c 24m; exec sleep 100000")
    lib.wait_for(lambda: list(memory().glob("*/log.json.1")), "the log to be rotated", 60)
    held = sum(path.stat().st_size for path in memory().glob("*/log.json*"))
    assert held <= 17 << 20, held
    run.remove("chatty")
    child.wait()
    run.wait_left(before, "a long log")


def test_killed():
    """A supervisor that is killed leaves its container to the verbs; what a launch left goes with the next rm."""
    before = begin()
    child = foreground("orphan", "/bin/sleep", "100000")
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert run.state("orphan")["Running"]
    run.remove("orphan")
    run.wait_left(before, "a killed supervisor")
    for step in range(0, 48, 6):
        done = run.run("--rm", "--name", "faulty", "/bin/true", check=False, env={**os.environ, "PLIMSOLL_FAULT": f"kill:{step}"})
        assert done.returncode != 0, (step, done)
        run.start("--name", "next", "/bin/true")
        lib.plimsoll("rm", "-f", *lib.plimsoll("ps", "-aq", "--no-trunc").stdout.split())
        run.wait_left(before, f"a launch killed at step {step}")


def test_cannot_be_had():
    """Where there is no memory to be written to, disk it is."""
    before = begin()
    for folder in ("/proc/plimsoll", "/nothing/here"):
        root = lib.work() / f"store-{len(folder)}"
        env = {**os.environ, "PLIMSOLL_RUN": folder, "PLIMSOLL_ROOT": str(root)}
        assert run.run("--rm", "/bin/true", env=env).returncode == 0
        assert not (root / "memory").exists() and (root / "containers").is_dir()
    script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    subprocess.run(["unshare", "-m", "sh", "-c", script, os.environ["PLIMSOLL_RUN"], lib.PLIMSOLL, "run", "--rm", "--rootfs",
                    str(run.rootfs()), "/bin/true"], check=True, stdin=subprocess.DEVNULL)
    run.wait_left(before, "memory that can't be had")


top = tempfile.TemporaryDirectory(prefix="plimsoll-test-", dir="/dev/shm")
os.environ["PLIMSOLL_RUN"] = str(Path(top.name) / "plimsoll")
lib.main(globals())
