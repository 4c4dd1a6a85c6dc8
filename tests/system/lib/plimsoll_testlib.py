# SPDX-License-Identifier: Apache-2.0
"""What system tests in Python share.

Containers and cgroups are those of lib.sh, which this module calls; a test is

    import sys, os
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
    import plimsoll_testlib as lib

    def test_something():
        docker = lib.Docker()
        ...

    lib.main(globals())
"""
import atexit
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path

LIB = Path(__file__).resolve().parent / "lib.sh"
SOURCE = Path(os.environ.get("PLIMSOLL_SOURCE", LIB.parents[3]))
PLIMSOLL = os.environ.get("PLIMSOLL", str(SOURCE / "build" / "plimsoll"))
IMAGE = "plimsoll-test/busybox:1"
IN_GUEST = bool(os.environ.get("PLIMSOLL_VM"))
SLOW = 10 if IN_GUEST else 1  # the guest's processor is that much slower
SKIP = 77


class Skipped(Exception):
    """This test cannot run here."""


def skip(why):
    """Ends the test as skipped; where PLIMSOLL_MUST_RUN is set, as failed."""
    if os.environ.get("PLIMSOLL_MUST_RUN"):
        raise AssertionError(f"a test was to be skipped where PLIMSOLL_MUST_RUN is set: {why}")
    raise Skipped(why)


def need_root():
    if os.geteuid() != 0:
        skip("needs root")


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            skip(f"needs the program {program}: ./dev deps test installs it")


def wait_for(condition, what, seconds=10):
    """The first true value of condition(); fails when none came in time (in the guest there is more of it)."""
    deadline = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def free_port():
    """A TCP port of the loopback that nobody has at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


# ---- the folder of this test, made when it is first wanted, and its end

@functools.lru_cache(maxsize=None)
def work():
    """A temporary folder, removed at the end together with all that was started below it."""
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-test."))
    folder.chmod(0o755)
    atexit.register(_clean_up, folder)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    return folder


def _clean_up(folder):
    for process in _spawned:
        end(process)
    _bash(folder, "clean_up", check=False)


def _bash(folder, function, *args, check=True):
    done = subprocess.run(["bash", "-c", '. "$1"; shift; "$@"', "-", str(LIB), function, *map(str, args)],
                          env={**os.environ, "PLIMSOLL_TEST_WORK": str(folder)}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, check=False)
    assert not check or done.returncode == 0, f"{function} {args} failed (see above)"
    return done.stdout


def bash(function, *args):
    """The output of a function of lib.sh."""
    return _bash(work(), function, *args)


# ---- processes

_spawned = []


def spawn(*words, **options):
    """A process in the background (subprocess.Popen), ended at the test's end."""
    process = subprocess.Popen([str(word) for word in words], **{"stdin": subprocess.DEVNULL, **options})
    _spawned.append(process)
    work()
    return process


def end(process, number=signal.SIGTERM, seconds=20):
    """Ends a process: its exit status. One that does not follow in time is killed."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        return process.wait(seconds * SLOW)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def plimsoll(*words, check=True, **options):
    """Runs plimsoll to its end: a CompletedProcess with text."""
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 60 * SLOW, **options}
    done = subprocess.run([PLIMSOLL, *map(str, words)], check=False, **options)
    assert not check or done.returncode == 0, f"plimsoll {words}: exit status {done.returncode}: {done.stderr}"
    return done


# ---- cgroups

class Hierarchy:
    """One mounted cgroup hierarchy: version, controllers (empty on v2), mount, and this test's folder in it."""

    def __init__(self, line):
        version, controllers, mount = line.split(" ", 2)
        self.version = int(version)
        self.controllers = [] if controllers == "-" else controllers.split(",")
        self.mount = Path(mount)

    def path(self, name=""):
        return self.mount / work().name / name


@functools.lru_cache(maxsize=None)
def hierarchies():
    return [Hierarchy(line) for line in bash("hierarchies").splitlines()]


def hierarchy(controller):
    """That with a controller: a v1 hierarchy, or else v2's. "unified" is v2's in any case."""
    for one in hierarchies():
        if controller in one.controllers:
            return one
    return next(one for one in hierarchies() if one.version == 2)


def is_pure_v2():
    return not any(one.version == 1 and "cpu" in one.controllers for one in hierarchies())


def cgroup_make(name=""):
    """This test's cgroup of that name in every hierarchy, with those above it."""
    bash("cgroup_make", name)


def cgroup_remove(name=""):
    """Removes it, and those below; their processes are killed."""
    bash("cgroup_remove", name)


def cgroup_enter(name, pid):
    for one in hierarchies():
        (one.path(name) / "cgroup.procs").write_text(f"{pid}\n")


