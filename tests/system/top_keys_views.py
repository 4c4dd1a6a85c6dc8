# SPDX-License-Identifier: Apache-2.0
"""What the keys do in the view of one container, the pager, dialogs and a line that is typed: cases of top_keys.py."""
import re

import plimsoll_testlib as lib
from top_keys import CASES, case


# ---- one container

def goes_to(tab):
    def go(screen, key):
        screen.wait(r"\[Overview\]")
        key.press(screen)
        screen.wait(rf"\[{tab}\]")
    return go


CASES["ONE", "TAB_NEXT"] = goes_to("CPU")
CASES["ONE", "TAB_PREVIOUS"] = goes_to("Events")
CASES["ONE", "LATENCY"] = goes_to("Latency")


def among_processes(start, expected, wheel=None):
    """40 processes, 140 to 101 or so, that don't fit."""
    def move(screen, key):
        screen.click("Processes")
        screen.wait(r"\[Processes\](.*\n)+ *\d+ .*nginx: master")
        screen.keys("Home")
        first = screen.wait(rf"\[Processes\](.*\n)+ *{PIDS[0]} ")
        if start == "End":
            screen.keys("End")
            screen.wait(rf"^ *{PIDS[0]} ", gone=True)
            first = screen.text()
        key.press(screen)
        lib.wait_for(lambda: (screen.text() != first) and expected(screen.text(), first), f"the processes to move: {screen.text()}")
    return move


PIDS = [101, 140]


def pids(text):
    return [int(number) for number in re.findall(r"^ +(\d+) .*(?:nginx|worker|kworker)", text, re.M)]


CASES["ONE", "DOWN"] = among_processes("Home", lambda now, then: pids(now)[:-1] == pids(then)[1:])
CASES["ONE", "UP"] = among_processes("End", lambda now, then: pids(now)[1:] == pids(then)[:-1])
CASES["ONE", "PAGE_DOWN"] = among_processes("Home", lambda now, then: pids(now)[0] == pids(then)[-1])
CASES["ONE", "PAGE_UP"] = among_processes("End", lambda now, then: pids(now)[-1] == pids(then)[0])
CASES["ONE", "LAST"] = among_processes("Home", lambda now, then: not set(pids(now)) & set(pids(then)))
CASES["ONE", "FIRST"] = among_processes("End", lambda now, then: not set(pids(now)) & set(pids(then)))


def one_pick(screen, key):
    for tab in ("Pressure", "Overview"):
        key.press(screen, screen.where(tab))
        screen.wait(rf"\[{tab}\]")
    key.press(screen, screen.where("Signal"))  # of the function bar
    screen.wait(r"─ Signal db")
    screen.close(r"─ Signal db")


def leaves(screen, key):
    key.press(screen)
    screen.wait(r"^S  NAME")


CASES["ONE", "PICK"] = one_pick
CASES["ONE", "BACK"] = CASES["PAGER", "BACK"] = leaves


# ---- the pager: 120 lines, each longer than the screen, not wrapped

def pager_moves(start, line):
    def move(screen, key):
        screen.press(start, r" 1 of 120" if start == "Home" else r" 99 of 120")
        key.press(screen)
        screen.wait(rf" {line} of 120")
    return move


CASES["PAGER", "DOWN"] = pager_moves("Home", 2)
CASES["PAGER", "PAGE_DOWN"] = pager_moves("Home", 22)
CASES["PAGER", "LAST"] = pager_moves("Home", 99)
CASES["PAGER", "UP"] = pager_moves("End", 98)
CASES["PAGER", "PAGE_UP"] = pager_moves("End", 78)
CASES["PAGER", "FIRST"] = pager_moves("End", 1)


def pager_pan_right(screen, key):
    key.press(screen)
    screen.wait(r"^ 1 of db 0000|^\d* ?\d+ of db|^ of db|^1 of db")


def pager_pan_left(screen, key):
    screen.keys("S-Right")
    screen.wait(r"^log line", gone=True)
    key.press(screen)
    screen.wait(r"^log line 1 ")


CASES["PAGER", "PAN_RIGHT"] = pager_pan_right
CASES["PAGER", "PAN_LEFT"] = pager_pan_left


def search(screen):
    screen.press("/", r"^Search: ")
    screen.type("line 7")
    screen.keys("Enter")
    screen.wait(r"/line 7  1 of 120")


def pager_filter(screen, key):
    key.press(screen)
    screen.wait(r"^Search: ")
    screen.type("LINE 50 of")  # capitals: only those
    screen.keys("Enter")
    screen.wait(r"'LINE 50 of' is not in it")
    screen.press("/", r"^Search: ")
    screen.type("line 50 of")
    screen.keys("Enter")
    screen.wait(r"^log line 50 ")


def pager_find_next(screen, key):
    search(screen)
    key.press(screen)
    screen.wait(r"^log line 70 ")


def pager_find_previous(screen, key):
    search(screen)
    key.press(screen)
    screen.wait(r"^log line 79 ")


def tail(screen, key):
    key.press(screen)
    screen.wait(r"following")
    with screen.log.open("a") as log:
        log.write("one more line\n")
    screen.wait(r"^one more line(.*\n)+")
    key.press(screen)
    screen.wait(r"running")


