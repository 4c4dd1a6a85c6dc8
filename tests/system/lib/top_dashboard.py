# SPDX-License-Identifier: Apache-2.0
"""The dashboard over the fixture's fleet (top_fixture.c), on a terminal; and the tables of its keys and tabs."""
import os
import re
import unicodedata
from pathlib import Path

import plimsoll_testlib as lib
import tmux

BUILD = Path(os.environ.get("PLIMSOLL_BUILD", lib.SOURCE / "build"))
FIXTURE = BUILD / "tests/system/top_fixture"
EPOCH = 22 * 3600 + 13 * 60 + 20  # of the fleet's day
HISTORY = 60  # ticks at the start: sparklines and charts are full
PATIENCE = int(os.environ.get("PLIMSOLL_PATIENCE", "20"))  # seconds until a screen that does not come is a failure

ONE_TABS = ("Overview", "CPU", "Memory", "IO", "Net", "Pressure", "Latency", "Processes", "Limits", "Namespaces", "Events")
# Every view and dialog, and the keys that lead there from the list.
STATES = (("list", []), ("tree", ["t"]), ("events", ["BTab"]), ("help", ["?"]), ("setup", ["C"]), ("columns", ["c"]), ("sort", ["s"]),
          ("menu", ["Enter"]), ("filter", ["/"]), ("limits", ["L"]), ("limit", ["L", "Enter"]), ("signal", ["x"]), ("confirm", ["R"]),
          ("launch", ["n"]), ("time", ["b"]), ("logs", ["l"]), *((f"one {n}", ["o"] + ["Tab"] * n) for n in range(len(ONE_TABS))))


def clock(tick):
    second = EPOCH + tick
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def width(text):
    """Columns that a text takes on a terminal."""
    return sum(0 if unicodedata.combining(c) or c == "\u200d" else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Dashboard(tmux.Screen):
    """A dashboard with a minute of history, sorted by name, unless it is told otherwise."""

    number = 0

    def __init__(self, *words, columns=100, rows=24, ticks=HISTORY, wrap=None, utf8=True, environment=None):
        Dashboard.number += 1
        self.control = lib.work() / f"control-{Dashboard.number}"
        self.record = lib.work() / f"record-{Dashboard.number}"
        self.log = Path(f"{self.record}.log")
        os.mkfifo(self.control)
        self.log.write_text("")
        self.tick_now = 0
        self.sgr = (environment or {}).get("TERM", "").startswith("xterm")
        command = [FIXTURE, "--control", self.control, "--record", self.record, *(words or ("--sort", "name"))]
        super().__init__([*(wrap or ()), *command], columns, rows, utf8, {"NO_COLOR": "1", "TZ": "UTC", **(environment or {})})
        if ticks is None:
            return
        try:
            self.wait(clock(0), 60)
            self.tick(ticks)
        except BaseException:
            self.__exit__()
            raise

    def wait(self, pattern, seconds=PATIENCE, gone=False):
        return super().wait(pattern, seconds, gone)

    def press(self, key, pattern, seconds=PATIENCE):
        return super().press(key, pattern, seconds)

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)  # also what begins with a dash

    def tell(self, line):
        with open(self.control, "w") as fifo:
            fifo.write(line + "\n")

    def tick(self, n=1, shown=True):
        """n seconds of the fleet go by; shown: where the clock is on the screen, and goes."""
        self.tick_now += n
        self.tell(f"tick {n}")
        if shown:
            self.wait(clock(self.tick_now), 60)

    def done(self):
        """What actions were asked for: (action, id, argument)."""
        text = self.record.read_text() if self.record.exists() else ""
        return [tuple(line.split(" ", 2)) for line in text.splitlines()]

    def wait_done(self, *what):
        lib.wait_for(lambda: what in self.done(), f"{what} in {self.done()}")

    def marked(self):
        """The line that is shown in reverse within the list, or None. (Without colours, that is what selected means.)"""
        text = self.tmux("capture-pane", "-p", "-e")
        reverse = False
        body = False
        for line in text.splitlines():
            first = None
            plain = ""
            for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
                codes = re.fullmatch(r"\x1b\[([0-9;]*)m", piece)
                if codes:
                    for code in codes[1].split(";"):
                        reverse = code == "7" or reverse and code not in ("", "0", "27")
                elif piece:
                    first = reverse if first is None else first
                    plain += piece
            if body and first:
                return plain
            body = body or plain.startswith("S ")
        return None

    def wait_marked(self, name):
        lib.wait_for(lambda: re.match(rf"..[ *]? *[▾▸v>]? ?{re.escape(name)}", self.marked() or ""),
                     f"{name} to be selected, not {self.marked()}\n{self.text()}")

    def moved(self, key):
        """A key that moves the cursor to another line, and that line."""
        before = self.marked()
        self.keys(key)
        return lib.wait_for(lambda: self.marked() != before and self.marked(), f"{key} to move from {before}")

    def to(self, name):
        """Selects it in a flat list by name."""
        while not (self.marked() or "")[3:].startswith(name):
            names = self.names()
            above = names[:names.index(self.marked()[3:20].strip())]
            self.moved("Up" if any(one.startswith(name) for one in above) else "Down")

    def close(self, gone):
        """Escape, and what is gone then."""
        self.keys("Escape")
        return self.wait(gone, gone=True)

    def mouse(self, button, row, column, times=1):
        """Presses at a cell (from 0): 0 is the first button, 64 and 65 are the wheel. In the notation that terminfo tells of."""
        if self.sgr:
            press = f"\x1b[<{button};{column + 1};{row + 1}M"
            release = press[:-1] + "m"
        else:
            assert column < 94, "beyond that it is no character of ASCII"
            press = f"\x1b[M{chr(32 + button)}{chr(33 + column)}{chr(33 + row)}"
            release = f"\x1b[M#{chr(33 + column)}{chr(33 + row)}"
        self.type((press + ("" if button >= 64 else release)) * times)

    def where(self, text, last=False):
        """Row and column of a text on the screen."""
        rows = [(y, line) for y, line in enumerate(self.text().splitlines()) if text in line]
        assert rows, f"{text!r} is not on the screen:\n{self.text()}"
        y, line = rows[-1 if last else 0]
        return y, width(line[:line.index(text)])

    def click(self, text, last=False):  # pylint: disable=arguments-renamed
        self.mouse(0, *self.where(text, last))

    def names(self):
        """Of the list's lines, as they stand."""
        found = []
        body = False
        for line in self.text().splitlines():
            if line.startswith(("──", "--", "F1", " ")):
                body = False
            if body and line.strip():
                found.append(line[3:20].strip())
            body = body or line.startswith("S ")
        return found