def cgroup_run(name, *words, **options):
    """spawn() in a cgroup of this test; the program starts there."""
    ready, go = os.pipe()
    process = spawn("bash", "-c", f'read -r <&{ready}; exec {ready}<&-; exec "$@"', "-", *words,
                    pass_fds=(ready,), **options)
    os.close(ready)
    try:
        cgroup_enter(name, process.pid)
    finally:
        os.write(go, b"\n")
        os.close(go)
    return process


# ---- containers

class _Runtime:
    """A runtime of the test's own, with IMAGE in it; several of one kind want different names."""

    def __init__(self, kind, name, options=()):
        self.kind = kind
        self.name = name or kind
        self.dir = work() / self.name
        bash(f"{kind}_start", self.name, *options)

    def command(self, *words):
        """The output of `docker WORDS` (or podman)."""
        script = f'. "$1"; {self.kind}_use "$2"; shift 2; {self.kind} "$@"'
        return subprocess.run(["bash", "-c", script, "-", str(LIB), self.name, *map(str, words)],
                              env={**os.environ, "PLIMSOLL_TEST_WORK": str(work())}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True, check=True, timeout=120 * SLOW).stdout

    def run(self, *words):
        """Starts a container in the background (options, image, command): its id."""
        return bash("runtime_run", self.kind, self.name, *words).strip()

    def inspect(self, container):
        return json.loads(self.command("inspect", container))[0]

    def pid(self, container):
        return self.inspect(container)["State"]["Pid"]

    def remove(self, *containers):
        """Also those that run, with no time to end."""
        self.command("rm", "-f", *(["-t", "0"] if self.kind == "podman" else []), *containers)

    def stop(self):
        bash(f"{self.kind}_stop", self.name)


class Docker(_Runtime):
    def __init__(self, name="", *dockerd_options):
        super().__init__("docker", name, dockerd_options)


class Podman(_Runtime):
    def __init__(self, name=""):
        super().__init__("podman", name)


def compose_labels(project, service):
    return bash("compose_labels", project, service).split()


def container_cgroups(container):
    """The folders of a container, one for each hierarchy that has it."""
    return [Path(line) for line in bash("container_cgroups", container).splitlines()]


# ---- the exporter

class Exporter:
    """A plimsoll exporter that is ready. scheme is https where its web-config file says so."""

    def __init__(self, *options, scheme="http", program=(PLIMSOLL, "exporter"), ready_status=(200,), **popen):
        self.port = free_port()
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.log = work() / f"exporter-{self.port}.log"
        with self.log.open("wb") as log:
            self.process = spawn(*program, f"--web.listen-address=127.0.0.1:{self.port}", *options,
                                 stdout=log, stderr=subprocess.STDOUT, **popen)
        if scheme == "http":
            wait_for(lambda: self._is_ready(ready_status), "the exporter to be ready")
        else:
            wait_for(self._listens, "the exporter to listen")

    def _alive(self):
        status = self.process.poll()
        assert status is None, f"the exporter ended with {status}: {self.log.read_text(errors='replace')}"

    def _is_ready(self, statuses):
        self._alive()
        try:
            return self.get("/-/ready")[0] in statuses
        except OSError:
            return False

    def _listens(self):
        self._alive()
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def get(self, path="/metrics", headers=None, **options):
        """Status, headers and body (bytes) of the answer, whatever its status."""
        request = urllib.request.Request(self.url + path, headers=headers or {})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=options.pop("context", None)))
        try:
            answer = opener.open(request, timeout=30 * SLOW)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers, answer.read()

    def metrics(self, path="/metrics"):
        """The text of a scrape, which must have succeeded."""
        status, _, body = self.get(path)
        assert status == 200, f"{path}: {status}: {body[:300]!r}"
        return body.decode()

    def stop(self):
        """Its exit status."""
        return end(self.process)


# ---- the test program

def main(names):
    """Runs the functions test_* among names in their order, and ends the program: 0, 1, or 77 if all were skipped.
    Words of the command line choose some by name."""
    tests = [value for name, value in names.items() if name.startswith("test_") and callable(value)]
    chosen = [test for test in tests if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]]
    assert chosen, f"no test called {sys.argv[1:]}"
    results = [_run(test) for test in chosen]
    print(f"{results.count('ok')} of {len(results)} ok, {results.count('skipped')} skipped", flush=True)
    sys.exit(1 if "FAILED" in results else SKIP if set(results) == {"skipped"} else 0)


def _run(test):
    start = time.monotonic()
    try:
        test()
        result, why = "ok", ""
    except Skipped as skipped:
        result, why = "skipped", f": {skipped}"
    except Exception:  # pylint: disable=broad-except # a test may fail in any way
        result, why = "FAILED", "\n" + traceback.format_exc()
    print(f"{result}: {test.__name__} ({time.monotonic() - start:.1f} s){why}", flush=True)
    return result
