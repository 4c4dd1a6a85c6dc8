# SPDX-License-Identifier: Apache-2.0
"""What tests of `plimsoll run` share: a store of their own, a root file system, and a look at what is left behind."""
import functools
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import plimsoll_testlib as lib

APPLETS = ("sh", "sleep", "true", "false", "cat", "ls", "echo", "head", "tail", "dd", "id", "env", "mount", "umount", "mkdir", "rm",
           "touch", "ln", "kill", "ps", "hostname", "stat", "readlink", "mknod", "chmod", "yes", "grep", "unshare", "wc",
           "dmesg", "find", "test", "pwd", "stty", "sync", "seq", "chroot", "printf", "tr", "cut", "setpriv", "nsenter", "ip")


@functools.lru_cache(maxsize=None)
def store():
    """PLIMSOLL_ROOT of this test; its containers are removed at the end."""
    folder = lib.work() / "store"
    os.environ["PLIMSOLL_ROOT"] = str(folder)
    import atexit
    atexit.register(remove_all)
    return folder


@functools.lru_cache(maxsize=None)
def rootfs():
    """A folder with busybox under the names of its applets."""
    lib.need_root()
    lib.need("busybox")
    store()
    folder = lib.work() / "rootfs"
    for name in ("bin", "dev", "proc", "sys", "tmp", "etc", "root", "home"):
        (folder / name).mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), folder / "bin/busybox")
    for name in APPLETS:
        (folder / "bin" / name).symlink_to("busybox")
    (folder / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\nuser:x:1000:\naudio:x:29:user\n")
    return folder


def run(*words, check=True, **options):
    """plimsoll run --rootfs ROOTFS WORDS: a CompletedProcess."""
    return lib.plimsoll("run", "--rootfs", rootfs(), *words, check=check, **options)


def shell(script, *options, check=True):
    """What a shell script in a new container prints."""
    return run("--rm", *options, "/bin/sh", "-c", script, check=check)


def start(*words):
    """A container in the background: its id."""
    return run("-d", *words).stdout.strip()


def inspect(name):
    return json.loads(lib.plimsoll("inspect", name).stdout)[0]


def state(name):
    return inspect(name)["State"]


def remove(*names):
    lib.plimsoll("rm", "-f", *names)


def remove_all():
    found = lib.plimsoll("ps", "-aq", "--no-trunc", check=False).stdout.split()
    if found:
        lib.plimsoll("rm", "-f", *found, check=False)


def cgroup(container_id, controller):
    """Its folder in the hierarchy that has the controller ("unified": v2's)."""
    mount = str(lib.hierarchy(controller).mount)
    found = [folder for folder in lib.container_cgroups(container_id) if str(folder).startswith(mount + "/")]
    assert found, f"{container_id} has no cgroup in {mount}"
    return max(found, key=lambda folder: len(folder.parts))


def read(path):
    return Path(path).read_text().strip()


def key_value(path, key):
    """A value of a file of "KEY VALUE" lines."""
    return next(int(line.split()[1]) for line in read(path).splitlines() if line.split()[0] == key)


def cpu_usage(container_id):
    """Seconds of processor time that it used."""
    if lib.is_pure_v2():
        return key_value(cgroup(container_id, "cpu") / "cpu.stat", "usage_usec") / 1e6
    return int(read(cgroup(container_id, "cpuacct") / "cpuacct.usage")) / 1e9


def memory_peak_file(container_id):
    return cgroup(container_id, "memory") / ("memory.peak" if lib.is_pure_v2() else "memory.max_usage_in_bytes")


def memory_peak(container_id):
    return int(read(memory_peak_file(container_id)))


def cpu_share_over(container_id, seconds):
    """The part of one processor that it used for so long."""
    began, used = time.monotonic(), cpu_usage(container_id)
    time.sleep(seconds)  # the span that is measured
    return (cpu_usage(container_id) - used) / (time.monotonic() - began)


# ---- what must not be left behind

def _mounts():
    return sorted(line.split(" ")[4] for line in read("/proc/self/mountinfo").splitlines())


def _processes():
    """Pids of processes of ours in the store: supervisors, and whatever runs in a container of it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            groups = (entry / "cgroup").read_text()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if "/plimsoll/" in groups or b"plimsoll\0run\0" in command:
            found.append(int(entry.name))
    return found


def _cgroups():
    return sorted(str(path) for one in lib.hierarchies() for top in [one.mount / "plimsoll"] if top.is_dir()
                  for path in top.iterdir() if path.is_dir())


def _files():
    """What the store holds besides its own empty folders and the cache of filters."""
    return sorted(str(path.relative_to(store())) for name in ("containers", "names", "memory/containers")
                  for path in (store() / name).glob("*")) if store().is_dir() else []


def left():
    """Everything of ours that is there now, to compare with what was there before."""
    return {"mounts": _mounts(), "processes": _processes(), "cgroups": _cgroups(), "files": _files()}


def wait_left(before, what):
    """Waits until nothing is there that was not before (dying processes take a moment)."""
    def clean():
        now = left()
        return all(set(now[kind]) <= set(before[kind]) for kind in now)
    try:
        lib.wait_for(clean, f"nothing to be left behind by {what}", 10)
    except AssertionError as error:
        now = left()
        extra = {kind: sorted(set(now[kind]) - set(before[kind])) for kind in now}
        raise AssertionError(f"left behind by {what}: { {k: v for k, v in extra.items() if v} }") from error


def signal_all_dead(pids):
    return all(not Path(f"/proc/{pid}").exists() for pid in pids)


def popen(*words, **options):
    """plimsoll in the background, not waited for."""
    return lib.spawn(lib.PLIMSOLL, *words, **options)


def disk(size):
    """A block device of this test: in the guest one of its own, else a loop device, detached at the end."""
    if lib.IN_GUEST:
        return "/dev/vda"
    import atexit
    lib.need("losetup")
    backing = lib.work() / f"disk-{time.monotonic_ns()}"
    with backing.open("wb") as file:
        file.truncate(size)
    done = subprocess.run(["losetup", "-f", "--show", str(backing)], capture_output=True, text=True, check=False)
    if done.returncode:
        lib.skip(f"no loop device: {done.stderr.strip()}")
    device = done.stdout.strip()
    atexit.register(subprocess.run, ["losetup", "-d", device], check=False)
    return device
