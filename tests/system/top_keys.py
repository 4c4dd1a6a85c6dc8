# SPDX-License-Identifier: Apache-2.0
"""Every key of binding.def, in every context that it is bound in: what it leads to on a real terminal. A key without a case fails.
For top_pilot.py; those of the list and what is the same everywhere are here, the others in top_keys_views.py."""
import re

import plimsoll_testlib as lib
from top_dashboard import Dashboard, Key, bindings

NAMES = ["/build", "api-1", "batch-nightly", "cache", "db", "evil", "migrate-2", "proxy", "web", "worker", "数据库-备份"]
DB = "a2f0000000000000000000000000000000000000000000000000000000000002"
CASES = {}  # (context, command) -> what is done and seen, beginning and ending at the context's first screen


def case(*contexts):
    def add(function):
        for context in contexts:
            CASES[context, function.__name__.rstrip("_").upper()] = function
        return function
    return add


# ---- where each context begins: the list by name with db selected, and what opens from there

def enter_list(screen):
    screen.to("db")


def enter_one(screen):
    screen.press("o", r"Processes")


def enter_pager(screen):
    screen.log.write_text("")
    screen.press("l", r"following  \d+ of 120")
    screen.press("F", r"running")
    screen.press("Home", r" 1 of 120")
    screen.keys("w")
    screen.wait(r"^log line 15 ")


def enter_menu(screen):
    screen.press("s", r"│>NAME")


def enter_input(screen):
    screen.press("/", r"^Filter: ")


ENTER = {"LIST": enter_list, "ONE": enter_one, "PAGER": enter_pager, "MENU": enter_menu, "INPUT": enter_input}
LEAVE = {"ONE": r"Processes", "PAGER": r"^ logs db", "MENU": r"Sort by", "INPUT": r"^Filter"}


# ---- what leads elsewhere and back, whatever the context

@case("LIST", "ONE", "PAGER", "MENU")
def help_(screen, key):
    key.press(screen)
    screen.wait(r"^Everywhere")
    screen.close(r"^Everywhere")


@case("LIST", "ONE", "PAGER", "MENU", "INPUT")
def redraw(screen, key):
    with open(screen.tmux("display-message", "-p", "#{pane_tty}").strip(), "w") as terminal:
        terminal.write("\x1b7\x1b[3;1HGARBAGE\x1b8")
    screen.wait("GARBAGE")
    key.press(screen)
    screen.wait("GARBAGE", gone=True)


@case("LIST", "ONE")
def menu(screen, key):
    key.press(screen, screen.where("R  db") if key.mouse else None)
    screen.wait(r"─ db ─+┐")
    screen.close(r"Cancel")


@case("LIST", "ONE")
def logs(screen, key):
    key.press(screen)
    screen.wait(r"logs db .*\n.*log line")
    screen.close(r"log line")


@case("LIST", "ONE")
def inspect(screen, key):
    key.press(screen)
    screen.wait(f"inspecting {DB}")
    screen.close("inspecting")


@case("LIST", "ONE")
def exec_(screen, key):
    key.press(screen)
    screen.wait("^a shell in db")
    assert screen.tmux("display-message", "-p", "#{alternate_on}").strip() == "0"
    screen.type("hello")
    screen.keys("Enter")
    screen.wait("sh ended with exit code 3")
    assert "it said hello" in screen.record.read_text()


@case("LIST", "ONE")
def limits(screen, key):
    key.press(screen)
    screen.wait(r"Limits of db")
    screen.close(r"Limits of db")


@case("LIST", "ONE")
def signal(screen, key):
    key.press(screen)
    screen.wait(r"─ Signal db")
    screen.close(r"─ Signal db")


@case("LIST", "ONE")
def remove(screen, key):
    key.press(screen)
    screen.wait(r"Remove db\?(.*\n)+.*>\[Cancel\]<")
    screen.keys("Enter")  # cancel is what Enter means
    screen.wait(r"Remove db\?", gone=True)
    assert not [one for one in screen.done() if one[0] == "remove"]


@case("LIST", "ONE")
def pause(screen, key):
    key.press(screen)
    screen.wait(r"pause db: did pause")
    screen.wait_done("pause", DB, "")


@case("LIST", "ONE")
def cpu_scale(screen, key):
    for words in ("100 % is its limit", "100 % is the whole host", "time consumed", "100 % is one core"):
        key.press(screen)
        screen.wait(words)


