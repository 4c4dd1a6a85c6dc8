# SPDX-License-Identifier: Apache-2.0
"""The verbs on containers that exist: ps, logs, attach, start, kill, pause, update, inspect, rm, stats by name, demo."""
import datetime
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_testlib as lib


def store():
    """A store of this test's own; what is in it goes at the end."""
    path = lib.work() / "store"
    if "PLIMSOLL_ROOT" not in os.environ or os.environ["PLIMSOLL_ROOT"] != str(path):
        os.environ["PLIMSOLL_ROOT"] = str(path)
        import atexit
        atexit.register(remove_all)
    return path


def remove_all():
    names = lib.plimsoll("ps", "-aq", "--no-trunc", check=False).stdout.split()
    if names:
        lib.plimsoll("rm", "-f", *names, check=False)


def start(name, script, *flags):
    lib.need_root()
    store()
    lib.plimsoll("run", "-d", "--name", name, *flags, "--rootfs", "/", "/bin/sh", "-c", script)
    return name


def inspect(name):
    return json.loads(lib.plimsoll("inspect", name).stdout)[0]


def status(name):
    return inspect(name)["State"]["Status"]


def rows(*words):
    return [json.loads(line) for line in lib.plimsoll("ps", "--format", "json", *words).stdout.splitlines()]


def names(*words):
    return [row["Names"] for row in rows(*words)]


def fails(*words, code=1):
    """The stderr of a command that must fail with this exit code."""
    done = lib.plimsoll(*words, check=False)
    assert done.returncode == code, f"{words}: {done.returncode}, not {code}: {done.stderr}"
    assert "plimsoll: " in done.stderr, done.stderr
    return done.stderr


def test_ps():
    start("ps-one", "exit 3", "--label", "tier=db")
    start("ps-two", "sleep 1000", "--label", "tier=web")
    lib.wait_for(lambda: status("ps-one") == "exited", "ps-one's end")
    assert names() == ["ps-two"], names()
    assert names("--all") == ["ps-two", "ps-one"], "the newest comes first"
    assert names("--filter", "exited=3") == ["ps-one"]
    assert names("--all", "--filter", "label=tier=db") == ["ps-one"]
    assert names("--all", "--filter", "name=^ps-t") == ["ps-two"]
    assert names("--latest") == ["ps-two"] and names("-n", "1") == ["ps-two"]
    row = rows("--filter", "status=exited")[0]
    assert row["ExitCode"] == 3 and row["State"] == "exited" and row["Labels"] == "tier=db", row
    ids = lib.plimsoll("ps", "--quiet", "--no-trunc", "--all").stdout.split()
    assert [len(one) for one in ids] == [64, 64], ids
    table = lib.plimsoll("ps").stdout
    assert table.startswith("CONTAINER ID") and "Up " in table and '"/bin/sh -c sleep 1…"' not in table.splitlines()[0], table
    assert "there is no filter" in fails("ps", "--filter", "volume=x", code=2)
    assert "not available" in fails("ps", "--size", code=2)
    lib.plimsoll("rm", "-f", "ps-one", "ps-two")


def test_many_names():
    """All are tried, errors are said by name, and one of them is exit code 1."""
    start("many-one", "sleep 1000")
    start("many-two", "sleep 1000")
    done = lib.plimsoll("kill", "many-one", "nobody", "many-two", check=False)
    assert done.returncode == 1 and done.stdout.split() == ["many-one", "many-two"], done
    assert "nobody" in done.stderr, done.stderr
    for name in ("many-one", "many-two"):
        assert lib.plimsoll("wait", name).stdout == "137\n"
        assert "many" in fails("kill", name), "it has ended"
    assert "needs the name" in fails("rm", code=2)
    assert "anonymous volumes" in fails("rm", "-v", "many-one", code=2)
    lib.plimsoll("rm", "many-one", "many-two")
    assert names("--all") == []


def test_logs():
    start("logs", "echo one; echo two >&2; printf 'raw \\033[1m \\303\\251\\n'; sleep 1000")
    read = lambda *words: lib.plimsoll("logs", *words, "logs", text=False)
    lib.wait_for(lambda: read().stdout.endswith(b"\303\251\n") and read().stderr, "its output")
    done = read()
    assert done.stdout == b"one\nraw \033[1m \303\251\n" and done.stderr == b"two\n", done
    assert read("--tail", "0").stdout == b""
    stamped = read("--timestamps").stdout.split(b" ", 1)
    assert stamped[1].startswith(b"one\n"), stamped
    when = datetime.datetime.fromisoformat(stamped[0].decode()[:19] + "+00:00")
    assert abs(time.time() - when.timestamp()) < 60 * lib.SLOW, stamped
    assert read("--since", "0s").stdout == b"" and read("--since", "1h").stdout == done.stdout
    assert read("--until", "1h").stdout == b""
    assert read("--since", str(int(when.timestamp()))).stdout == done.stdout
    assert "'--since' cannot be" in fails("logs", "--since", "soon", "logs", code=2)
    lib.plimsoll("rm", "-f", "logs")


