#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a container's root tries in order to get out, or to see the host: each must fail, and each test fails without its
defence (a control run with --privileged, or on the host itself, shows that the attempt is real)."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_run as run  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402


def refused(script, *options):
    """The script must say "refused" and nothing of the host."""
    done = run.shell(f"( {script} ) && echo WORKED || echo refused", *options, check=False)
    return "WORKED" not in done.stdout and "refused" in done.stdout, done.stdout + done.stderr


def assert_refused(script, *options):
    ok, output = refused(script, *options)
    assert ok, f"{script}: {output}"


def test_proc_and_sys_writes():
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/panic_on_oom", "/proc/sysrq-trigger",
                 "/proc/irq/default_smp_affinity", "/sys/kernel/uevent_helper", "/sys/kernel/mm/ksm/run",
                 "/sys/class/net/lo/mtu"):
        assert_refused(f"echo 1 >{path}")
    for path in ("/proc/kcore", "/proc/keys", "/proc/timer_list"):
        done = run.shell(f"head -c 16 {path} 2>/dev/null | wc -c")
        assert done.stdout.strip() == "0", (path, done.stdout)
    assert run.shell("ls /sys/firmware | wc -l").stdout.strip() == "0"


def test_cgroup_files_are_read_only():
    """release_agent and friends: the v1 escape."""
    for script in ("find /sys/fs/cgroup -name memory.limit_in_bytes -o -name cgroup.procs -o -name release_agent "
                   "| while read -r f; do echo 0 >$f && echo WORKED; done; false",
                   "mkdir /sys/fs/cgroup/x", "mkdir /tmp/c && mount -t cgroup -o memory c /tmp/c",
                   "mkdir /tmp/c && mount -t cgroup2 c /tmp/c"):
        done = run.shell(f"{script}", check=False)
        assert "WORKED" not in done.stdout and (done.returncode != 0), (script, done)


def test_device_nodes():
    """mknod is allowed by CAP_MKNOD, as in Docker, but the node can't be opened."""
    disk = os.stat("/").st_dev  # the host's own
    number = f"{os.major(disk)} {os.minor(disk)}"
    assert_refused(f"mknod /tmp/disk b {number} && head -c 1 /tmp/disk >/dev/null")
    assert_refused("mknod /tmp/kmsg c 1 11 && head -c 1 /tmp/kmsg >/dev/null")
    assert_refused("mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem >/dev/null")
    done = run.shell("mknod /tmp/n c 1 3 && echo hello >/tmp/n && head -c 4 /dev/zero | wc -c && head -c 4 /dev/urandom | wc -c")
    assert done.stdout.split() == ["4", "4"], done
    assert run.shell("ls /dev").stdout.split() == sorted(
        ["core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom",
         "zero"]), run.shell("ls /dev").stdout


def test_mounts_and_namespaces():
    for script in ("mount -t tmpfs x /tmp", "mount -o remount,rw /proc/sys", "umount /proc/sys", "umount -l /proc",
                   "mount --bind / /tmp", "unshare -m true", "unshare -U true", "unshare -n true", "chroot / mount -t proc p /tmp"):
        assert_refused(script)


def test_descriptors_and_cwd():
    """CVE-2024-21626: nothing of the host's is open, and the working directory is inside."""
    with open("/etc/hostname", "rb") as leak:
        os.set_inheritable(leak.fileno(), True)
        done = run.run("--rm", "/bin/ls", "-l", "/proc/self/fd", pass_fds=(leak.fileno(),))
    numbers = sorted(int(line.split(" -> ")[0].split()[-1]) for line in done.stdout.splitlines() if line.startswith("l"))
    assert numbers == [0, 1, 2, 3], done.stdout  # 3: ls reading the folder
    for directory in ("/proc/self/fd/7", "/proc/self/fd/8/../..", "/proc/1/cwd/../../.."):
        done = run.run("--rm", "-w", directory, "/bin/pwd", check=False)
        assert done.returncode == 125 or not os.path.exists(done.stdout.strip() + "/work-of-the-host"), done
        listing = run.run("--rm", "-w", directory, "/bin/ls", "..", check=False)
        assert lib.work().name not in listing.stdout, listing


def test_own_program():
    """CVE-2019-5736: the program that executes the container's first process can't be reached by /proc/self/exe."""
    digest = subprocess.run(["sha256sum", lib.PLIMSOLL], capture_output=True, text=True, check=True).stdout
    script = run.rootfs() / "bin/evil"
    script.write_text("#!/proc/self/exe\n")
    script.chmod(0o755)
    done = run.run("--rm", "/bin/evil", check=False)
    assert "plimsoll" not in done.stdout, done
    link = run.rootfs() / "bin/self"
    link.symlink_to("/proc/self/exe")
    done = run.run("--rm", "/bin/self", "--version", check=False)
    assert "plimsoll 0" not in done.stdout, done
    name = run.start("/bin/sleep", "100000")
    done = lib.plimsoll("exec", name, "/bin/self", "--version", check=False)
    assert "plimsoll 0" not in done.stdout, done
    done = lib.plimsoll("exec", name, "/bin/sh", "-c", "for e in /proc/[0-9]*/exe; do readlink $e; done")
    assert "plimsoll" not in done.stdout.replace("plimsoll-init", ""), done.stdout
    run.remove(name)
    script.unlink()
    link.unlink()
    assert digest == subprocess.run(["sha256sum", lib.PLIMSOLL], capture_output=True, text=True, check=True).stdout