@case("LIST", "ONE")
def process_events(screen, key):
    key.press(screen)
    screen.wait(r"events of processes \(EXEC, EXIT\) are hidden")
    key.press(screen)
    screen.wait(r"events of processes \(EXEC, EXIT\) are shown")


@case("LIST", "ONE")
def freeze(screen, key):
    key.press(screen)
    before = screen.wait(r"FROZEN")
    screen.tick(shown=False)
    screen.keys("C-l")
    assert re.search(r"(FROZEN|-1s) +\d+:\d+:\d+", screen.wait(r"FROZEN|-1s"))[0].split()[-1] in before
    key.press(screen)
    screen.wait(r"LIVE")


def steps_back(screen, key, shown):
    key.press(screen)
    screen.wait(shown)
    screen.press("Z", r"LIVE")


@case("LIST")
def step_back(screen, key):
    steps_back(screen, key, r" -1s  ")


@case("LIST")
def step_forward(screen, key):
    screen.press("[", r" -1s  ")
    screen.press("[", r" -2s  ")
    key.press(screen)
    screen.wait(r" -1s  ")
    key.press(screen)
    screen.wait(r"LIVE")


@case("LIST")
def minute_back(screen, key):
    steps_back(screen, key, r" -1m0?0?s?  ")


@case("LIST")
def minute_forward(screen, key):
    screen.press("{", r" -1m")
    key.press(screen)
    screen.wait(r"LIVE")


@case("LIST", "ONE")
def go_to_time(screen, key):
    key.press(screen)
    screen.wait(r"^Go to time: ")
    screen.type("-30s")
    screen.keys("Enter")
    screen.wait(r" -30s  |FROZEN")
    screen.press("Z", r"LIVE")


# The view of one container says FROZEN and the time, not how far back it is.

def one_clock(screen):
    found = re.search(r"(LIVE|FROZEN) (\d\d):(\d\d):(\d\d)", screen.text())
    return found and (found[1], int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4]))


def one_goes(screen, key, by, mode):
    then = one_clock(screen)[1]
    key.press(screen)
    lib.wait_for(lambda: one_clock(screen) == (mode, then + by), f"{by} seconds from {then}, not {one_clock(screen)}")


def one_back(by):
    def back(screen, key):
        one_goes(screen, key, -by, "FROZEN")
        screen.press("Z", r"LIVE")
    return back


def one_forward(opposite, by):
    def forward(screen, key):
        screen.press(opposite, r"FROZEN")
        one_goes(screen, key, by, "LIVE")
    return forward


CASES["ONE", "STEP_BACK"] = one_back(1)
CASES["ONE", "MINUTE_BACK"] = one_back(60)
CASES["ONE", "STEP_FORWARD"] = one_forward("[", 1)
CASES["ONE", "MINUTE_FORWARD"] = one_forward("{", 60)


# ---- the list

def lands_on(start, name, wheel_name=None):
    def move(screen, key):
        screen.keys(start)
        screen.wait_marked(NAMES[0] if start == "Home" else NAMES[-1])
        key.press(screen)
        screen.wait_marked(wheel_name if key.mouse else name)
    return move


CASES["LIST", "UP"] = lands_on("End", NAMES[-2], NAMES[-4])
CASES["LIST", "DOWN"] = lands_on("Home", NAMES[1], NAMES[3])
CASES["LIST", "PAGE_UP"] = CASES["LIST", "FIRST"] = lands_on("End", NAMES[0])
CASES["LIST", "PAGE_DOWN"] = CASES["LIST", "LAST"] = lands_on("Home", NAMES[-1])


@case("LIST")
def pan_left(screen, key):
    screen.press("S-Right", r"^S *<NAME.* +LIM%")
    key.press(screen)
    screen.wait(r"^S  NAME.* CPU%")


@case("LIST")
def pan_right(screen, key):
    key.press(screen)
    screen.wait(r"CPU% LIM%", gone=True)
    screen.press("S-Left", r"^S  NAME.* CPU%")


@case("LIST")
def pick(screen, key):
    key.press(screen, screen.where("proxy"))
    screen.wait_marked("proxy")
    key.press(screen, screen.where("THR%"))
    screen.wait(r"sort THR % v")
    key.press(screen, screen.where("NAME"))
    screen.wait(r"sort NAME v")
    key.press(screen, screen.where(" Net"))
    screen.wait(r"\[Net\]")
    key.press(screen, screen.where("Overview"))
    screen.wait(r"\[Overview\]")