def wrap(screen, key):
    key.press(screen)
    screen.wait(r"^0+<")
    key.press(screen)
    screen.wait(r"^0+<", gone=True)


def pager_pick(screen, key):
    key.press(screen, screen.where("Wrap"))
    screen.wait(r"^0+<")
    key.press(screen, screen.where("Follow", last=True))
    screen.wait(r"following")


CASES["PAGER", "FILTER"] = pager_filter
CASES["PAGER", "FIND_NEXT"] = pager_find_next
CASES["PAGER", "FIND_PREVIOUS"] = pager_find_previous
CASES["PAGER", "TAIL"] = tail
CASES["PAGER", "WRAP"] = wrap
CASES["PAGER", "PICK"] = pager_pick


# ---- menus and dialogs: the sort dialog, from NAME

def menu_moves(start, pattern):
    def move(screen, key):
        if start:
            screen.keys(start)
            screen.wait(r"│>NAME", gone=True)
        key.press(screen)
        screen.wait(pattern)
    return move


CASES["MENU", "DOWN"] = menu_moves(None, r"│>CPU %")
CASES["MENU", "PAGE_DOWN"] = menu_moves(None, r"│>CLASS")
CASES["MENU", "LAST"] = menu_moves(None, r"│>.*\n└")
CASES["MENU", "UP"] = menu_moves("Down", r"│>NAME")
CASES["MENU", "PAGE_UP"] = menu_moves("Down", r"│>NAME")
CASES["MENU", "FIRST"] = menu_moves("Down", r"│>NAME")


def menu_pick(screen, key):
    key.press(screen, screen.where("THR %"))
    screen.wait(r"│>THR %")
    key.press(screen, screen.where("THR %"))  # once more takes it
    screen.wait(r"sort THR % v")
    screen.press("N", r"sort NAME v")


def accept(screen, key):
    screen.press("Down", r"│>CPU %")
    key.press(screen, screen.where(">CPU %") if key.mouse else None)
    screen.wait(r"sort CPU % v")
    screen.press("N", r"sort NAME v")


def menu_back(screen, key):
    key.press(screen)
    screen.wait(r"Sort by", gone=True)


CASES["MENU", "PICK"] = menu_pick
CASES["MENU", "ACCEPT"] = accept
CASES["MENU", "BACK"] = menu_back


def of_columns(screen):
    screen.close(r"Sort by")
    screen.press("c", r">\[x\] CPU")


def columns_done(screen):
    screen.close(r"Columns of")
    screen.wait(r"^S  NAME▾ +CPU% LIM%")


@case("MENU")
def toggle(screen, key):
    of_columns(screen)
    key.press(screen)
    screen.wait(r">\[ \] CPU")
    key.press(screen)
    screen.wait(r">\[x\] CPU")
    columns_done(screen)


@case("MENU")
def lower(screen, key):
    of_columns(screen)
    key.press(screen)
    screen.wait(r"│ \[x\] LIM%.*\n.*>\[x\] CPU")
    screen.press("[", r"│>\[x\] CPU.*\n.* \[x\] LIM%")
    columns_done(screen)


@case("MENU")
def raise_(screen, key):
    of_columns(screen)
    screen.press("Down", r">\[x\] LIM%")
    key.press(screen)
    screen.wait(r"│>\[x\] LIM%.*\n.* \[x\] CPU")
    screen.press("]", r"│ \[x\] CPU.*\n.*>\[x\] LIM%")
    columns_done(screen)


# ---- a line that is typed

def remembered(screen):
    """Two lines were typed before."""
    for text in ("api", "web"):
        screen.type(text)
        screen.keys("Enter")
        screen.wait(f"filter: {text}")
        screen.press("/", rf"^Filter: {text}")
        screen.press("C-u", r"^Filter:  ")


def input_up(screen, key):
    remembered(screen)
    key.press(screen)
    screen.wait(r"^Filter: web")
    key.press(screen)
    screen.wait(r"^Filter: api")


def input_down(screen, key):
    remembered(screen)
    screen.press("Up", r"^Filter: web")
    screen.press("Up", r"^Filter: api")
    key.press(screen)
    screen.wait(r"^Filter: web")


def input_first(screen, key):
    screen.type("ab")
    screen.wait(r"^Filter: ab")
    key.press(screen)
    screen.type("x")
    screen.wait(r"^Filter: xab")


def input_last(screen, key):
    screen.type("ab")
    screen.keys("Home")
    key.press(screen)
    screen.type("x")
    screen.wait(r"^Filter: abx")


def input_back(screen, key):
    screen.type("zzz")
    screen.wait(r"^   nothing matches")
    key.press(screen)
    screen.wait(r"^R  db")


def input_accept(screen, key):
    screen.type("db")
    key.press(screen)
    screen.wait(r"filter: db")


CASES["INPUT", "UP"] = input_up
CASES["INPUT", "DOWN"] = input_down
CASES["INPUT", "FIRST"] = input_first
CASES["INPUT", "LAST"] = input_last
CASES["INPUT", "BACK"] = input_back
CASES["INPUT", "ACCEPT"] = input_accept
