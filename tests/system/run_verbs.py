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
    done = lib.plimsoll("demo", "--seconds", 3 * lib.SLOW)
    assert "demo-cpu" in done.stdout and "MEM" in done.stdout, done
    assert leftovers() == []


def test_demo_ended():
    """Removes everything on a signal, whenever it comes; what a killed one leaves, the next removes."""
    lib.need_root()
    store()
    for pause, number in ((0.05, signal.SIGINT), (3 * lib.SLOW, signal.SIGTERM)):
        demo = lib.spawn(lib.PLIMSOLL, "demo", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            demo.wait(pause)
        except subprocess.TimeoutExpired:
            pass
        demo.send_signal(number)
        status_ = demo.wait(60 * lib.SLOW)
        assert status_ in (0, -number), status_
        assert leftovers() == [], (pause, leftovers())
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
