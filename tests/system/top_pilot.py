#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The dashboard on a real terminal (tmux), over a fleet and a clock of the test's own: keys, tabs, dialogs, sizes, names that are
hostile, terminals that stall or go away. Screens are compared with tests/golden/tui/pilot; PLIMSOLL_UPDATE_GOLDEN=1 writes them."""
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_testlib as lib  # noqa: E402
import tmux  # noqa: E402
import top_keys  # noqa: E402
import top_keys_views  # noqa: E402,F401 # pylint: disable=unused-import # its cases
from top_dashboard import FIXTURE, ONE_TABS, STATES, Dashboard, clock, tabs, width  # noqa: E402

GOLDEN = lib.SOURCE / "tests/golden/tui/pilot"
SIZES = ((40, 10), (80, 24), (100, 30), (200, 50))


def test_keys_of_the_list():
    top_keys.run_all("LIST")


def test_keys_of_one_container():
    top_keys.run_all("ONE")


def test_keys_of_the_pager():
    top_keys.run_all("PAGER")


def test_keys_of_menus():
    top_keys.run_all("MENU")


def test_keys_of_a_typed_line():
    top_keys.run_all("INPUT")


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def ends_well(screen, key="q"):
    screen.keys(key)
    assert screen.exit_code() == 0, screen.errors()
    assert screen.errors() == "", screen.errors()


# ---- screens

def golden(name, text):
    path = GOLDEN / f"{name}.txt"
    text = "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n")) + "\n"
    if os.environ.get("PLIMSOLL_UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text)
    expected = path.read_text() if path.exists() else "(no such file)"
    assert text == expected, f"{name} is\n{text}\nand not\n{expected}"


def look(name, utf8):
    for columns, rows in SIZES:
        what = f"{columns}x{rows}-{'utf8' if utf8 else 'ascii'}"
        with Dashboard("--sort", "cpu", columns=columns, rows=rows, utf8=utf8) as screen:
            golden(f"list-{what}", screen.text())
            screen.to("api-1")
            screen.press("o", r"\[Overview\] ")
            screen.wait(r"^! ?cpu|^ ! cpu")
            golden(f"one-{what}", screen.text())
            assert utf8 or screen.text().isascii(), screen.text()
            ends_well(screen)


def test_screens_utf8():
    look("utf8", True)


def test_screens_ascii():
    look("ascii", False)


def test_colours():
    """With colours by default, without any where NO_COLOR is set."""
    coloured = r"\x1b\[[0-9;]*(3[0-8]|4[0-8]|9[0-7])[;m]"
    for environment, expected in ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False):
        with Dashboard(environment=environment) as screen:
            assert bool(re.search(coloured, screen.tmux("capture-pane", "-p", "-e"))) == expected, environment


# ---- tabs and dialogs

def test_tabs():
    """Every tab of the main screen: its columns, or as many as fit; NAME stays."""
    with Dashboard(columns=200, rows=30) as screen:
        for title, body, columns in tabs():
            text = screen.wait(rf"\[{title}[ \]]")
            if body == "BODY_LIST":
                assert columns and re.search(r"^S  NAME▾ ", text, re.M), text
                assert len(re.search(r"^S  NAME.*$", text, re.M)[0].split()) > 6, text
                assert screen.names()[0] == "/build", text
            else:
                assert re.search(r"THROTTLED +api-1", text), text
            screen.keys("Tab")
        screen.wait(r"\[Overview\]")
        for title, _, _ in reversed(tabs()):
            screen.press("BTab", rf"\[{title}[ \]]")
        ends_well(screen)


def test_tabs_of_one():
    with Dashboard() as screen:
        screen.to("db")
        screen.press("o", r"\[Overview\]")
        seen = set()
        for title in ONE_TABS:
            seen.add(screen.wait(rf"\[{title}\]"))
            screen.keys("Tab")
        screen.wait(r"\[Overview\]")
        assert len(seen) == len(ONE_TABS)
        # A limit is edited in place.
        screen.click("Limits")
        screen.wait(r"\[Limits\](.*\n)+.*Memory")
        screen.press("Down", r"Memory")
        screen.press("Enter", r"^Memory of db: 2g")
        screen.press("C-u", r"^Memory of db: +bytes")
        screen.type("3g")
        screen.keys("Enter")
        screen.wait_done("update", top_keys.DB, "memory=3g")
        ends_well(screen)


def test_columns():
    with Dashboard() as screen:
        screen.press("c", r">\[x\] CPU")
        screen.press("Space", r">\[ \] CPU")
        screen.press("Down", r">\[x\] LIM%")
        screen.press("[", r">\[x\] LIM%.*\n.* \[ \] CPU")
        screen.press("Enter", r"^S  NAME▾ +LIM% 60s")
        ends_well(screen)


def test_sort():
    with Dashboard() as screen:
        screen.press("F6", r"│>NAME")
        screen.press("Down", r"│>CPU %")
        screen.press("Enter", r"sort CPU % v")
        assert screen.names()[0] == "/build", screen.text()
        screen.press("F6", r"│>CPU %")  # once more turns it round
        screen.press("Enter", r"sort CPU % \^")
        ends_well(screen)


def test_setup():
    """Every line of it changes something, and all of it is kept; a second run has it, a third does without what is damaged."""
    settings = lib.work() / "setup/folder/top.conf"
    values = [("Theme", "light"), ("Glyphs", "ASCII"), ("Interval", r"2\.00 s"), ("Group by", "pod and project"), ("Events strip", "all"),
              ("EXEC and EXIT", r"\[ \]"), ("CPU as", "share of its limit"), ("Host's meters", r"\[ \]"), ("Follow", r"\[x\]"),
              ("Every cgroup", r"\[x\]"), ("Mouse", r"\[ \]")]
    with Dashboard("--settings", settings) as screen:
        screen.press("F2", r"Setup")
        for title, value in values:
            screen.wait(f"[│|]>{title}")
            screen.keys("Enter")
            screen.wait(rf"[│|]>{title} +{value} ")
            screen.keys("Down")
        screen.wait(r"\|>Save")
        screen.keys("Enter")
        screen.wait(r"settings kept in")
        screen.close("Setup")
        first = screen.wait(r"CPU/L%")
        ends_well(screen)
    kept = settings.read_text()
    for line in ("theme = light", "glyphs = ascii", "interval = 2000ms", "group-by = project", "events = all",
                 "process-events = no", "cpu-scale = limit", "meters = no", "follow = yes", "all = yes", "mouse = no"):
        assert line in kept, kept
    with Dashboard("--settings", settings) as screen:
        text = screen.wait(r"CPU/L%")
        assert text.splitlines()[1:4] == first.splitlines()[1:4], (text, first)
        assert text.isascii() and "2.0s  LIVE" in text, text
        ends_well(screen)
    settings.write_text(kept.replace("theme = light", "theme = \x1b[31mpink\0\xff") + "nonsense\n" * 3)
    with Dashboard("--settings", settings, ticks=None) as screen:
        screen.wait(r"line 2: .*is no value of 'theme'")
        screen.wait(r"CPU/L%")
        ends_well(screen)


def test_settings_of_the_program():
    """XDG_CONFIG_HOME, as plimsoll top itself takes it."""
    config = {"XDG_CONFIG_HOME": str(lib.work() / "xdg")}
    for again in False, True:
        with tmux.Screen([lib.PLIMSOLL, "top"], environment=config) as screen:
            screen.wait(r"plimsoll .* LIVE")
            if not again:
                screen.wait(r"^ CPU \[")
                screen.keys("H")
                screen.wait(r"^ CPU \[", gone=True)
                screen.press("S", r"settings kept in .*/xdg/plimsoll/top\.conf")
            assert " CPU [" not in screen.wait(r"plimsoll .* LIVE")
            ends_well(screen)


def test_filters():
    """Broken patterns are words about them, and never more; what is typed is seen at once; ! turns it round."""
    with Dashboard() as screen:
        for text in ("[", "*", "(", "name=[", "name=(", "a{99999}", "\\", "!", "!!", "=", "=x", "name=", "runtime=nobody",
                     "colour=red", "%s%n", "''", "数据", "x" * 300, " ", "! ", "name=a name=b name=c"):
            screen.press("/", r"^Filter: ")
            screen.type(text)
            screen.press("Left", r"^Filter: ")
            screen.tick()
            screen.close(r"^Filter: ")
            screen.wait(r"filter: -")
        screen.press("/", r"^Filter: ")
        screen.type("colour=red")
        screen.wait(r"colour")
        screen.keys("Enter")
        screen.wait(r"no key of a filter")
        screen.wait(r"filter: -")  # as it was before
        screen.press("/", r"^Filter: ")
        screen.type("project=shop !db")
        screen.keys("Enter")
        screen.wait(r"filter: project=shop")
        lib.wait_for(lambda: screen.names() == ["api-1", "cache", "worker"], f"three: {screen.names()}")
        ends_well(screen)


def test_actions():
    """From the menu by its letters; confirmations; a signal; for all that are tagged; what is refused says why."""
    with Dashboard() as screen:
        screen.to("db")
        screen.press("Enter", r"─ db ─")
        screen.press("s", r"Stop db\?")
        screen.press("Right", r">\[Stop\]<")
        screen.keys("Enter")
        screen.wait_done("stop", top_keys.DB, "")
        screen.press("F9", r"│>15 TERM")
        screen.press("g", r"│> 1 HUP")
        screen.keys("Enter")
        screen.wait(r"Send HUP to db\?")
        screen.keys("y")
        screen.wait_done("kill", top_keys.DB, "HUP")
        screen.press("Enter", r"─ db ─")
        screen.press("u", r"Unpause: it is not paused")
        screen.close(r"─ db ─")
        screen.press("Space", r"R\* db")
        screen.to("web")
        screen.press("Space", r"R\* web")
        screen.press("R", r"Remove 2 containers \((web, db|db, web)\)\?")
        screen.keys("y")
        lib.wait_for(lambda: len([one for one in screen.done() if one[0] == "remove"]) == 2, "two removals")
        screen.press("U", r"R  web")
        screen.press("F7", r"Limits of")
        screen.press("Down", r"│>Memory")
        screen.press("Enter", r"^Memory of")
        screen.type("bad")
        screen.keys("Enter")
        screen.wait(r"is not good: give a good one")
        screen.press("F8", r"^Launch: --name  --memory")
        screen.type("x")
        screen.keys("Enter")
        screen.wait_done("run", "-", "--name x --memory 256m --cpus 1 --rootfs / -- ")
        ends_well(screen)


def test_gone_meanwhile():
    """Whom a dialog is about is pinned: gone while it was open, nothing is done, to nobody else either."""
    with Dashboard("--sort", "cpu") as screen:
        screen.to("web")
        screen.press("R", r"Remove web\?")
        screen.tell("without 1000")
        screen.tick()
        assert "Remove web?" in screen.text()
        screen.keys("y")
        screen.wait(r"web is gone")
        assert screen.done() == []
        for gone in ("4", "1054", "ffffe", "0"):  # all of them come and go
            screen.tell(f"without {gone}")
            screen.tick()
            screen.keys("Down")
        screen.press("?", r"^Everywhere")  # so the keys before it are done with
        screen.close(r"^Everywhere")
        screen.wait(r"^R  web")
        screen.to("web")
        screen.press("o", r"web  running")
        screen.tell("without 1000")
        screen.tick()
        screen.wait(r"web  ended 1s? ")
        for tab in ONE_TABS[1:]:
            screen.press("Tab", rf"\[{tab}\]")
        ends_well(screen)


def test_first_line():
    """Until it is moved, the cursor stays on the first line, whoever that is; then on whom it was put."""
    with Dashboard("--sort", "cpu", ticks=1) as screen:
        screen.wait(r"cpu\.max 31%")
        first = screen.names()[0]
        screen.wait_marked(first)
        screen.tell("without 4100")  # without the first two
        screen.tick()
        lib.wait_for(lambda: screen.names()[0] != first, "another first one")
        screen.wait_marked(screen.names()[0])
        screen.moved("Down")
        second = screen.names()[1]
        screen.wait_marked(second)
        screen.tell("without 0")
        screen.tick(8)
        screen.wait(rf"^R  {re.escape(first)}")
        screen.wait_marked(second)
        ends_well(screen)


def test_readonly():
    with Dashboard("--readonly", "--sort", "name") as screen:
        assert "read-only" in screen.text()
        screen.to("db")
        for key in ("p", "R", "x", "L", "e", "n"):
            screen.press(key, r"--readonly")
            screen.tick(6)
            screen.wait(r"--readonly", gone=True)
        screen.press("l", r"log line")  # looking is
        assert screen.done() == [("logs", top_keys.DB, "")]
        ends_well(screen)


def test_replay():
    """A recording steps, ends, and goes on from there; nothing can be done to what it shows."""
    with Dashboard("--replay", "200", "--sort", "name") as screen:
        screen.wait(r"REPLAY")
        screen.tick(140, shown=False)
        screen.wait(r"the recording ends here")
        screen.wait(clock(199))
        screen.press("{", clock(139))
        screen.press("[", clock(138))
        screen.press("b", r"^Go to time")
        screen.type("22:13:25")
        screen.keys("Enter")
        screen.wait(clock(5))
        screen.press("p", r"this is a recording")
        ends_well(screen)


def test_mouse():
    """Headers, lines, tabs, the function bar and menus; in both notations of terminals."""
    for term in "tmux-256color", "xterm-256color":
        with Dashboard(environment={"TERM": term}) as screen:
            screen.click("THR%")
            screen.wait(r"sort THR % v")
            screen.click("NAME")
            screen.wait(r"sort NAME v")
            screen.mouse(0, *screen.where("NAME"), times=2)  # turned round, and back
            screen.wait(r"sort NAME v")
            screen.mouse(65, 10, 5)
            screen.wait_marked("cache")
            screen.mouse(64, 10, 5)
            screen.wait_marked("/build")
            screen.click("proxy")
            screen.wait_marked("proxy")
            screen.mouse(0, *screen.where("proxy"), times=2)
            screen.wait(r"─ proxy ─")
            screen.click(" Inspect")
            screen.wait(r"│>i")
            screen.click(" Inspect")
            screen.wait(r"inspecting b2f0")
            screen.click("Quit")
            assert screen.exit_code() == 0, screen.errors()
        with Dashboard(environment={"TERM": term}) as screen:
            for label, shown in ("Setup", r"Setup \(Enter"), ("Sort", r"Sort by"), ("Limits", r"Limits of"), ("Signal", r"─ Signal"):
                screen.click(label, last=True)
                screen.wait(shown)
                screen.close(shown)
            screen.click("Help", last=True)
            screen.wait(r"^Everywhere")
            screen.click("Help", last=True)
            screen.wait(r"^Everywhere", gone=True)
            ends_well(screen)


# ---- sizes

def settle(screen, before=None):
    """Until the screen has not changed between two looks, which lie further apart than a frame; and is `before`, where given."""
    last = [None]

    def still():
        text = screen.text()
        same = text == last[0] and (before is None or text == before)
        last[0] = text
        return same
    try:
        lib.wait_for(still, "the screen to settle")
    except AssertionError as error:
        raise AssertionError(f"{error}:\n{last[0]}\nand not\n{before}") from error
    return last[0]


def test_resizes():
    """In each state: every size in turn, and back to the very same screen."""
    for name, keys in STATES:
        with Dashboard(rows=30) as screen:
            screen.to("web")
            for key in keys:
                before = screen.text()
                screen.keys(key)
                screen.wait(re.escape(before), gone=True)
            if name == "logs":
                screen.wait(r"of 120")
            before = settle(screen)
            for columns, rows in ((40, 10), (20, 5), (1, 1), (2, 30), (200, 50), (80, 24), (100, 30)):
                screen.resize(columns, rows)
                if columns >= 80:
                    lines = screen.wait(r"\S").rstrip("\n").split("\n")
                    assert len(lines) <= rows and max(width(line) for line in lines) <= columns, (name, columns, rows, lines)
                assert alive(screen.pid()), (name, columns, rows)
            if name == "signal":  # a longer list than the screen is where it was scrolled to
                screen.wait(r"│>15 TERM")
            else:
                settle(screen, before)
            screen.tick(shown=False)
            screen.keys("C-c")
            assert screen.exit_code() == 0, (name, screen.errors())


# ---- names

def test_hostile_names():
    """Nothing of a name reaches the terminal but what can be shown; the columns stay where they are; all of it can be opened."""
    title = "not theirs"
    with Dashboard("--hostile", "--sort", "name", rows=40) as screen:
        screen.tmux("select-pane", "-T", title)
        names = screen.names()
        assert len(names) == 24, names
        text = screen.wait(r"\$\(reboot\);`id`")
        for line in text.splitlines():
            if line.startswith("R  "):
                assert "MEM%" not in line and len(re.findall(r"\[", line)) >= 1, line
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), text
        for start in ("Home", "End"):
            screen.keys(start)
            for key, shown in (("Enter", r"Cancel"), ("R", r"Remove"), ("l", r"log line"), ("i", r"inspecting"), ("o", r"Processes"),
                               ("L", r"Limits of"), ("x", r"15 TERM")):
                screen.press(key, shown)
                assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", screen.text()), screen.text()
                screen.close(shown)
        for _ in names:
            screen.keys("Up")
            screen.press("o", r"Processes")
            screen.close(r"Processes")
        for words in ("by pod and compose project", "by runtime", "by cgroup", "flat"):
            screen.press("t", words)
        for columns, rows in ((40, 10), (60, 20), (100, 40)):
            screen.resize(columns, rows)
            settle(screen)
        screen.wait(r"plimsoll .* LIVE")
        assert screen.tmux("display-message", "-p", "#{pane_title}").strip() == title
        assert screen.tmux("display-message", "-p", "#{alternate_on}").strip() == "1"
        ends_well(screen)


def test_hostile_names_ascii():
    with Dashboard("--hostile", "--sort", "name", rows=40, utf8=False) as screen:
        assert screen.text().isascii(), screen.text()
        ends_well(screen)


def test_two_thousand():
    """Keys still answer, each in its turn."""
    with Dashboard("--many", "2000", "--sort", "name", ticks=3) as screen:
        screen.wait(r"2001? ctr|2000 run")
        screen.press("End", r"^R  ctr-1999")
        screen.press("Home", r"^R  ctr-0000")
        screen.press("NPage", r"^R  ctr-00(1[0-9]|2[0-9])")
        screen.press("/", r"^Filter: ")
        screen.type("ctr-177")
        lib.wait_for(lambda: screen.names() == [f"ctr-177{n}" for n in range(10)], "ten of them")
        screen.close(r"^Filter: ")
        screen.press("t", r"▾  project-\d\d \(40\)")
        screen.press("*", r"▸  project-39")
        screen.press("P", r"sort CPU % v")
        start = time.monotonic()
        for tab in [title for title, _, _ in tabs()][1:]:
            screen.press("Tab", rf"\[{tab}")
        took = (time.monotonic() - start) / (len(tabs()) - 1)
        print(f"2,000 containers: {1000 * took:.0f} ms from a key to its tab on the screen, tmux's own time in it")
        screen.tick(3, shown=False)
        ends_well(screen)


# ---- how it ends


def test_terminal_goes_away():
    """The server is killed: with SIGHUP to hear of it, and without; in the list, a dialog, the pager and a shell."""
    for wrap in "trap : HUP", "trap '' HUP":
        for keys, shown in ((), r"LIVE"), ("R", r"Remove"), ("l", r"log line"), ("e", r"a shell in"):
            code = lib.work() / f"code-{len(list(lib.work().iterdir()))}"
            screen = Dashboard(wrap=["sh", "-c", f'{wrap}; "$@"; echo $? >"$0"', code])
            try:
                screen.to("db")
                if keys:
                    screen.press(keys, shown)
                shell = int(screen.tmux("display-message", "-p", "#{pane_pid}"))
                below = subprocess.run(["ps", "-eo", "pid,ppid,comm"], capture_output=True, text=True, check=True).stdout
                parents = {int(pid): (int(parent), name) for pid, parent, name in (line.split(None, 2) for line in below.splitlines()[1:])}

                def is_below(pid):
                    while pid in parents and pid != shell:
                        pid = parents[pid][0]
                    return pid == shell
                program = next(pid for pid, (_, name) in parents.items() if name.startswith("top_fixture") and is_below(pid))
            finally:
                screen.__exit__()
            lib.wait_for(lambda: not alive(program), f"{wrap} {keys}: its end", 10)
            if wrap != "trap : HUP" or keys != ("e",):
                lib.wait_for(lambda: code.exists() and code.read_text().strip(), "its exit code")
                # 129: a second SIGHUP (there are two) came when it was over
                assert code.read_text().strip() in ("1", "129"), (wrap, keys, code.read_text())


def test_signals_that_end():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        with Dashboard() as screen:
            os.kill(screen.pid(), number)
            assert screen.exit_code() == 0, (number, screen.errors())
            assert screen.tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").strip() == "0 0 1"


def in_pty(*words):
    """The fixture on a terminal that nobody reads unless the test does: pid, the terminal's other end, its control."""
    control = lib.work() / f"pty-control-{len(list(lib.work().iterdir()))}"
    os.mkfifo(control)
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
        os.execv(FIXTURE, [str(FIXTURE), "--control", str(control), "--record", str(lib.work() / "pty-record"), *words])
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    return pid, master, control


