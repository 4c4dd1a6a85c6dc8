#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`plimsoll top` on real containers on a real terminal: what limits each, what can be done to it, what a recording of it shows."""
import atexit
import json
import os
import re
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_run as run  # noqa: E402
import plimsoll_testlib as lib  # noqa: E402
from tmux import Screen  # noqa: E402

MIB = 1 << 20
WITHIN = 3 * lib.SLOW  # seconds that a verdict may take
VERDICTS = {"demo-cpu": "cpu.max", "demo-memory": "memory.max", "demo-disk": "io.max", "idle": None}
# Says a line now and then, tells of a signal, and ends when it is asked to.
CHATTER = "trap 'echo got USR1' USR1; trap 'exit 0' TERM; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.3 & wait; done"
# Keys of what changes something: what it is called, and what is said where there are no actions at all.
CHANGING_KEYS = {"p": ("Pause", "pause"), "x": ("Signal", "send a signal"), "L": ("Limits", "change a limit"),
                 "R": ("Remove", "remove"), "e": ("Shell", "exec"), "n": ("Launch", "launch a container")}


def prepare_store():
    """The demo's disk is the one that the store is on: in the guest, whose temporary files are in memory, one of its own."""
    lib.need_root()
    lib.need("tmux", "busybox")
    folder = lib.work() / "store"
    if folder.exists():
        return
    folder.mkdir()
    if lib.IN_GUEST:
        subprocess.run(["modprobe", "ext4"], check=False, capture_output=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", run.disk(0)], check=True)
        subprocess.run(["mount", run.disk(0), folder], check=True)
    run.rootfs()


class Top(Screen):
    """A dashboard with the list on it."""

    def __init__(self, *words, columns=160, rows=36, program=(lib.PLIMSOLL, "top", "--interval", "250ms"), **options):
        prepare_store()
        super().__init__([*program, *words], columns, rows, **options)

    def wait(self, pattern, seconds=20, gone=False):
        return super().wait(pattern, seconds * lib.SLOW, gone)

    def only(self, name):
        """Filters for one, which is the selected one then."""
        self.press("/", r"^Filter: ")
        self.keys("C-u")
        self.type(name)
        self.keys("Enter")
        self.wait(rf"filter: {re.escape(name[:20])}")
        return self.row(name)

    def row(self, name, state=r"\w"):
        """Waits for its line."""
        return re.search(row_pattern(name, state), self.wait(row_pattern(name, state)), re.M)[0]

    def back(self):
        """From a dialog or a page to the list alone."""
        self.keys("Escape")
        super().wait(r"^\[Overview\](?![\s\S]*[│|]>)", 20 * lib.SLOW)

    def menu(self, letter, question):
        self.press("Enter", r"c  Cancel")
        return self.press(letter, question)

    def message(self, pattern):
        """The last line is a message like that."""
        return self.wait(rf"^ {pattern}[^\n]*\n*\Z")


def row_pattern(name, state=r"\w"):
    return rf"^{state} +{re.escape(name)} .*$"


def stats(*words):
    done = lib.plimsoll("stats", "--format", "json", *words)
    return [json.loads(line) for line in done.stdout.splitlines()]


def by_name(rows):
    return {row["name"]: row for row in rows if not row["ended"]}


# ---- verdicts: each way to look, as {name: what limits it, None for nothing}

def seen_by_stats():
    return {name: row["limited_by"] and row["limited_by"]["limiter"] for name, row in by_name(stats("--no-stream")).items()}


def seen_by_stats_table():
    table = lib.plimsoll("stats", "--no-stream", "--columns", "name,limited_by").stdout
    return {line.split()[0]: verdict_in(line) for line in table.splitlines()[1:]}


def seen_by_batch():
    return seen_on_screen(lib.plimsoll("top", "-b", "--filter", "runtime=plimsoll").stdout)


def seen_on_screen(text):
    found = re.findall(r"^[A-Z] +(\S+) .*$", text, re.M)
    return {name: verdict_in(re.search(row_pattern(name), text, re.M)[0]) for name in found}


def verdict_in(line):
    """Of a line whose last column is LIMITED BY."""
    match = re.search(r"(?:(\w+ contention|frozen|oom|\w+\.(?:max|high))\^?(?: \S+)?|-) *$", line)
    return match[1] if match else line


def seen_by_exporter(exporter):
    text = exporter.metrics()
    names = re.findall(r'^container_memory_usage_bytes\{.*?\bname="([^"]*)"', text, re.M)
    limited = dict(re.findall(r'^container_limited_by\{.*?\bname="([^"]*)".*?\blimiter="([^"]*)".*\} 1$', text, re.M))
    return {name: limited.get(name) for name in names}


def scrapes(exporter):
    """What limits whom, by two scrapes as far apart as the exporter wants them to be compared."""
    exporter.metrics()
    time.sleep(1.05)
    return seen_by_exporter(exporter)


def wait_verdicts(look, wanted, what):
    """Until a look has them all; the seconds that it took. One that is not to be had may show none at any time."""
    began = time.monotonic()
    while True:
        seen = look()
        right = [name for name in wanted if seen.get(name, "not there") == wanted[name]]
        took = time.monotonic() - began
        for name in (name for name in wanted if wanted[name] is None):
            assert seen.get(name) is None, f"{what}: nothing limits {name}, but {seen[name]!r} is said"
        if len(right) == len(wanted):
            print(f"  {what}: right after {took:.1f} s", flush=True)
            return took
        assert took < WITHIN, f"{what}: not right after {took:.1f} s: {seen}"
        time.sleep(0.02)


def times_of(recording):
    done = lib.plimsoll("stats", "--replay", recording, "--format", "json", check=False)
    return sorted({json.loads(line)["time_seconds"] for line in done.stdout.splitlines()})


class World:
    """The demo on a terminal, where it opens the dashboard, an idle container, and a recording of it all."""

    def __init__(self):
        prepare_store()
        self.idle = run.start("--name", "idle", "/bin/sleep", "100000")
        self.recording = lib.work() / "all.plr"
        self.demo = Top(program=(lib.PLIMSOLL, "demo"))
        atexit.register(self.demo.__exit__)
        self.demo.wait(row_pattern("demo-disk"), 60)
        self.began = time.monotonic()

    def end(self):
        self.demo.keys("q")
        assert self.demo.exit_code(20 * lib.SLOW) == 0, self.demo.errors()


worlds = []


def world():
    if not worlds:
        worlds.append(World())
    return worlds[0]


def test_verdicts():
    """The demo's three, and one that does nothing, wherever it is shown."""
    w = world()
    three = {name: verdict for name, verdict in VERDICTS.items() if verdict}
    wait_verdicts(lambda: seen_on_screen(w.demo.text()), three, "the demo's own dashboard")
    recorder = run.popen("record", "--interval", "1s", "-q", w.recording)
    with Top("--filter", "runtime=plimsoll") as top:
        top.wait(row_pattern("idle"))
        wait_verdicts(lambda: seen_on_screen(top.text()), VERDICTS, "top on a terminal")
        top.keys("q")
        assert top.exit_code() == 0
    wait_verdicts(seen_by_batch, VERDICTS, "top -b")
    wait_verdicts(seen_by_stats, VERDICTS, "stats as JSON")
    wait_verdicts(seen_by_stats_table, VERDICTS, "stats as a table")
    exporter = lib.Exporter("--collector.min-interval=0s")
    wait_verdicts(lambda: scrapes(exporter), VERDICTS, "the exporter")
    assert exporter.stop() == 0
    lib.wait_for(lambda: len(times_of(w.recording)) >= 6, "six snapshots of the recording", 20)
    assert lib.end(recorder) == 0
    w.end()


# Each wants 24 MiB, again and again; two of them are too much for 32.
ABOVE_HIGH = "for i in 1 2 3; do (while :; do head -c 24m /dev/zero | tail -c 24m >/dev/null; done) & done; wait"


def forks_refused():
    """At most six processes: what is below the shell uses them up, ten times a second."""
    return run.start("--name", "forks", "--pids-limit", "6", "/bin/sh", "-c",
                     "while :; do sh -c 'while :; do sleep 1 & done' 2>/dev/null; sleep 0.1; done")


def killed_for_memory():
    """Processes of it, one after the other, and never the whole of it."""
    return run.start("--name", "killed", "-m", "16m", "--memory-swap", "16m", "/bin/sh", "-c",
                     "while :; do tail /dev/zero; sleep 0.05; done")


def test_other_verdicts():
    """Frozen, forks that are refused, out of memory, and on v2 slowed down above memory.high."""
    prepare_store()
    wanted = {"forks": "pids.max", "killed": "oom", "paused": "frozen"}
    forks_refused()
    killed_for_memory()
    run.start("--name", "paused", "/bin/sleep", "100000")
    lib.plimsoll("pause", "paused")
    if lib.is_pure_v2():
        wanted["high"] = "memory.high"
        run.start("--name", "high", "--memory-high", "32m", "/bin/sh", "-c", ABOVE_HIGH)
    with Top("--filter", "runtime=plimsoll") as top:
        top.wait(row_pattern("paused"))
        wait_verdicts(lambda: seen_on_screen(top.text()), wanted, "top on a terminal")
        wait_verdicts(seen_by_batch, wanted, "top -b")
        wait_verdicts(seen_by_stats, wanted, "stats as JSON")
        exporter = lib.Exporter("--collector.min-interval=0s")
        wait_verdicts(lambda: scrapes(exporter), wanted, "the exporter")
        assert exporter.stop() == 0
    run.remove(*wanted)


# ---- actions

class Ours:
    """A container of plimsoll's."""

    def __init__(self, name):
        self.name = name
        self.id = run.start("--name", name, "--label", f"own={name}", "/bin/sh", "-c", CHATTER)

    def state(self):
        return run.state(self.name)

    def is_there(self):
        return lib.plimsoll("inspect", self.name, check=False).returncode == 0

    def log(self):
        return lib.plimsoll("logs", self.name).stdout


class Dockers:
    def __init__(self, docker, name):
        self.docker = docker
        self.name = name
        docker.command("run", "-d", "--name", name, "--network", "none", lib.IMAGE, "sh", "-c", CHATTER)
        self.id = docker.inspect(name)["Id"]

    def state(self):
        return self.docker.inspect(self.name)["State"]

    def is_there(self):
        return self.name in self.docker.command("ps", "-a", "--format", "{{.Names}}").split()

    def log(self):
        return self.docker.command("logs", self.name)


def memory_limit(container_id):
    return run.read(run.cgroup(container_id, "memory") / ("memory.max" if lib.is_pure_v2() else "memory.limit_in_bytes"))


def is_frozen(folders):
    for folder in folders:
        for name, value in (("cgroup.freeze", "1"), ("freezer.state", "FROZEN")):
            if (folder / name).exists() and run.read(folder / name) == value:
                return True
    return False


def choose(top, pattern):
    """The line of an open dialog that matches, by cursor keys."""
    lines = [line for line in top.text().splitlines() if "│" in line]
    here = next(i for i, line in enumerate(lines) if "│>" in line)
    there = next(i for i, line in enumerate(lines) if re.search(pattern, line))
    for _ in range(abs(there - here)):
        top.keys("Down" if there > here else "Up")
    top.wait(rf"│>.*(?:{pattern})")
    top.keys("Enter")


def set_limit(top, title, value):
    top.press("L", "Limits of")
    choose(top, title)
    top.wait(rf"^{title} of ")
    top.keys("C-u")
    top.type(value)
    top.keys("Enter")


def pauses(top, box):
    top.press("p", row_pattern(box.name, "P"))
    assert box.state()["Paused"] and is_frozen(lib.container_cgroups(box.id))
    top.menu("p", row_pattern(box.name, "R"))  # the one of the two with that letter that can be done
    assert not box.state()["Paused"] and not is_frozen(lib.container_cgroups(box.id))


def last_line(top):
    return max(int(number) for number in re.findall(r"^line (\d+)$", top.text(), re.M))


def shows(top, box):
    """The log follows, and can be searched; inspect; a shell, and back."""
    top.press("l", r"^line \d+$")
    said = last_line(top)
    lib.wait_for(lambda: last_line(top) > said, "the log to grow on the screen")
    top.press("/", r"^Search")
    top.type("line 2")
    top.keys("Enter")
    top.wait(r"/line 2 ")
    top.back()
    top.press("i", box.id)
    top.back()
    top.press("e", r"# *$")
    top.type("echo $((40+2))-$(ls -d /proc/1)\n")
    top.wait(r"^42-/proc/1 *$")
    top.type("exit 7\n")
    top.wait(row_pattern(box.name, "R"))


def signals(top, box):
    top.press("x", r"│>15 TERM")
    choose(top, r"10 USR1")
    lib.wait_for(lambda: "got USR1" in box.log(), "the signal")
    assert box.state()["Running"]
    top.press("x", r"│>15 TERM")
    top.back()


def limits(top, box):
    set_limit(top, "Memory limit", "96m")
    lib.wait_for(lambda: memory_limit(box.id) == str(96 * MIB), "the kernel's own limit")
    top.wait(row_pattern(box.name) .replace(".*$", ".* 96M .*$"))
    top.press("L", r"Memory limit +96.0MiB")
    top.back()
    set_limit(top, "Memory limit", "much")
    top.message(r".*'much'")
    assert memory_limit(box.id) == str(96 * MIB)


def restarts(top, box):
    pid = box.state()["Pid"]
    top.menu("r", rf"Restart {box.name}\?")
    top.keys("Enter")  # the default is to leave it
    top.wait("Restart", gone=True)
    assert box.state()["Pid"] == pid
    top.menu("r", rf"Restart {box.name}\?")
    top.keys("y")
    lib.wait_for(lambda: box.state()["Pid"] not in (0, pid), "another process", 30)
    top.row(box.name, "R")


def stops(top, box):
    for no in ("n", "Escape", "Enter"):
        top.menu("s", rf"Stop {box.name}\?")
        top.keys(no)
        top.wait("Stop", gone=True)
    assert box.state()["Running"]
    top.menu("s", rf"Stop {box.name}\?")
    top.press("Tab", r">\[Stop\]<")
    top.press("Enter", row_pattern(box.name, "X"))
    assert not box.state()["Running"]
    top.menu("s", row_pattern(box.name, "R"))  # start
    assert box.state()["Running"]


def ends(top, box):
    """Killed by a chosen signal, and removed."""
    top.press("x", r"│>15 TERM")
    choose(top, r" 9 KILL")
    top.wait(row_pattern(box.name, "X"))
    assert box.state()["ExitCode"] == 137, box.state()
    top.press("R", rf"Remove {box.name}\?")
    top.keys("Escape")
    top.wait(r"Remove", gone=True)
    assert box.is_there()
    top.press("R", rf"Remove {box.name}\?")
    top.press("y", rf"remove {box.name}")
    lib.wait_for(lambda: not box.is_there(), "its end", 30)


DEEDS = (pauses, shows, signals, limits, restarts, stops, ends)


def act_on(box, **options):
    with Top(**options) as top:
        top.only(box.name)
        for deed in DEEDS:
            began = time.monotonic()
            deed(top, box)
            print(f"  {deed.__name__}: {time.monotonic() - began:.1f} s", flush=True)
        top.keys("q")
        assert top.exit_code() == 0, top.errors()


def test_actions():
    prepare_store()
    act_on(Ours("chatty"))


def test_actions_on_docker():
    prepare_store()
    lib.need("dockerd", "docker")
    docker = lib.Docker()
    folder = docker.dir
    environment = {"DOCKER_HOST": f"unix://{folder}/docker.sock", "DOCKER_CONFIG": f"{folder}/client"}
    act_on(Dockers(docker, "whale"), environment=environment)
    docker.stop()


def bare_cgroup():
    """A cgroup that is nobody's container: frozen, limited and signalled by its path, and nothing else."""
    lib.cgroup_make("plain")
    ready = lib.work() / "trapped"
    process = lib.cgroup_run("plain", "sh", "-c", f"trap ': >{ready}' USR1; while :; do sleep 0.1 & wait; done")
    return f"/{lib.work().name}/plain", process, ready


def test_actions_on_a_bare_cgroup():
    prepare_store()
    path, process, trapped = bare_cgroup()
    folders = [one.path("plain") for one in lib.hierarchies()]
    limit = lib.hierarchy("memory").path("plain") / ("memory.max" if lib.is_pure_v2() else "memory.limit_in_bytes")
    with Top() as top:
        top.only(path)
        top.press("p", row_pattern(path, "P"))
        assert is_frozen(folders)
        top.press("p", row_pattern(path, "R"))
        assert not is_frozen(folders)
        set_limit(top, "Memory limit", "64m")
        lib.wait_for(lambda: run.read(limit) == str(64 * MIB), "the kernel's own limit")
        top.press("x", r"│>15 TERM")
        choose(top, r"10 USR1")
        lib.wait_for(trapped.exists, "the signal")
        top.message(rf".*{re.escape(path)}: ")  # what became of it would take the place of the next message
        for key in ("l", "e", "i", "R"):
            top.keys(key)
            top.message(r"\w+: .*: a plain cgroup can only be paused, signalled and limited")
        top.press("x", r"│>15 TERM")
        choose(top, r" 9 KILL")
        lib.wait_for(lambda: process.poll() is not None, "its end")
        top.keys("q")
        assert top.exit_code() == 0, top.errors()
    lib.cgroup_remove("plain")


def test_launch():
    """What is typed is what `plimsoll run` gets, quotes and all."""
    prepare_store()
    with Top("--filter", "runtime=plimsoll") as top:
        top.wait("filter: runtime=plimsoll")
        top.press("n", r"^Launch")
        top.keys("Escape")
        top.wait(r"^Launch", gone=True)
        top.press("F8", r"^Launch")
        top.keys("C-e", "C-u")
        top.type(f"--name launched --memory 24m --label 'a b=c d' --rootfs {run.rootfs()} -- /bin/sleep 100000")
        top.keys("Enter")
        top.row("launched", "R")
        assert run.inspect("launched")["Config"]["Labels"] == {"a b": "c d"}
        assert memory_limit(run.inspect("launched")["Id"]) == str(24 * MIB)
        top.press("n", r"^Launch")
        top.keys("C-e", "C-u")
        top.type("--rootfs /nowhere/at/all -- /bin/true")
        top.keys("Enter")
        top.message(r".*/nowhere/at/all")
        run.remove("launched")
        top.row("launched", "X")


def test_readonly():
    prepare_store()
    box = Ours("kept")
    pid = box.state()["Pid"]
    with Top("--readonly") as top:
        assert "read-only" in top.only(box.name) or "read-only" in top.text()
        for key, (title, _) in CHANGING_KEYS.items():
            top.keys(key)
            top.message(rf"{title}: .*--readonly")
        menu = top.press("Enter", "c  Cancel")
        offered = [line for line in menu.splitlines() if re.search("(Stop|Restart|Pause|Signal|Limits|Shell|Remove) +--readonly", line)]
        assert len(offered) == 7, menu
        top.keys("R")
        top.message("Remove: --readonly")
        top.back()
        top.press("l", r"^line \d+$")  # looking is free
        top.back()
        top.press("i", box.id)
        top.back()
    assert box.state()["Pid"] == pid and box.state()["Running"]
    run.remove(box.name)


# ---- what goes away while it is looked at

def test_killed_while_open():
    """The view of one that is killed says so, on each of its tabs, and keeps its last figures."""
    prepare_store()
    box = Ours("shot")
    with Top() as top:
        top.only(box.name)
        top.press("o", rf"^ {box.name} +running")
        top.wait(r"Memory")
        os.kill(box.state()["Pid"], 9)
        top.wait(rf"^ {box.name} +ended \d+")
        for _ in range(11):
            before = top.text()
            top.keys("Tab")
            lib.wait_for(lambda: active_tab(top.text()) != active_tab(before), "the next tab")
            top.wait(rf"^ {box.name} +ended \d+")
        top.keys("p")
        top.message(".*it has ended")
        run.remove(box.name)
        top.press("l", r"logs shot")
        top.wait(r"ended with exit code 1|No such|no container|\[ended")
        top.keys("Escape")
        top.wait(rf"^ {box.name} +ended")
        top.back()
        top.row(box.name, "X")


def active_tab(text):
    return re.search(r"\[(\w+)\]", text)[1]


def test_target_is_pinned():
    """A new container of the same name isn't hit by what was asked for the old one."""
    prepare_store()
    for key, question, yes in (("R", "Remove twin", "y"), ("s", "Stop twin", "y")):
        for seen in (False, True):  # whether the screen has noticed before the answer comes
            old = Ours("twin")
            with Top() as top:
                top.only("twin")
                if key == "R":
                    top.press("R", question)
                else:
                    top.menu(key, question)
                run.remove("twin")
                new = Ours("twin")
                pid = new.state()["Pid"]
                if seen:
                    top.wait(row_pattern("twin", "X"))
                    top.wait(row_pattern("twin", "R"))
                top.keys(yes)
                top.message(r".*(?:twin is gone|it has ended|no container|No such|remove twin|stop twin)")
                top.wait(r"twin \.\.\.", gone=True)
            assert new.id != old.id and new.state()["Pid"] == pid and new.state()["Running"], (key, seen)
            run.remove("twin")


def test_started_again_meanwhile():
    """The same container, under the same id: one line, which stays selected, and an open question is about it."""
    prepare_store()
    box = Ours("phoenix")
    with Top() as top:
        top.only(box.name)
        top.menu("s", "Stop phoenix")
        pid = box.state()["Pid"]
        lib.plimsoll("restart", box.name)
        assert box.state()["Running"] and box.state()["Pid"] != pid
        for _ in range(2):
            clock = re.search(r"LIVE  (\S+)", top.text())[1]
            top.wait(rf"LIVE  (?!{clock})")
        assert re.findall(row_pattern(box.name), top.text(), re.M)[0].startswith("R"), top.text()
        top.keys("y")
        top.row(box.name, "X")
        assert not box.state()["Running"]
        assert len(re.findall(row_pattern(box.name), top.text(), re.M)) == 1, top.text()
        top.press("o", "ended")
        lib.plimsoll("start", box.name)
        top.wait(rf"^ {box.name} +running")
    run.remove(box.name)


# ---- what was recorded

def cells(text):
    """Of each line of the demo's and of the idle one: name to its cells."""
    found = [line.split() for line in re.findall(r"^(?:[A-Z] +)?((?:demo-|idle).*)$", text, re.M)]
    return {line[0]: line[1:] for line in found}


def test_replay():
    """A recording shows what was there, the same each time, and the same as `stats` does."""
    w = world()
    assert w.recording.exists(), "test_verdicts makes it"
    right = [time for time, told in told_at(w.recording).items() if told == VERDICTS]
    assert right, told_at(w.recording)
    middle = right[len(right) // 2]
    at = ("--replay", w.recording, "--at", f"{middle + 0.001:.6f}")
    once = lib.plimsoll("top", "-b", "--columns", "pids,limited_by", *at).stdout
    assert once == lib.plimsoll("top", "-b", "--columns", "pids,limited_by", *at).stdout
    assert f"REPLAY  {clock_of(middle)}" in once, once
    assert stats(*at)[0]["time_seconds"] == middle
    table = lib.plimsoll("stats", "--columns", "name,pids,limited_by", *at).stdout
    assert set(cells(once)) == set(VERDICTS) and cells(once) == cells(table), once + table
    for name, verdict in VERDICTS.items():
        assert cells(once)[name][1] == (verdict or "-"), once


def clock_of(seconds):
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def told_at(recording):
    """What `stats` says limits each of them, at each time: {time: {name: verdict}}."""
    told = {}
    for row in stats("--replay", recording):
        if row["name"] in VERDICTS and not row["ended"]:
            told.setdefault(row["time_seconds"], {})[row["name"]] = row["limited_by"] and row["limited_by"]["limiter"]
    return told


def test_replay_on_a_terminal():
    """To its end and back, twice: the picture of a moment is the same each time, and nothing can be done to it."""
    w = world()
    told = told_at(w.recording)
    times = sorted(told)
    with Top("--replay", w.recording, "--interval", "100ms", rows=30) as top:
        top.wait("the recording ends here")
        top.wait("the recording ends here", gone=True)
        pictures = {}
        last = len(times) - 1
        at = last
        for step in [0, *[-1] * last, *[1] * last, *[-1] * last, *[1] * last]:
            at += step
            if step:
                top.keys("[" if step < 0 else "]")
            text = top.wait(rf"REPLAY  FROZEN  {clock_of(times[at])}")
            assert pictures.setdefault(at, text) == text, f"at first:\n{pictures[at]}\nand then:\n{text}"
            shown = seen_on_screen(text)
            for name in VERDICTS:
                assert shown[name] == told[times[at]][name], (name, told[times[at]], text)
        assert len(set(pictures.values())) == len(times) >= 6
        for key, (_, deed) in CHANGING_KEYS.items():
            top.keys(key)
            top.message(f"there is no way to {deed} here")
        top.keys("q")
        assert top.exit_code() == 0, top.errors()


def test_listen():
    """/metrics beside the dashboard, of the same samples, and keys are answered meanwhile."""
    prepare_store()
    box = Ours("served")
    port = lib.free_port()
    with Top("--listen", f"127.0.0.1:{port}", "--filter", "runtime=plimsoll") as top:
        top.wait(row_pattern(box.name))
        for n in range(5):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30 * lib.SLOW) as answer:
                text = answer.read().decode()
            assert answer.status == 200 and f'name="{box.name}"' in text, text[:2000]
            top.press("Tab", r"\[CPU\]" if n == 0 else r"^[^\[]*\[")
            top.press("/", "^Filter")
            top.keys("Escape")
            top.wait("^Filter", gone=True)
        top.keys("q")
        assert top.exit_code() == 0, top.errors()
    run.remove(box.name)


# In the guest each key takes a second: there, what hangs on its cgroups being pure v2.
IN_GUEST_TOO = {"test_verdicts", "test_other_verdicts", "test_actions", "test_actions_on_a_bare_cgroup", "test_replay",
                "test_replay_on_a_terminal"}
lib.main({name: value for name, value in globals().items() if not lib.IN_GUEST or name in IN_GUEST_TOO})
