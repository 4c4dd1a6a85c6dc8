#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Launches that go wrong at every step: afterwards nothing is left that `plimsoll rm` or the next start does not clean."""
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_run as run  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402


def clean(before, what):
    """The next start, and rm of all that ps knows: then nothing may be left."""
    run.start("/bin/true")
    lib.plimsoll("rm", "-f", *lib.plimsoll("ps", "-aq", "--no-trunc").stdout.split())
    run.wait_left(before, what)


def steps(*words):
    """How many steps the plan of such a launch has."""
    plan = run.run("--dry-run", *words).stdout
    count = len([line for line in plan.splitlines() if re.match(r"\s*(\d+\s+)?(parent|child)\b", line)])
    assert count > 20, plan
    return count


def test_killed_at_each_step():
    before = run.left()
    for step in range(0, steps("--rm", "-m", "64m", "/bin/true"), 7 if lib.IN_GUEST else 1):
        env = {**os.environ, "PLIMSOLL_FAULT": f"kill:{step}"}
        done = run.run("--rm", "-m", "64m", "/bin/true", check=False, env=env)
        assert done.returncode != 0, (step, done)
        clean(before, f"a launch killed at step {step}")


def test_detached_and_killed_at_some_steps():
    before = run.left()
    total = steps("-d", "/bin/sleep", "100000")
    for step in range(0, total, max(1, total // (3 if lib.IN_GUEST else 8))):
        env = {**os.environ, "PLIMSOLL_FAULT": f"kill:{step}"}
        done = run.run("-d", "--name", "faulty", "/bin/sleep", "100000", check=False, env=env)
        assert done.returncode != 0, (step, done)
        clean(before, f"a detached launch killed at step {step}")


def test_too_few_descriptors():
    run.rootfs()
    before = run.left()
    for limit in range(4, 40, 12 if lib.IN_GUEST else 3):
        done = subprocess.run([lib.PLIMSOLL, "run", "--rm", "--rootfs", str(run.rootfs()), "/bin/true"], check=False,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
        assert done.returncode in (0, 125), (limit, done)
        assert done.returncode == 0 or done.stderr, limit
        clean(before, f"a launch with {limit} descriptors")


def full_disk():
    """A tmpfs without room, in a mount namespace of its own: (words in front of a command)."""
    folder = lib.work() / "full"
    folder.mkdir()
    script = 'mount -t tmpfs -o size=16k,nr_inodes=12 full "$0" && export PLIMSOLL_ROOT="$0" && exec "$@"'
    return ["unshare", "-m", "sh", "-c", script, str(folder)]


def test_no_space():
    before = run.left()
    done = subprocess.run([*full_disk(), lib.PLIMSOLL, "run", "--rm", "--rootfs", str(run.rootfs()), "/bin/true"], check=False,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode in (0, 125) and (done.returncode == 0 or "space" in done.stderr.lower()), done
    run.wait_left(before, "a full disk")


def test_store_cannot_be_written():
    before = run.left()
    for root in ("/proc/plimsoll", "/dev/null/x", "/sys/plimsoll"):
        done = run.run("--rm", "/bin/true", check=False, env={**os.environ, "PLIMSOLL_ROOT": root})
        assert done.returncode == 125 and root in done.stderr, done
    folder = lib.work() / "read-only"
    folder.mkdir()
    script = 'mount -t tmpfs -o ro x "$0" && export PLIMSOLL_ROOT="$0" && exec "$@"'
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, str(folder), lib.PLIMSOLL, "run", "--rm", "--rootfs",
                           str(run.rootfs()), "/bin/true"], check=False, capture_output=True, text=True)
    assert done.returncode == 125 and "read-only" in done.stderr.lower(), done
    run.wait_left(before, "a read-only store")


def test_bad_commands():
    before = run.left()
    (run.rootfs() / "bin/plain").write_text("no program")
    for word, code in (("/bin/nothing", 127), ("nothing", 127), ("/bin/plain", 126), ("/bin", 126), ("/etc", 126)):
        done = run.run("--rm", word, check=False)
        assert done.returncode == code and word in done.stderr, (word, done)
        done = run.run("-d", word, check=False)
        assert done.returncode == code, (word, done)
        clean(before, word)
    assert run.shell("exit 7", check=False).returncode == 7
    assert run.shell("sh -c 'kill -9 $$'; exit $?", check=False).returncode == 137


def test_missing_rootfs():
    before = run.left()
    for root in ("/nothing/here", "/etc/passwd", ""):
        done = lib.plimsoll("run", "--rm", "--rootfs", root, "/bin/true", check=False)
        assert done.returncode == 125 and done.stderr, done
    run.wait_left(before, "a root that is not there")


def test_killed_supervisor():
    """ps right after; stop, rm and all the others go on working."""
    before = run.left()
    name = run.start("--name", "orphan", "/bin/sleep", "100000")
    os.kill(run.state(name)["SupervisorPid"], signal.SIGKILL)
    assert "orphan" in lib.plimsoll("ps").stdout
    assert run.state(name)["Running"]
    lib.plimsoll("exec", "orphan", "/bin/true")
    lib.plimsoll("pause", "orphan")
    lib.plimsoll("unpause", "orphan")
    lib.plimsoll("kill", "orphan")
    lib.wait_for(lambda: not run.state(name)["Running"], "its end")
    clean(before, "a container whose supervisor was killed")


def test_killed_first_process():
    before = run.left()
    name = run.start("/bin/sh", "-c", "sleep 100000 & sleep 100000")
    os.kill(run.state(name)["Pid"], signal.SIGKILL)
    lib.wait_for(lambda: run.state(name)["Status"] == "exited", "its end")
    assert run.state(name)["ExitCode"] == 137
    clean(before, "a killed first process")


def test_killed_while_removing():
    before = run.left()
    for delay in range(8):
        name = run.start("/bin/sleep", "100000")
        process = run.popen("rm", "-f", name)
        try:
            process.wait(delay / 1000)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        lib.plimsoll("ps", "-a")
        clean(before, f"an rm killed after {delay} ms")


def test_damaged_files():
    before = run.left()
    for file, text in (("state.json", "{"), ("spec.json", "[]"), ("config.json", ""), ("state.json", "\0" * 100)):
        name = run.run("-d", "/bin/sleep", "100000").stdout.strip()
        lib.plimsoll("stop", "-t", "0", name)
        (run.store() / "containers" / name / file).write_text(text)
        listed = lib.plimsoll("ps", "-a", check=False)
        assert name[:12] in listed.stdout, (file, listed)
        clean(before, f"a damaged {file}")
    assert Path(run.store()).is_dir()


lib.main(globals())
