# SPDX-License-Identifier: Apache-2.0
"""The life of containers through the real program: supervisors, restarts, stop, attach, wait, and what is left after
kill -9 of any of them."""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_testlib as lib

DETACH = b"\x10\x11"
SANITIZED = b"asan" in open(lib.PLIMSOLL, "rb").read()
MANY = 20 if lib.IN_GUEST or SANITIZED else 200


def store():
    """A store of this test's own, below its folder; plimsoll finds it in the environment."""
    path = lib.work() / "store"
    os.environ["PLIMSOLL_ROOT"] = str(path)
    return path


def run(*words, **options):
    return lib.plimsoll("run", *words, **options)


def start(name, *words):
    """A detached container on the host's own files, copy-on-write."""
    *flags, command = words
    run("-d", "--name", name, "--rootfs", "/", *flags, "--", "sh", "-c", command)
    return name


def inspect(name):
    return json.loads(lib.plimsoll("inspect", name).stdout)[0]


def state(name):
    with open(next(p for p in (store() / "containers").iterdir() if p.name == container_id(name)) / "state.json",
              encoding="utf-8") as file:
        return json.load(file)


def container_id(name):
    # a name's link begins with the first 16 digits of the id
    begin = os.readlink(store() / "names" / name)[:16]
    return next(p.name for p in (store() / "containers").iterdir() if p.name.startswith(begin))


def exists(name):
    return os.path.lexists(store() / "names" / name)


def status(name):
    return inspect(name)["State"]["Status"]


def pid_of(name):
    return int(inspect(name)["State"]["Pid"])


def supervisor_of(name):
    return int(state(name)["supervisor"])


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def logs(name):
    return lib.plimsoll("logs", name).stdout


def remove(*names):
    lib.plimsoll("rm", "-f", *names, check=False)


def nothing_left(name, ident):
    """No folder, no name, and no cgroup of it in any hierarchy."""
    assert not exists(name)
    assert not (store() / "containers" / ident).exists()
    for one in lib.hierarchies():
        assert not list(one.mount.glob(f"**/plimsoll/{ident}")), f"a cgroup is left in {one.mount}"


# ---- exit codes, output, input