def stalled(pid, fifo):
    """It sleeps, and what it was told lies there unread: it waits for the terminal."""
    unread = struct.unpack("i", fcntl.ioctl(fifo, termios.FIONREAD, b"\0\0\0\0"))[0]
    with open(f"/proc/{pid}/stat") as file:
        return unread > 0 and file.read().rsplit(")", 1)[1].split()[0] == "S"


def test_terminal_stalls():
    """Nobody takes what it writes: SIGTERM still ends it, within seconds, and the terminal's modes are as they were."""
    pid, master, control = in_pty()
    before = None
    fifo = os.open(control, os.O_RDWR)
    try:
        lib.wait_for(lambda: termios.tcgetattr(master)[3] & termios.ICANON == 0, "the dashboard to take the terminal")
        looks = [0]

        def is_stalled():
            os.write(fifo, b"tick 20\n")
            looks[0] = looks[0] + 1 if stalled(pid, fifo) else 0
            return looks[0] > 5
        lib.wait_for(is_stalled, "the terminal to be full", 30)
        start = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        before = lib.wait_for(lambda: os.waitpid(pid, os.WNOHANG)[0] == pid, "its end", 8)
        print(f"ended {time.monotonic() - start:.2f} s after SIGTERM")
        assert termios.tcgetattr(master)[3] & (termios.ICANON | termios.ECHO) == termios.ICANON | termios.ECHO
    finally:
        if not before:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(fifo)
        os.close(master)