@case("LIST")
def back(screen, key):
    screen.press("/", r"^Filter: ")
    screen.type("db")
    screen.keys("Enter")
    screen.wait(r"filter: db")
    key.press(screen)
    screen.wait(r"filter: -")
    key.press(screen)  # and nothing is ended by it
    screen.press("Home", r"LIVE")


@case("LIST")
def setup(screen, key):
    key.press(screen)
    screen.wait(r"Setup \(Enter")
    screen.close(r"Setup \(Enter")


@case("LIST")
def find_next(screen, key):
    screen.keys("Home")
    screen.wait_marked(NAMES[0])
    key.press(screen)
    screen.wait_marked(NAMES[1])


@case("LIST")
def filter_(screen, key):
    key.press(screen)
    screen.wait(r"^Filter: ")
    screen.type("work")
    lib.wait_for(lambda: screen.names() == ["worker"], "the filter while it is typed")
    screen.close(r"^Filter: ")
    screen.wait(r"R  db")


@case("LIST")
def tree(screen, key):
    for words in ("by pod and compose project", "by runtime", "by cgroup", "flat"):
        key.press(screen)
        screen.wait(f"^ {words}")


@case("LIST")
def sort(screen, key):
    key.press(screen)
    screen.wait(r"Sort by")
    screen.close(r"Sort by")


def sorts_by(*words, back_key="N"):
    def sorts(screen, key):
        if words[0] == "NAME":
            screen.press("P", r"sort CPU % v")
        key.press(screen)
        screen.wait("sort " + words[0])
        screen.press(back_key, r"sort NAME v")
    return sorts


CASES["LIST", "SORT_CPU"] = sorts_by(r"CPU % v")
CASES["LIST", "SORT_MEMORY"] = sorts_by(r"MEM v")
CASES["LIST", "SORT_TIME"] = sorts_by(r"TIME\+ v")
CASES["LIST", "SORT_NAME"] = sorts_by("NAME")
CASES["LIST", "SORT_RIGHT"] = sorts_by(r"CPU % v", back_key="<")


@case("LIST")
def sort_left(screen, key):
    screen.press("P", r"sort CPU % v")
    key.press(screen)
    screen.wait(r"sort NAME v")


@case("LIST")
def sort_nth(screen, key):
    headers = ["CPU %", "NAME", "CPU %", "LIM%", "60s", "THR %", "MEM", "LIMIT", "MEM%", "PSI c  m io"]
    screen.press("T", r"sort TIME\+ v")
    key.press(screen)
    header = re.escape(headers[int(key.character)])  # a long one has no room at the right end of the tabs
    screen.wait(f"sort {header} v|{header}▾")
    screen.press("N", r"sort NAME v")


@case("LIST")
def reverse(screen, key):
    key.press(screen)
    screen.wait(r"sort NAME \^")
    lib.wait_for(lambda: screen.names()[0].startswith(NAMES[-1]), "the order to turn round")
    key.press(screen)
    screen.wait(r"sort NAME v")


def in_tree(function):
    def inside(screen, key):
        screen.press("t", r"▾  shop \(4\)")
        function(screen, key)
        for words in ("by runtime", "by cgroup", "flat"):
            screen.press("t", f"^ {words}")
    return inside


def folds(screen, key):
    key.press(screen)
    screen.wait(r"▸  shop \(4\)")
    screen.press("+", r"▾  shop \(4\)")


def unfolds(screen, key):
    screen.press("-", r"▸  shop \(4\)")
    key.press(screen)
    screen.wait(r"▾  shop \(4\)")


def folds_all(screen, key):
    key.press(screen)
    screen.wait(r"▸  front-7d \(2\)(.*\n)+▸  shop \(4\)")
    key.press(screen)
    screen.wait(r"▾  front-7d \(2\)(.*\n)+▾  shop \(4\)")


CASES["LIST", "FOLD"] = in_tree(folds)
CASES["LIST", "UNFOLD"] = in_tree(unfolds)
CASES["LIST", "FOLD_ALL"] = in_tree(folds_all)


@case("LIST")
def all_(screen, key):
    key.press(screen)
    screen.wait(r"^ every cgroup")
    screen.wait(r"/system\.slice")
    key.press(screen)
    screen.wait(r"^ containers")
    screen.wait(r"/system\.slice", gone=True)