def evil_root(name, **links):
    """A copy of the root with symbolic links where the runtime mounts or makes things."""
    folder = lib.work() / name
    subprocess.run(["cp", "-a", str(run.rootfs()), str(folder)], check=True)
    for where, target in links.items():
        path = folder / where.replace("__", "/")
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    return folder


def test_symlinks_in_the_root():
    """CVE-2025-31133, 2025-52565, 2025-52881, 2024-45310: mount targets that lead elsewhere."""
    outside = lib.work() / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    up = "../" * 20 + str(outside).lstrip("/")
    for links in ({"proc": up}, {"dev": up}, {"sys": up}, {"dev": "/proc"}, {"etc": up}, {"tmp": up}):
        root = evil_root("evil-" + "-".join(f"{k}{abs(hash(v)) % 1000}" for k, v in links.items()), **links)
        lib.plimsoll("run", "--rm", "--rootfs", root, "--tmpfs", "/tmp", "/bin/sh", "-c",
                     "ls /proc/self/status /dev/null; echo x >/tmp/made; mkdir -p /etc/made", check=False)
        assert sorted(p.name for p in outside.iterdir()) == ["kept"], (links, list(outside.iterdir()))
    root = evil_root("evil-workdir", workdir=up)
    lib.plimsoll("run", "--rm", "--rootfs", root, "-w", "/workdir/made", "/bin/true", check=False)
    lib.plimsoll("run", "--rm", "--rootfs", root, "-v", f"{run.rootfs()}:/workdir/volume", "/bin/true", check=False)
    assert sorted(p.name for p in outside.iterdir()) == ["kept"]


def test_user_is_parsed_strictly():
    """crun's CVE-2026-30892: what is no user must not become root."""
    for user in ("+0", "-1", "0x0", " 0", "1000:", "4294967295", "99999999999", "user:nogroup", "nobody-here", "1e3"):
        done = run.run("--rm", "-u", user, "/bin/id", "-u", check=False)
        assert done.returncode == 125 and not done.stdout, (user, done)
    assert run.run("--rm", "-u", "user", "/bin/id").stdout.startswith("uid=1000(user) gid=1000(user)")
    assert run.run("--rm", "-u", "1234:29", "/bin/id", "-g").stdout.strip() == "29"


def test_capabilities_and_filter():
    status = run.shell("cat /proc/self/status").stdout
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["CapInh"].strip() == "0" * 16 and fields["CapAmb"].strip() == "0" * 16, fields
    assert int(fields["CapBnd"], 16) == int(fields["CapEff"], 16) == 0xa80425fb, fields
    assert fields["Seccomp"].strip() == "2", fields
    dropped = run.shell("grep CapEff /proc/self/status", "--cap-drop", "ALL").stdout
    assert int(dropped.split()[1], 16) == 0, dropped
    user = run.shell("grep CapEff /proc/self/status", "-u", "1000").stdout
    assert int(user.split()[1], 16) == 0, user
    assert "NoNewPrivs:\t1" in run.shell("cat /proc/self/status", "--security-opt", "no-new-privileges").stdout


def test_ptrace_across():
    """Neither another container's processes nor the host's are seen or touched."""
    victim = run.start("/bin/sleep", "100000")
    pids = run.shell("ls -d /proc/[0-9]* | wc -l").stdout.strip()
    assert int(pids) <= 5, pids
    host_pid = run.state(victim)["Pid"]
    assert_refused(f"kill -0 {host_pid}")
    assert_refused(f"cat /proc/{host_pid}/environ")
    run.remove(victim)


def test_read_only_root():
    done = run.shell("touch /x || echo refused; touch /tmp/x || echo refused; touch /run-ok/x && echo fine", "--read-only",
                     "--tmpfs", "/run-ok")
    assert done.stdout.split() == ["refused", "refused", "fine"], done


def test_writes_stay_inside():
    run.shell("echo changed >/etc/passwd; rm -rf /home; touch /new")
    assert "root" in (run.rootfs() / "etc/passwd").read_text()
    assert (run.rootfs() / "home").is_dir() and not (run.rootfs() / "new").exists()
    marker = f"/etc/plimsoll-test-{os.getpid()}"
    lib.plimsoll("run", "--rm", "--rootfs", "/", "/bin/sh", "-c", f"touch {marker} && test -e {marker}")
    assert not os.path.exists(marker)


def test_control():
    """The same attempts work where the defence is taken away: they are real."""
    done = run.shell("mount -t tmpfs x /tmp && echo WORKED", "--privileged")
    assert "WORKED" in done.stdout, done
    done = run.shell("head -c 1 /proc/timer_list | wc -c; grep Seccomp: /proc/self/status", "--privileged")
    assert done.stdout.split()[-1] == "0", done


lib.main(globals())