def test_logs_follow():
    """Follows until the container ends, with nothing lost at the end."""
    start("follow", "i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); sleep 0.05; done; echo last")
    done = lib.plimsoll("logs", "--follow", "follow")
    assert done.stdout == "".join(f"line {i}\n" for i in range(20)) + "last\n", done
    started = time.monotonic()
    assert lib.plimsoll("logs", "--follow", "--tail", "1", "follow").stdout == "last\n", "it has ended: nothing is waited for"
    assert time.monotonic() - started < 5 * lib.SLOW
    lib.plimsoll("rm", "follow")


def test_start_and_attach():
    start("again", "echo out; echo err >&2; exit 5")
    lib.plimsoll("wait", "again")
    done = lib.plimsoll("start", "--attach", "again", check=False)
    assert done.returncode == 5 and done.stdout == "out\n" and done.stderr == "err\n", done
    assert "does not run" in fails("attach", "again")
    lib.plimsoll("rm", "again")
    start("cat", "cat; exit 7", "-i")
    done = lib.plimsoll("attach", "cat", check=False, input="hello\n", stdin=None)
    assert done.returncode == 7 and done.stdout == "hello\n", done
    lib.plimsoll("rm", "cat")


def test_pause_and_restart():
    start("pause", "while :; do :; done")
    lib.plimsoll("pause", "pause")
    assert status("pause") == "paused" and "(Paused)" in rows("--filter", "name=^pause$")[0]["Status"]
    assert "paused" in fails("attach", "pause")
    lib.plimsoll("unpause", "pause")
    assert status("pause") == "running"
    first = inspect("pause")["State"]["Pid"]
    lib.plimsoll("restart", "--time", "0", "pause")
    second = inspect("pause")["State"]["Pid"]
    assert second and second != first
    lib.plimsoll("stop", "--signal", "KILL", "pause")
    assert status("pause") == "exited"
    lib.plimsoll("rm", "pause")
    start("fleeting", "sleep 1000", "--rm")
    assert "--rm" in fails("restart", "fleeting") and status("fleeting") == "running"
    lib.plimsoll("rm", "-f", "fleeting")


def memory_limit(folder):
    file = folder / ("memory.max" if (folder / "memory.max").exists() else "memory.limit_in_bytes")
    return int(file.read_text())


def memory_folder(path):
    return lib.hierarchy("memory").mount / path.lstrip("/")


