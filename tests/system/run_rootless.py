#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""As an ordinary user: it runs with what the host delegates, and says what is missing."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_run as run  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402

USER = 42424  # nobody in particular: no name, no subordinate ids
FIRST = 1870000000  # where the range starts that tests give
COUNT = 65536


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
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, "-", lib.PLIMSOLL, *map(str, words)], env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False, cwd="/", timeout=60 * lib.SLOW)
    assert not check or done.returncode == 0, (words, done)
    return done


def allowed():
    """User namespaces for everybody are the host's choice."""
    done = subprocess.run(["setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "unshare", "-U", "true"],
                          capture_output=True, check=False)
    if done.returncode:
        lib.skip("this host allows users no user namespaces")


def mount_over(path, text, mode=0o644):
    """A shell command that puts a file with this text over another, in a mount namespace of the process' own."""
    if not os.path.exists(path):
        lib.skip(f"needs {path}, to mount its own over it")
    file = lib.work() / f"over-{os.path.basename(path)}-{abs(hash(text))}"
    file.write_text(text)
    file.chmod(mode)
    return f"mount --bind {file} {path}"


def in_own_mounts(*commands):
    """What as_user() runs `before`, so that only this process sees what is mounted."""
    return "set -e; " + "; ".join(commands)


def range_files(uid_range=f"{USER}:{FIRST}:{COUNT}\n", gid_range=f"plimsoll-test:{FIRST}:{COUNT}\n"):
    passwd = f"root:x:0:0::/root:/bin/sh\nplimsoll-test:x:{USER}:{USER}::/:/bin/sh\n"
    return [mount_over("/etc/passwd", passwd), mount_over("/etc/subuid", "other:100000:65536\n" + uid_range),
            mount_over("/etc/subgid", gid_range)]


def with_range(*words, more=(), **options):
    """plimsoll WORDS as a user with a range of ids."""
    lib.need("newuidmap", "newgidmap")
    return as_user(*words, before=in_own_mounts(*range_files(), *more), **options)


def run_with_range(*words, tmp=False, **options):
    return with_range("run", "--rootfs", run.rootfs(), *(["--tmpfs", "/tmp"] if tmp else []), *words, **options)


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


def containers():
    folder = home() / "plimsoll" / "containers"
    return list(folder.iterdir()) if folder.is_dir() else []


def test_range_of_ids():
    """The container's root is the user; the ids from 1 on are the user's range of /etc/subuid and /etc/subgid."""
    allowed()
    done = run_with_range("--rm", "/bin/cat", "/proc/self/uid_map", "/proc/self/gid_map")
    maps = [line.split() for line in done.stdout.splitlines()]
    assert maps == [["0", str(USER), "1"], ["1", str(FIRST), str(COUNT)]] * 2, done
    assert not done.stderr, done
    done = run_with_range("--rm", "--user", "1000:29", "/bin/sh", "-c", "id -u; id -g; touch /tmp/x && stat -c %u:%g /tmp/x", tmp=True)
    assert done.stdout.split() == ["1000", "29", "1000:29"], done
    planned = run_with_range("--dry-run", "/bin/true").stdout
    assert f"0→{USER}+1 1→{FIRST}+{COUNT}" in planned, planned


def test_range_chown_and_remove():
    """Files of other ids inside are the range's outside, and go with the container that they belong to."""
    allowed()
    before = containers()
    run_with_range("--name", "owner", "/bin/sh", "-c",
                   "mkdir -p /srv/a/b && echo x >/srv/a/b/c && chown -R 1000:29 /srv/a && chmod 700 /srv/a /srv/a/b && "
                   "mkdir /srv/mine")
    upper, = [folder / "upper" for folder in containers() if folder not in before]
    kept = os.stat(upper / "srv/a/b/c")
    assert (kept.st_uid, kept.st_gid) == (FIRST + 999, FIRST + 28), kept
    assert os.stat(upper / "srv/mine").st_uid == USER
    refused = as_user("rm", "owner", check=False)
    assert refused.returncode != 0 and "range of ids" in refused.stderr, refused
    run_with_range("--name", "owner", "/bin/sh", "-c", "mkdir -p /srv/a/b && chown -R 1000 /srv && chmod 0 /srv/a /srv")
    with_range("rm", "owner")  # and what could not be removed before
    assert containers() == before


def test_range_detached_and_exec():
    allowed()
    before = containers()
    run_with_range("-d", "--name", "ranged", "--user", "1000", "/bin/sh", "-c", "umask 77; mkdir /tmp/own; exec sleep 100000", tmp=True)
    done = with_range("exec", "--user", "0", "ranged", "/bin/sh", "-c", "stat -c %u /proc/1; id -u; ls -d /tmp/own")
    assert done.stdout.split() == ["1000", "0", "/tmp/own"], done
    assert with_range("exec", "ranged", "/bin/id", "-u").stdout.strip() == "1000"
    with_range("rm", "-f", "ranged")
    assert containers() == before


def test_one_id_is_said():
    """Without newuidmap, or without a range: one id, one sentence of what is missing, and how to get it."""
    allowed()
    lib.need("newuidmap", "newgidmap")
    cases = ((range_files(uid_range=""), "/etc/subuid", "--add-subuids"),
             (range_files(gid_range=""), "/etc/subgid", "--add-subgids"),
             ([*range_files(), mount_over(shutil.which("newuidmap"), "")], "newuidmap", "uidmap"))
    for files, missing, remedy in cases:
        before = in_own_mounts(*files)
        done = run_as_user("--rm", "/bin/cat", "/proc/self/uid_map", before=before)
        assert done.stdout.split() == ["0", str(USER), "1"], done
        assert missing in done.stderr and remedy in done.stderr and len(done.stderr.splitlines()) == 2, done
        done = run_as_user("--rm", "--user", "1000", "/bin/true", before=before, check=False)
        assert done.returncode == 125 and missing in done.stderr and remedy in done.stderr, done


def test_range_that_is_refused():
    """newuidmap has the last word: ids of somebody else's are an error before anything runs, and nothing is left."""
    allowed()
    before = containers()
    done = run_with_range("--rm", "--uidmap", f"0:{USER}:1", "--uidmap", "1:100000:10", "--gidmap", f"0:{USER}:1", "/bin/true",
                          check=False)
    assert done.returncode == 125 and "/etc/subuid" in done.stderr, done
    assert containers() == before


NAMESPACES = ("pid", "net", "ipc", "uts", "mnt", "user")
SHOW = "for n in " + " ".join(NAMESPACES) + "; do readlink /proc/self/ns/$n; done"


def namespaces_of(text):
    return dict(zip(NAMESPACES, text.split()))


def check_joins(start, execute, users_too):
    """Containers that join others: the namespaces that they name are the other's, all the others their own."""
    start("-d", "--name", "first", "--ipc", "shareable", "--hostname", "joined", "/bin/sleep", "100000")
    first = namespaces_of(execute("exec", "first", "/bin/sh", "-c", SHOW).stdout)
    for flags in ({"ipc": "--ipc"}, {"net": "--network"}, {"pid": "--pid"}, {"uts": "--uts"},
                  {"ipc": "--ipc", "net": "--network", "pid": "--pid", "uts": "--uts"}):
        words = [word for flag in flags.values() for word in (flag, "container:first")]
        done = start("--rm", *words, "/bin/sh", "-c", SHOW)
        own = namespaces_of(done.stdout)
        same = {name for name in NAMESPACES if own[name] == first[name]}
        assert same == set(flags) | ({"user"} if users_too else set()), (flags, own, first)
    execute("exec", "first", "/bin/sh", "-c", "echo shared >/dev/shm/file; chmod 644 /dev/shm/file; touch /dev/mqueue/queue")
    done = start("--rm", "--ipc", "container:first", "/bin/sh", "-c", "cat /dev/shm/file; ls /dev/mqueue; ls -d /proc/[0-9]* | wc -l")
    assert done.stdout.split()[:2] == ["shared", "queue"] and int(done.stdout.split()[2]) < 5, done
    done = start("--rm", "--pid", "container:first", "/bin/sh", "-c",
                 "cat /proc/1/cmdline | tr '\\0' ' '; ls -d /proc/[0-9]* | wc -l; head -c 9 /proc/timer_list | wc -c")
    assert done.stdout.startswith("/bin/sleep 100000"), done
    assert int(done.stdout.splitlines()[-2].split()[-1]) < 6 and done.stdout.split()[-1] == "0", done
    assert start("--rm", "--uts", "container:first", "/bin/hostname").stdout.strip() == "joined"
    detached = start("-d", "--pid", "container:first", "--network", "container:first", "/bin/sleep", "100000").stdout.strip()
    assert execute("exec", detached, "/bin/readlink", "/proc/self/ns/net").stdout.strip() == first["net"]
    execute("rm", "-f", detached, "first")


def test_joins():
    allowed()
    before = run.left()
    check_joins(run_as_user, as_user, True)
    assert not containers()
    run.wait_left(before, "joined containers")


def test_joins_with_ranges():
    allowed()
    check_joins(run_with_range, with_range, True)
    run_with_range("-d", "--name", "first", "/bin/sleep", "100000")
    done = run_with_range("--name", "second", "--network", "container:first", "/bin/sh", "-c",
                          "mkdir -p /srv/a/b && chown -R 1000 /srv/a && chmod 700 /srv/a && id -u")
    assert done.stdout.strip() == "0", done
    with_range("rm", "-f", "first", "second")
    assert not containers()


def test_joins_in_a_user_namespace_of_roots():
    """The same for root, whose containers have one user namespace each: what is joined belongs to another."""
    mapped = run.run("--rm", "--uidmap", "0:100000:65536", "/bin/true", check=False)
    if mapped.returncode:  # tmpfs before Linux 6.3
        assert "idmapped mounts" in mapped.stderr, mapped
        return

    def start(*words, **options):
        first = not any("container:" in word for word in words)
        return run.run(*(() if first else ("--uidmap", "0:100000:65536")), *words, **options)
    check_joins(start, lib.plimsoll, False)


def test_joins_and_time():
    allowed()
    run_as_user("-d", "--name", "first", "--ipc", "shareable", "/bin/sleep", "100000")
    done = run_as_user("--rm", "--ipc", "container:first", "--time", "private", "--time-offset", "boottime=7000000s", "/bin/cat",
                       "/proc/uptime")
    assert float(done.stdout.split()[0]) > 7000000, done
    as_user("rm", "-f", "first")


def test_host_as_root():
    """--rootfs /: the user's own view of the host, and a copy of what is theirs to change."""
    allowed()
    before = containers()
    mine = home() / "file"
    mine.write_text("host")
    os.chown(mine, USER, USER)
    done = as_user("run", "--rm", "--rootfs", "/", "/bin/sh", "-c",
                   "cat /proc/self/uid_map; ls -d /usr/bin /etc/passwd /dev/null; ls /tmp /run /var/tmp | wc -l; "
                   "touch /var/tmp/x /tmp/x /made && rm -rf /root/* /etc/passwd; echo end")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["0", str(USER), "1"] and lines[1:4] == ["/dev/null", "/etc/passwd", "/usr/bin"], done
    assert lines[-1] == "end" and os.path.exists("/etc/passwd") and not os.path.exists("/made"), done
    # a folder of the user's that lies on a mount with others below it: they see it, and change their copy of it
    mounts = in_own_mounts("mount -t tmpfs x /mnt", "mkdir -p /mnt/below /mnt/own/empty", "mount -t tmpfs y /mnt/below",
                           "echo deep >/mnt/below/file", "echo host >/mnt/own/file", "ln -s own /mnt/link", "echo plain >/mnt/plain",
                           f"chown -R {USER}:{USER} /mnt/own", "chmod 755 /mnt /mnt/below /mnt/own")
    done = as_user("run", "--name", "host", "--rootfs", "/", "/bin/sh", "-c",
                   "cat /mnt/below/file /mnt/link/file /mnt/plain; echo changed >/mnt/own/file && cat /mnt/own/file; rmdir /mnt/own/empty; "
                   "(echo x >/mnt/plain) 2>/dev/null || echo refused; echo again >/kept", before=mounts)
    assert done.stdout.split() == ["deep", "host", "plain", "changed", "refused"], done
    as_user("start", "-a", "host", before=mounts, check=False)
    kept, = [folder for folder in containers() if folder not in before]
    assert (kept / "upper/kept").read_text() == "again\n"
    as_user("rm", "host")
    assert containers() == before and mine.read_text() == "host"
    done = as_user("run", "--rm", "--read-only", "--rootfs", "/", "-v", f"{home()}:/mnt", "/bin/sh", "-c",
                   "touch /x || touch /var/x || touch /mnt/out; ls /mnt/out")
    assert done.stdout.split() == ["/mnt/out"] and (home() / "out").exists(), done


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
