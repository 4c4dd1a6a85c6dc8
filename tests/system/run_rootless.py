#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""As an ordinary user: it runs with what the host delegates, and says what is missing."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_run as run  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402

USER = 42424  # nobody in particular: no name, no subordinate ids


def home():
    folder = lib.work() / "user"
    if not folder.is_dir():
        folder.mkdir()
        os.chown(folder, USER, USER)
    return folder


def as_user(*words, check=True, before=""):
    """plimsoll WORDS as USER; `before` is a shell command that root runs in the same process first."""
    run.rootfs()
    lib.need("setpriv")
    env = {"PATH": os.environ["PATH"], "HOME": str(home()), "XDG_DATA_HOME": str(home()), "LANG": "C"}
    script = f'{before or ":"}; exec setpriv --reuid {USER} --regid {USER} --clear-groups "$@"'
    done = subprocess.run(["sh", "-c", script, "-", lib.PLIMSOLL, *map(str, words)], env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False, cwd="/", timeout=60 * lib.SLOW)
    assert not check or done.returncode == 0, (words, done)
    return done


def allowed():
    """User namespaces for everybody are the host's choice."""
    done = subprocess.run(["setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "unshare", "-U", "true"],
                          capture_output=True, check=False)
    if done.returncode:
        lib.skip("this host allows users no user namespaces")


def run_as_user(*words, **options):
    return as_user("run", "--rootfs", run.rootfs(), *words, **options)


def test_run():
    allowed()
    assert run_as_user("--rm", "/bin/id", "-u").stdout.strip() == "0"
    done = run_as_user("--rm", "/bin/sh", "-c", "touch /made && ls -d /made && cat /proc/self/uid_map && echo $$ && ls /dev/null")
    lines = done.stdout.splitlines()
    assert lines[0] == "/made" and lines[1].split() == ["0", str(USER), "1"] and lines[2] == "1", done
    assert not (run.rootfs() / "made").exists()
    assert run_as_user("--rm", "/bin/sh", "-c", "exit 9", check=False).returncode == 9


def test_life():
    allowed()
    name = run_as_user("-d", "--name", "mine", "/bin/sleep", "100000").stdout.strip()
    assert "mine" in as_user("ps").stdout
    assert as_user("exec", "mine", "/bin/id", "-u").stdout.strip() == "0"
    assert "mine" not in lib.plimsoll("ps", "-a").stdout  # root's store is another
    as_user("stop", "-t", "0", "mine")
    assert "Exited (137)" in as_user("ps", "-a").stdout
    as_user("rm", name)
    assert not list((home() / "plimsoll" / "containers").iterdir())


def test_kept_files_of_other_ids_are_removed():
    allowed()
    name = run_as_user("--name", "writer", "/bin/sh", "-c", "mkdir -p /a/b && touch /a/b/c && chmod 0 /a/b", check=False)
    assert name.returncode == 0, name
    as_user("rm", "writer")
    assert not list((home() / "plimsoll" / "containers").iterdir())


def test_limits_need_delegation():
    """Where nothing is delegated: said, with how to get it; and nothing is started."""
    allowed()
    done = run_as_user("--rm", "-m", "64m", "/bin/true", check=False)
    assert done.returncode == 125, done
    assert "deleg" in done.stderr, done.stderr


def test_limits_with_delegation():
    """A v2 cgroup that belongs to the user, as systemd gives one to a session."""
    allowed()
    if not lib.is_pure_v2():
        return  # v1 hierarchies are not delegated to users: the test above is what holds there
    lib.cgroup_make("delegated/session")
    folder = lib.hierarchy("unified").path("delegated")
    for top in (folder.parent.parent, folder.parent, folder):
        (top / "cgroup.subtree_control").write_text("+memory +pids +cpu")
    for path in (folder, folder / "session"):
        for name in ("", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"):
            os.chown(path / name, USER, USER)
    enter = f"echo $$ >{folder}/session/cgroup.procs"
    done = run_as_user("--rm", "-m", "64m", "--pids-limit", "20", "/bin/sh", "-c",
                       "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max", before=enter)
    assert done.stdout.split() == [str(64 << 20), "20"], done


def test_flags_that_need_root():
    allowed()
    for words in (("--device", "/dev/null:/dev/x"), ("--privileged",), ("--network", "none"), ("--network", "host")):
        done = run_as_user("--rm", *words, "/bin/true", check=False)
        assert done.returncode == 0 or (done.returncode == 125 and done.stderr.strip()), (words, done)


lib.main(globals())