def test_foreground():
    lib.need_root()
    done = run("--rm", "--rootfs", "/", "--", "sh", "-c", "echo out; echo err >&2; exit 7", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n"), done
    done = run("--rm", "--rootfs", "/", "--", "sh", "-c", "sh -c 'kill -9 $$'; exit $?", check=False)
    assert done.returncode == 137, done
    done = run("--rm", "--rootfs", "/", "--", "/no/such/program", check=False)
    assert done.returncode == 127, done
    assert not os.listdir(store() / "names")


def test_input():
    lib.need_root()
    done = run("--rm", "-i", "--rootfs", "/", "--", "cat", stdin=None, input="a" * 300000 + "\n")
    assert done.stdout == "a" * 300000 + "\n"
    done = run("--rm", "--rootfs", "/", "--", "cat", stdin=None, input="nobody reads this")
    assert done.stdout == ""


def test_output_to_a_reader_that_goes():
    """`run yes | head` ends, as any pipeline does."""
    lib.need_root()
    name = "gone-reader"
    process = lib.spawn(lib.PLIMSOLL, "run", "--rm", "--name", name, "--rootfs", "/", "--", "yes",
                        stdout=subprocess.PIPE)
    try:
        assert process.stdout.read(4) == b"y\ny\n"
        process.stdout.close()
        process.wait(20 * lib.SLOW)
        assert not exists(name)
    finally:
        remove(name)


def test_signals_are_passed_on():
    lib.need_root()
    process = lib.spawn(lib.PLIMSOLL, "run", "--rm", "--rootfs", "/", "--", "sh", "-c",
                        "trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.1; done",
                        stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == b"got it\n"
    assert process.wait(20 * lib.SLOW) == 5


# ---- stop, kill, wait, restart

def test_stop_of_one_that_ignores_it():
    lib.need_root()
    name = start("stubborn", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
    try:
        lib.wait_for(lambda: "ready" in logs(name), "the trap")
        before = time.monotonic()
        lib.plimsoll("stop", "-t", "1", name)
        took = time.monotonic() - before
        assert 1 <= took < 4 * lib.SLOW, took
        assert status(name) == "exited"
        assert inspect(name)["State"]["ExitCode"] == 137
    finally:
        remove(name)


def test_stop_of_one_that_listens():
    lib.need_root()
    name = start("polite", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done")
    try:
        lib.wait_for(lambda: "ready" in logs(name), "the trap")
        lib.plimsoll("stop", name)
        assert inspect(name)["State"]["ExitCode"] == 3
        lib.plimsoll("start", name)
        assert status(name) == "running"
        assert lib.plimsoll("rm", name, check=False).returncode != 0
    finally:
        remove(name)
    assert not exists(name)


def sockets(pid):
    """How many it has open."""
    folder = f"/proc/{pid}/fd"
    found = 0
    for number in os.listdir(folder):
        try:
            found += os.readlink(f"{folder}/{number}").startswith("socket:")
        except FileNotFoundError:
            pass
    return found


def test_wait_from_several():
    lib.need_root()
    name = start("awaited", "-i", "read line; exit 9")
    try:
        supervisor = supervisor_of(name)
        before = sockets(supervisor)
        waiters = [lib.spawn(lib.PLIMSOLL, "wait", name, stdout=subprocess.PIPE, text=True) for _ in range(8)]
        lib.wait_for(lambda: sockets(supervisor) >= before + len(waiters), "every waiter to be heard")
        assert all(w.poll() is None for w in waiters)
        lib.plimsoll("attach", name, check=False, stdin=None, input="go\n")
        for waiter in waiters:
            assert waiter.communicate(timeout=20 * lib.SLOW)[0].strip() == "9"
        assert lib.plimsoll("wait", name).stdout.strip() == "9"
    finally:
        remove(name)


def test_restart_on_failure_gives_up():
    lib.need_root()
    name = start("failing", "--restart", "on-failure:2", "echo once; exit 4")
    try:
        assert lib.plimsoll("wait", name).stdout.strip() == "4"
        assert logs(name).count("once") == 3
        assert state(name)["restarts"] == 2
    finally:
        remove(name)


def test_restart_always_until_stopped():
    lib.need_root()
    name = start("eternal", "--restart", "always", "echo again; sleep 0.05")
    try:
        lib.wait_for(lambda: logs(name).count("again") >= 3, "restarts", 20)
        supervisor = supervisor_of(name)
        lib.plimsoll("stop", "-t", "1", name)
        assert status(name) == "exited"
        lib.wait_for(lambda: not alive(supervisor), "the supervisor's end")
        lib.plimsoll("start", name)
        lib.plimsoll("kill", name, check=False)
        lib.plimsoll("update", "--restart", "no", name)
        lib.plimsoll("wait", name, check=False)
    finally:
        remove(name)


# ---- namespaces of other containers, which are others' at each start

JOINED = ("net", "ipc", "pid")
JOIN = ("--network", "container:front", "--ipc", "container:front", "--pid", "container:front")


def namespaces(name):
    pid = pid_of(name)
    return [os.readlink(f"/proc/{pid}/ns/{one}") for one in JOINED]


def start_pair(*flags):
    start("front", "--ipc", "shareable", *flags, "sleep 1000")
    # the end of its pid namespace ends it too: by SIGKILL
    start("side", *JOIN, *flags, "cat /dev/shm/mark; while :; do sleep 1000; done")


def test_joined_namespaces_are_found_anew():
    lib.need_root()
    try:
        start_pair()
        first = namespaces("front")
        assert namespaces("side") == first
        lib.plimsoll("stop", "-t", "0", "front")
        assert lib.plimsoll("wait", "side").stdout.strip() == "137"
        refused = lib.plimsoll("start", "side", check=False)
        assert refused.returncode == 1, refused
        assert "'front'" in refused.stderr and "does not run: it is exited" in refused.stderr, refused
        assert status("side") == "exited" and "front" in inspect("side")["State"]["Error"]
        lib.plimsoll("start", "front")
        lib.plimsoll("exec", "front", "sh", "-c", "echo from the front >/dev/shm/mark")
        lib.plimsoll("start", "side")
        assert namespaces("side") == namespaces("front")
        lib.wait_for(lambda: "from the front" in logs("side"), "its /dev/shm")
    finally:
        remove("side", "front")


def test_a_joined_one_of_the_same_name():
    """Whom the user named is meant, not who it was."""
    lib.need_root()
    try:
        start_pair()
        remove("front")
        lib.plimsoll("wait", "side")
        refused = lib.plimsoll("start", "side", check=False)
        assert "there is no container 'front'" in refused.stderr, refused
        start("front", "sleep 1000")
        refused = lib.plimsoll("start", "side", check=False)
        assert "ipc namespace" in refused.stderr and "to itself" in refused.stderr, refused
        remove("front")
        start("front", "--ipc", "shareable", "sleep 1000")
        lib.plimsoll("start", "side")
        assert namespaces("side") == namespaces("front")
    finally:
        remove("side", "front")


def test_both_are_restarted():
    """Whoever comes first: the one that joins waits for the other."""
    lib.need_root()
    try:
        start_pair("--restart", "always")
        for _ in range(3):
            front, side = pid_of("front"), pid_of("side")
            os.kill(front, signal.SIGKILL)
            lib.wait_for(lambda: {status("front"), status("side")} == {"running"}
                         and pid_of("front") not in (0, front) and pid_of("side") not in (0, side), "both", 20)
            assert namespaces("side") == namespaces("front")
    finally:
        remove("side", "front")


def test_a_restart_without_the_joined_one():
    lib.need_root()
    try:
        start("front", "sleep 1000")
        start("side", "--network", "container:front", "--restart", "always", "sleep 1000")
        lib.plimsoll("kill", "front")
        lib.plimsoll("wait", "front")
        os.kill(pid_of("side"), signal.SIGKILL)
        lib.plimsoll("wait", "side", check=False)
        state_ = inspect("side")["State"]
        assert state_["Status"] == "exited" and "'front'" in state_["Error"], state_
        assert "does not run" in state_["Error"], state_
    finally:
        remove("side", "front")


# ---- what is written and made at each start

def test_pidfile_at_each_start():
    lib.need_root()
    name = "pidfile"
    file = lib.work() / "pids" / "one.pid"
    file.parent.mkdir(exist_ok=True)
    written = lambda: int(file.read_text())
    try:
        run("-d", "--name", name, "--pidfile", "one.pid", "--restart", "always", "--rootfs", "/", "--", "sleep", "1000",
            cwd=file.parent)
        first = pid_of(name)
        assert written() == first
        os.kill(first, signal.SIGKILL)
        second = lib.wait_for(lambda: pid_of(name) not in (0, first) and pid_of(name), "its restart")
        assert written() == second
        lib.plimsoll("restart", "-t", "0", name)
        assert written() == pid_of(name) != second
        lib.plimsoll("stop", "-t", "0", name)
        lib.plimsoll("start", name)
        assert written() == pid_of(name)
        assert [one.name for one in file.parent.iterdir()] == ["one.pid"]
    finally:
        remove(name)


def test_pidfile_in_the_foreground():
    lib.need_root()
    file = lib.work() / "foreground.pid"
    process = lib.spawn(lib.PLIMSOLL, "run", "--rm", "-i", "--name", "pidfile", "--pidfile", file, "--rootfs", "/", "--",
                        "cat", stdin=subprocess.PIPE)
    try:
        lib.wait_for(lambda: exists("pidfile") and status("pidfile") == "running" and pid_of("pidfile"), "its start")
        assert int(file.read_text()) == pid_of("pidfile")
        process.stdin.close()
        assert process.wait(20 * lib.SLOW) == 0
    finally:
        remove("pidfile")


def test_pidfile_that_cannot_be():
    """It is said before anything runs."""
    lib.need_root()
    mark = lib.work() / "ran"
    for place in ("/nonexistent/x.pid", "/dev/null", lib.work()):
        done = run("--rm", "--pidfile", place, "-v", f"{lib.work()}:/mnt", "--rootfs", "/", "--", "touch", "/mnt/ran",
                   check=False)
        assert done.returncode == 125 and "--pidfile" in done.stderr and str(place) in done.stderr, done
    assert not mark.exists()
    assert os.path.exists("/dev/null") and not os.listdir(store() / "names")


def test_cgroup_parent_is_a_slice():
    """A folder among others where cgroups are folders; systemd makes one of its own of it."""
    lib.need_root()
    parent = "plimsoll-life.slice"
    name = start("sliced", "--cgroup-parent", parent, "-m", "64m", "sleep 1000")
    ident = container_id(name)
    try:
        for _ in range(2):
            folders = list(inspect(name)["Cgroups"].values())
            if os.path.isdir("/run/systemd/system"):
                ends = f"/plimsoll.slice/{parent}/plimsoll-{ident}.scope/container"
            else:
                ends = f"/{parent}/{ident}"
            assert folders and all(folder.endswith(ends) for folder in folders), folders
            lib.plimsoll("restart", "-t", "0", name)
    finally:
        remove(name)
        if not os.path.isdir("/run/systemd/system"):
            for one in lib.hierarchies():
                assert not (one.mount / parent / ident).exists()
                if (one.mount / parent).exists():
                    (one.mount / parent).rmdir()


# ---- kill -9 of each of the processes

def test_supervisor_killed():
    lib.need_root()
    name = start("orphan", "trap '' PIPE; while :; do sleep 0.1; done")
    ident = container_id(name)
    try:
        pid, supervisor = pid_of(name), supervisor_of(name)
        os.kill(supervisor, signal.SIGKILL)
        lib.wait_for(lambda: not alive(supervisor), "the supervisor's end")
        assert alive(pid)
        assert name in lib.plimsoll("ps").stdout
        lib.plimsoll("pause", name)
        assert status(name) == "paused"
        lib.plimsoll("unpause", name)
        assert status(name) == "running"
        waiter = lib.spawn(lib.PLIMSOLL, "wait", name, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        lib.plimsoll("stop", "-t", "0", name)
        assert not alive(pid)
        _, said = waiter.communicate(timeout=20 * lib.SLOW)
        assert waiter.returncode != 0 and "not known" in said, said
        assert status(name) == "exited"
        lib.plimsoll("start", name)
        assert status(name) == "running" and pid_of(name) != pid
    finally:
        remove(name)
    nothing_left(name, ident)


def test_both_killed():
    """Whatever is left, `start` cleans it up, and so does `rm`."""
    lib.need_root()
    name = start("wreck", "sleep 1000")
    ident = container_id(name)
    try:
        for clean in ("start", "rm"):
            os.kill(supervisor_of(name), signal.SIGKILL)
            os.kill(pid_of(name), signal.SIGKILL)
            lib.wait_for(lambda: status(name) == "exited", "its end")
            lib.plimsoll(clean, name)
    finally:
        remove(name)
    nothing_left(name, ident)


def test_first_process_killed():
    lib.need_root()
    name = start("shot", "sleep 1000")
    try:
        waiter = lib.spawn(lib.PLIMSOLL, "wait", name, stdout=subprocess.PIPE, text=True)
        os.kill(pid_of(name), signal.SIGKILL)
        assert waiter.communicate(timeout=20 * lib.SLOW)[0].strip() == "137"
    finally:
        remove(name)


def test_a_supervisor_asked_to_end_stops_its_container():
    lib.need_root()
    name = start("shutdown", "--restart", "always", "trap 'exit 6' TERM; echo ready; while :; do sleep 0.1; done")
    try:
        lib.wait_for(lambda: "ready" in logs(name), "the trap")
        supervisor = supervisor_of(name)
        os.kill(supervisor, signal.SIGTERM)
        lib.wait_for(lambda: not alive(supervisor), "the supervisor's end")
        assert inspect(name)["State"]["ExitCode"] == 6
    finally:
        remove(name)


# ---- terminals

class Terminal:
    """plimsoll on a pty of its own."""

    def __init__(self, *words):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(lib.PLIMSOLL, [lib.PLIMSOLL, *words])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))

    def type(self, data):
        os.write(self.fd, data)

    def expect(self, text, seconds=15):
        seen = b""
        deadline = time.monotonic() + seconds * lib.SLOW
        while text not in seen:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.fd], [], [], left)[0], f"{text!r} did not come, but {seen!r}"
            try:
                seen += os.read(self.fd, 4096)
            except OSError:
                raise AssertionError(f"{text!r} did not come before the end, but {seen!r}") from None
        return seen

    def end(self, seconds=15):
        """Its exit code."""
        deadline = time.monotonic() + seconds * lib.SLOW
        while time.monotonic() < deadline:
            if select.select([self.fd], [], [], 0.02)[0]:
                try:
                    os.read(self.fd, 4096)
                except OSError:
                    pass
            pid, how = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(how)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError("plimsoll did not end")


def test_detach_and_attach():
    lib.need_root()
    name = "terminal"
    try:
        first = Terminal("run", "-it", "--name", name, "--rootfs", "/", "--", "sh")
        first.type(b"echo $((6 * 7))\n")
        first.expect(b"42")
        first.type(b"stty size\n")
        first.expect(b"33 99")
        first.type(DETACH)
        assert first.end() == 0
        assert status(name) == "running"
        second = Terminal("attach", name)
        second.type(b"echo $((7 * 11))\n")
        second.expect(b"77")
        second.type(b"exit 12\n")
        assert second.end() == 12
        assert status(name) == "exited" and "42" in logs(name)
    finally:
        remove(name)


def test_a_killed_client_leaves_the_container_alone():
    lib.need_root()
    name = "left-alone"
    try:
        client = Terminal("run", "-it", "--name", name, "--rootfs", "/", "--", "sh")
        client.type(b"echo $((6 * 7))\n")
        client.expect(b"42")
        os.kill(client.pid, signal.SIGKILL)
        os.waitpid(client.pid, 0)
        os.close(client.fd)
        assert status(name) == "running"
        again = Terminal("attach", name)
        again.type(b"exit 0\n")
        assert again.end() == 0
    finally:
        remove(name)


def test_a_slow_client_is_dropped():
    """It may hold the output up for some seconds, and no longer."""
    lib.need_root()
    name = start("chatty", "-i", "read line; i=0; while [ $i -lt 40000 ]; do "
                 "echo $i 0123456789012345678901234567890123456789; i=$((i + 1)); done; echo the end; sleep 1000")
    try:
        slow = lib.spawn(lib.PLIMSOLL, "attach", name, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
        slow.stdin.write(b"go\n")
        slow.stdin.flush()
        assert slow.stdout.read(2) == b"0 "
        lib.wait_for(lambda: "the end" in lib.plimsoll("logs", "--tail", "1", name).stdout, "all of the output", 40)
        _, said = slow.communicate(timeout=20 * lib.SLOW)
        assert slow.returncode != 0 and b"fast enough" in said, said
        assert status(name) == "running"
    finally:
        remove(name)


# ---- many

def test_many():
    lib.need_root()
    names = [f"many-{i}" for i in range(MANY)]
    try:
        before = time.monotonic()
        for name in names:
            run("-d", "--name", name, "--rootfs", "/", "--", "sleep", "1000")
        started = time.monotonic() - before
        supervisors = [supervisor_of(name) for name in names]
        pss = sorted(memory(pid) for pid in supervisors)
        before = time.monotonic()
        lib.plimsoll("rm", "-f", *names)
        removed = time.monotonic() - before
        print(f"{MANY} containers: started in {started:.2f} s, removed in {removed:.2f} s; "
              f"PSS of a supervisor: median {pss[len(pss) // 2]} KB, most {pss[-1]} KB")
        assert not any(exists(name) for name in names)
        lib.wait_for(lambda: not any(alive(pid) for pid in supervisors), "the supervisors' end")
        assert pss[-1] <= 200 or SANITIZED, pss  # a sanitizer has memory of its own
    finally:
        remove(*[name for name in names if exists(name)])


def memory(pid):
    """PSS in KB."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))


if __name__ == "__main__":
    store()
    lib.main(globals())