@case("LIST")
def columns(screen, key):
    key.press(screen)
    screen.wait(r"Columns of Overview")
    screen.close(r"Columns of Overview")


@case("LIST")
def meters(screen, key):
    key.press(screen)
    screen.wait(r"^ CPU \[", gone=True)
    key.press(screen)
    screen.wait(r"^ CPU \[")


@case("LIST")
def tab_next(screen, key):
    key.press(screen)
    screen.wait(r"\[CPU\]")
    screen.press("BTab", r"\[Overview\]")


@case("LIST")
def tab_previous(screen, key):
    key.press(screen)
    screen.wait(r"\[Events[ \]]")
    screen.press("Tab", r"\[Overview\]")


@case("LIST")
def follow(screen, key):
    key.press(screen)
    screen.wait(r"  follow  sort NAME|selected one is followed")
    key.press(screen)
    screen.wait(r"selected one is not followed")


@case("LIST")
def events(screen, key):
    key.press(screen)
    screen.wait(r"── Events: all")
    key.press(screen)
    screen.wait(r"── Events", gone=True)
    key.press(screen)
    screen.wait(r"── Events: warnings")


def mouse_flag(screen):
    return screen.tmux("display-message", "-p", "#{mouse_any_flag}").strip()


@case("LIST")
def mouse(screen, key):
    assert mouse_flag(screen) == "1"
    key.press(screen)
    screen.wait(r"^ mouse off")
    lib.wait_for(lambda: mouse_flag(screen) == "0", "the terminal to have its mouse back")
    key.press(screen)
    screen.wait(r"^ mouse on")
    lib.wait_for(lambda: mouse_flag(screen) == "1", "the mouse")


@case("LIST")
def open_(screen, key):
    key.press(screen)
    screen.wait(r"^ +db  running(.*\n)+.*Processes")
    screen.close(r"Processes")


@case("LIST")
def latency(screen, key):
    key.press(screen)
    screen.wait(r"^ +db  running(.*\n)+.*\[Latency\]")
    screen.close(r"\[Latency\]")


@case("LIST")
def tag(screen, key):
    key.press(screen)
    screen.wait(r"R\* db")
    screen.wait_marked("evil")
    screen.press("U", r"R  db")


@case("LIST")
def untag_all(screen, key):
    screen.press("Space", r"R\* db")
    screen.press("Space", r"R\* evil")
    key.press(screen)
    screen.wait(r"^R\* ", gone=True)


@case("LIST")
def launch(screen, key):
    key.press(screen)
    screen.wait(r"^Launch: --name")
    screen.close(r"^Launch: --name")


@case("LIST")
def save(screen, key):
    path = lib.work() / "top.conf"
    if path.exists():
        path.unlink()
    key.press(screen)
    screen.wait(r"settings kept in")
    assert "sort = name" in path.read_text()


# ---- all of them

def to_list(screen, context):
    """Whatever the case left open is closed, and what it filtered is shown again."""
    if context == "LIST":
        return
    if re.search(LEAVE[context], screen.text(), re.M):
        screen.close(LEAVE[context])
    screen.wait(r"^S  NAME")
    if "filter: -" not in screen.text():
        screen.press("Escape", r"filter: -")


def quits(context, key):
    with Dashboard() as screen:
        enter_list(screen)
        if context != "LIST":
            ENTER[context](screen)
        key.press(screen)
        assert screen.exit_code() == 0, screen.errors()
        assert screen.tmux("display-message", "-p", "#{alternate_on}").strip() == "0"


def run_all(context):
    mine = [(command, code) for command, where, code in bindings() if where == context]
    missing = [command for command, _ in mine if command != "QUIT" and (context, command) not in CASES]
    assert not missing, f"keys of {context} that no case presses: {missing}"
    with Dashboard("--sort", "name", "--settings", lib.work() / "top.conf") as screen:
        for command, code in mine:
            key = Key(code)
            if command == "QUIT":
                quits(context, key)
                continue
            enter_list(screen)
            if context != "LIST":
                ENTER[context](screen)
            try:
                CASES[context, command](screen, key)
                to_list(screen, context)
            except AssertionError as error:
                raise AssertionError(f"{code} ({command}) in {context}: {error}") from error
            screen.tick(6)  # the message is gone
        screen.keys("q")
        assert screen.exit_code() == 0, screen.errors()