# ---- the tables, read as the compiler does

CONTEXTS = ("LIST", "ONE", "PAGER", "MENU", "INPUT")


def contexts_of(expression):
    expression = expression.replace("MOVING", "C(LIST) C(ONE) C(PAGER) C(MENU)").replace("C(ANY)", "C(LIST) C(ONE) C(PAGER) C(MENU)")
    return [name for name in CONTEXTS if f"C({name})" in expression]


def bindings():
    """(command, context, code) of every key in binding.def."""
    text = (lib.SOURCE / "tui/binding.def").read_text()
    rows = re.findall(r"^BINDING_KEY\((\w+), ([^,]+), (.+)\)$", text, re.M)
    assert len(rows) == len(re.findall(r"^BINDING_KEY", text, re.M)) > 50
    return [(command, context, code) for command, contexts, code in rows for context in contexts_of(contexts)]


def tabs():
    """(title, body, columns) of tabs.def."""
    text = (lib.SOURCE / "tui/tabs.def").read_text()
    rows = re.findall(r'^TAB\(\w+, "\w+", "(\w+)", (\w+), "([\w,]*)"\)$', text, re.M)
    assert len(rows) == len(re.findall(r"^TAB\(", text, re.M)) > 5
    return rows


NAMED = {"UP": "Up", "DOWN": "Down", "LEFT": "Left", "RIGHT": "Right", "PAGE_UP": "PPage", "PAGE_DOWN": "NPage", "HOME": "Home",
         "END": "End", "SHIFT_UP": "S-Up", "SHIFT_DOWN": "S-Down", "SHIFT_LEFT": "S-Left", "SHIFT_RIGHT": "S-Right", "TAB": "Tab",
         "SHIFT_TAB": "BTab", "ENTER": "Enter", "ESCAPE": "Escape", "F1": "F1"}
MOUSE = {"WHEEL_UP": (64, 1), "WHEEL_DOWN": (65, 1), "MOUSE_PRESS": (0, 1), "MOUSE_DOUBLE": (0, 2)}


class Key:
    """One key of the table: press() sends it; the mouse is pressed at a cell."""

    def __init__(self, code):
        self.code = code
        name = code.replace("KEYCODE_", "")
        function = re.fullmatch(r"F1 \+ (\d+)", name)
        letter = re.fullmatch(r"'(\\?)(.)'", code)
        self.mouse = MOUSE.get(name)
        self.character = letter[2] if letter else ""
        if function:
            self.name = f"F{int(function[1]) + 1}"
        elif letter:
            self.name = {" ": "Space", ";": "\\;"}.get(letter[2], letter[2])
        elif code.isdigit():
            self.name = f"C-{chr(int(code) + 96)}"
        else:
            self.name = None if self.mouse else NAMED[name]

    def press(self, screen, at=None):
        if self.mouse:
            screen.mouse(self.mouse[0], *(at or (8, 5)), times=self.mouse[1])
        elif len(self.name) == 1:
            screen.type(self.name)
        else:
            screen.keys(self.name)