def test_update():
    start("update", "sleep 1000", "--memory", "64m", "--pids-limit", "50")
    config = inspect("update")
    path = f"/plimsoll/{config['Id']}"
    cgroups = [os.path.join(folder, "") for folder in config["Cgroups"].values()]
    folder = next((memory_folder(path) for one in cgroups if one.endswith(path + "/")), None)
    if folder is None:  # systemd's scope
        folder = memory_folder("/" + next(iter(config["Cgroups"].values())).split("/", 4)[-1])
    assert memory_limit(folder) == 64 << 20
    lib.plimsoll("update", "--memory", "128m", "--cpus", "0.5", "--restart", "on-failure:3", "update")
    assert memory_limit(folder) == 128 << 20
    host = inspect("update")["HostConfig"]
    assert host["Memory"] == 128 << 20 and host["NanoCpus"] == 500000000 and host["PidsLimit"] == 50, host
    assert host["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 3}, host
    assert "no limit was given" in fails("update", "update", code=2)
    fails("update", "--memory", "1k", "update")
    assert memory_limit(folder) == 128 << 20
    lib.plimsoll("rm", "-f", "update")


def test_update_foreign():
    """Any cgroup of anybody's, by its path."""
    lib.need_root()
    store()
    lib.cgroup_make("foreign")
    folder = lib.hierarchy("memory").path("foreign")
    path = "/" + str(folder.relative_to(lib.hierarchy("memory").mount))
    lib.plimsoll("update", "--cgroup", path, "--memory", "96m")
    assert memory_limit(folder) == 96 << 20
    fails("update", "--cgroup", path + "-none", "--memory", "96m")
    assert "--restart" in fails("update", "--cgroup", path, "--restart", "always", code=2)
    lib.cgroup_remove("foreign")


def foreign_path(name):
    return f"/{lib.work().name}/{name}"


def freezer_home():
    """Where a process has to be to be frozen: v1's freezer, or else v2."""
    return lib.hierarchy("freezer")


def state_of(pid):
    """Its letter in /proc/PID/stat, and the CPU time it has had."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return fields[0], int(fields[11]) + int(fields[12])


def is_frozen(name):
    """By v2's file or v1's, whatever there is."""
    for one in lib.hierarchies():
        events, state = one.path(name) / "cgroup.events", one.path(name) / "freezer.state"
        if events.exists() and "frozen 1" in events.read_text():
            return True
        if state.exists() and state.read_text() == "FROZEN\n":
            return True
    return False


def runs(pid):
    """It gets CPU time: waits for some of it."""
    before = state_of(pid)[1]
    lib.wait_for(lambda: state_of(pid)[1] > before, f"CPU time of {pid}")


def stands_still(pid):
    before = state_of(pid)[1]
    time.sleep(0.2)
    assert state_of(pid)[1] - before <= 1, "it had CPU time while it was frozen"


BUSY = ("sh", "-c", "trap 'exit 41' TERM; trap : HUP; while :; do :; done")


def catches(pid, *signals):
    """Whether it has handlers for all of them: a slow machine has a shell burn CPU time before its first trap."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        caught = int(next(line for line in file if line.startswith("SigCgt:")).split()[1], 16)
    return all(caught >> (number - 1) & 1 for number in signals)


def freeze_and_kill(name, process):
    """pause, pause again, a signal meanwhile, unpause, unpause again, kill: by the cgroup's path alone."""
    path = foreign_path(name)
    lib.wait_for(lambda: catches(process.pid, signal.SIGTERM, signal.SIGHUP), "the shell's traps")
    runs(process.pid)
    assert lib.plimsoll("pause", "--cgroup", path).stdout == path + "\n"
    assert is_frozen(name)
    stands_still(process.pid)
    lib.plimsoll("pause", f"--cgroup={path}")
    lib.plimsoll("kill", "--signal", "HUP", "--cgroup", path)
    assert is_frozen(name), "a signal does not thaw what somebody froze"
    stands_still(process.pid)
    lib.plimsoll("unpause", "--cgroup", path)
    lib.plimsoll("unpause", "--cgroup", path)
    assert not is_frozen(name)
    runs(process.pid)
    assert lib.plimsoll("kill", "--signal", "TERM", "--cgroup", path).stdout == path + "\n"
    assert process.wait(20 * lib.SLOW) == 41
    assert not is_frozen(name)


def kill_frozen(name, process):
    """SIGKILL, which is what kill sends, reaches what is frozen."""
    path = foreign_path(name)
    runs(process.pid)
    lib.plimsoll("pause", "--cgroup", path)
    stands_still(process.pid)
    lib.plimsoll("kill", "--cgroup", path)
    assert process.wait(20 * lib.SLOW) == -signal.SIGKILL


def test_foreign_cgroup():
    """A cgroup of anybody's, in every hierarchy, and what is below it."""
    lib.need_root()
    store()
    lib.cgroup_make("verbs")
    freeze_and_kill("verbs", lib.cgroup_run("verbs", *BUSY))
    lib.cgroup_make("verbs/below")
    process = lib.cgroup_run("verbs/below", *BUSY)
    kill_frozen("verbs", process)
    lib.cgroup_remove("verbs")


def test_foreign_hollow():
    """On a hybrid host: the processes are in v1 alone, and v2 has an empty cgroup of the same path."""
    lib.need_root()
    store()
    if freezer_home().version != 1 or not any(one.version == 2 for one in lib.hierarchies()):
        # pure v2, or pure v1: nothing of the kind; v2 by itself is test_foreign_cgroup's
        return
    lib.cgroup_make("hollow")
    v2 = lib.hierarchy("unified").path("hollow")
    for end in ("TERM", "KILL"):
        process = lib.cgroup_run("hollow", *BUSY)
        (v2.parent.parent / "cgroup.procs").write_text(f"{process.pid}\n")
        assert (v2 / "cgroup.procs").read_text() == ""
        if end == "TERM":
            freeze_and_kill("hollow", process)
            continue
        kill_frozen("hollow", process)
    lib.cgroup_remove("hollow")


def test_foreign_without_freezer():
    """Processes that no freezer has can't be paused, and nobody says they were; they can be killed."""
    lib.need_root()
    store()
    one = lib.hierarchy("pids")
    if one.version != 1 or freezer_home().mount == one.mount:
        return
    lib.cgroup_make("bare")
    for other in lib.hierarchies():
        if other.mount not in (one.mount, lib.hierarchy("unified").mount):
            other.path("bare").rmdir()
    process = lib.spawn(*BUSY)
    (one.path("bare") / "cgroup.procs").write_text(f"{process.pid}\n")
    path = foreign_path("bare")
    assert "can't be frozen" in fails("pause", "--cgroup", path)
    runs(process.pid)
    lib.plimsoll("unpause", "--cgroup", path)
    lib.plimsoll("kill", "--cgroup", path)
    assert process.wait(20 * lib.SLOW) == -signal.SIGKILL
    lib.cgroup_remove("bare")


def test_foreign_refusals():
    lib.need_root()
    store()
    path = foreign_path("refused")
    for verb in ("pause", "unpause", "kill"):
        assert f"there is no cgroup '{path}'" in fails(verb, "--cgroup", path)
        fails(verb, "--cgroup", "", code=2)
        for odd in ("/", "relative", "/..", "/a/../b", "/a/"):
            assert "is no path of a cgroup" in fails(verb, "--cgroup", odd)
        assert "needs a value" in fails(verb, "--cgroup", code=2)
        assert "needs the name" in fails(verb, code=2)
    assert "signal" in fails("kill", "--signal", "NONE", "--cgroup", path, code=2)
    # itself: as one process, and as one whose shell waits for it
    lib.cgroup_make("refused")
    for verb in ("pause", "unpause", "kill"):
        for script in ('"$@"', 'exec "$@"'):
            inside = lib.cgroup_run("refused", "sh", "-c", script, "-", lib.PLIMSOLL, verb, "--cgroup", path,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            out, err = inside.communicate(timeout=30 * lib.SLOW)
            assert inside.returncode == 1 and not out, (verb, script, inside.returncode, out)
            assert f"this very program is in the cgroup '{path}'" in err, err
    assert not is_frozen("refused")
    lib.cgroup_remove("refused")


def test_foreign_and_names():
    """Names and cgroups in one command: all are tried, what is done is said, and one that fails is exit code 1."""
    start("both", "while :; do :; done")
    lib.cgroup_make("both")
    process = lib.cgroup_run("both", *BUSY)
    lib.wait_for(lambda: catches(process.pid, signal.SIGTERM), "the shell's traps")
    path, none = foreign_path("both"), foreign_path("none")
    done = lib.plimsoll("pause", "both", "--cgroup", path)
    assert done.stdout == f"both\n{path}\n" and not done.stderr, done
    assert status("both") == "paused" and is_frozen("both")
    done = lib.plimsoll("unpause", "--cgroup", none, "nobody", "both", "--cgroup", path, check=False)
    assert done.returncode == 1 and done.stdout == f"both\n{path}\n", done
    assert none in done.stderr and "nobody" in done.stderr, done.stderr
    assert status("both") == "running" and not is_frozen("both")
    done = lib.plimsoll("kill", "--signal", "TERM", "nobody", "--cgroup", path, check=False)
    assert done.returncode == 1 and done.stdout == path + "\n", done
    assert process.wait(20 * lib.SLOW) == 41
    assert status("both") == "running", "nobody asked for that"
    lib.plimsoll("rm", "-f", "both")
    lib.cgroup_remove("both")


def test_stats_by_name():
    """The monitor knows plimsoll's containers by the names, images and labels in the store."""
    start("harbour", "while :; do :; done", "--cpus", "0.2", "--label", "tier=db")
    done = lib.plimsoll("stats", "--no-stream", "--format", "json", "harbour")
    row = json.loads(done.stdout.splitlines()[0])
    assert "harbour" in done.stdout and "plimsoll" in done.stdout, row
    by_label = lib.plimsoll("stats", "--no-stream", "--filter", "label=tier=db").stdout
    assert "harbour" in by_label, by_label
    lib.plimsoll("rm", "-f", "harbour")


def leftovers():
    found = names("--all", "--filter", "label=plimsoll.demo")
    return found + [str(path) for path in [store() / "demo"] if path.exists()]


def test_demo():
    lib.need_root()
    store()
    done = lib.plimsoll("demo", "--seconds", 10 if lib.IN_GUEST else 3)
    assert "demo-cpu" in done.stdout and "MEM" in done.stdout, done
    assert leftovers() == []


def test_demo_ended():
    """Removes everything on a signal, whenever it comes; what a killed one leaves, the next removes."""
    lib.need_root()
    store()
    for early, number in ((True, signal.SIGINT), (False, signal.SIGTERM)):
        demo = lib.spawn(lib.PLIMSOLL, "demo", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if early:
            time.sleep(0.05)  # whatever it is at then
        else:
            lib.wait_for(lambda: "demo-cpu" in names(), "the first of the demo's containers")
        demo.send_signal(number)
        status_ = demo.wait(60 * lib.SLOW)
        assert status_ in (0, -number), status_
        assert leftovers() == [], (early, leftovers())
    demo = lib.spawn(lib.PLIMSOLL, "demo", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lib.wait_for(lambda: "demo-cpu" in names(), "demo-cpu")
    assert "runs already" in fails("demo")
    demo.kill()
    demo.wait()
    assert leftovers(), "a killed demo can't clean up"
    lib.plimsoll("demo", "--seconds", "1")
    assert leftovers() == []


if __name__ == "__main__":
    lib.main(globals())