def test_stops_and_goes_on():
    """^Z gives the terminal back to the shell; fg takes it again, with what has happened since."""
    control = lib.work() / "stop-control"
    os.mkfifo(control)
    with tmux.Screen(["sh", "-c", "PS1='ready> ' exec bash --norc --noprofile -i 2>/dev/tty"], rows=24,
                     environment={"TZ": "UTC"}) as screen:
        screen.wait(r"^ready>")
        for stop in "C-z", signal.SIGTSTP:
            screen.type(f"{FIXTURE} --control {control} --record {lib.work()}/stop-record")
            screen.keys("Enter")
            screen.wait(clock(0))
            if stop == "C-z":
                screen.keys(stop)
            else:
                pid = subprocess.run(["pgrep", "-f", str(control)], capture_output=True, text=True, check=True).stdout.split()[0]
                os.kill(int(pid), stop)
            screen.wait(r"Stopped .*top_fixture(.*\n)*^ready>")
            assert screen.tmux("display-message", "-p", "#{alternate_on}").strip() == "0"
            screen.type("echo typed $((6 * 7))")
            screen.keys("Enter")
            screen.wait(r"^typed 42$")
            screen.type("fg")
            screen.keys("Enter")
            screen.wait(clock(0))
            with open(control, "w") as fifo:
                fifo.write("tick 2\n")
            screen.wait(clock(2))
            screen.press("?", r"^Everywhere")
            screen.keys("q")
            screen.wait(r"^ready>$")
            screen.keys("C-l")
            screen.wait(r"Stopped", gone=True)


if __name__ == "__main__":
    assert FIXTURE.exists(), f"{FIXTURE} is not built"
    lib.main(globals())
