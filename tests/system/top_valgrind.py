#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The dashboard under valgrind: every view and dialog is opened and closed, and a thousand sizes of the terminal go over them. Nothing is
read that was not written, and nothing lost, definitely or possibly."""
import fcntl
import os
import re
import signal
import struct
import sys
import termios
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import plimsoll_testlib as lib  # noqa: E402
from top_dashboard import FIXTURE, STATES  # noqa: E402

RESIZES = 1000
SIZES = ((40, 10), (200, 50), (1, 1), (80, 24), (20, 5), (132, 43), (2, 30), (100, 30))
PATIENCE = 60  # seconds; valgrind takes a few dozen times as long


class Terminal:
    """A program on a terminal of its own; all that it writes is taken and counted."""

    def __init__(self, *words):
        self.master, self.slave = os.openpty()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.master)
            os.login_tty(self.slave)
            os.environ.update({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
            os.execvp(words[0], [str(word) for word in words])
        self.written = 0
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        try:
            while piece := os.read(self.master, 65536):
                self.written += len(piece)
        except OSError:
            pass  # the program is gone

    def is_at_rest(self):
        """It sleeps, has read what was typed, and took every signal."""
        with open(f"/proc/{self.pid}/status") as file:
            status = dict(line.split(":", 1) for line in file)
        pending = int(status["SigPnd"], 16) | int(status["ShdPnd"], 16)
        unread = struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, b"\0\0\0\0"))[0]
        return status["State"].split()[0] == "S" and unread == 0 and not pending >> (signal.SIGWINCH - 1) & 1

    def rest(self, what):
        """Until it is at rest in two looks: between reading and drawing it may wait for the terminal."""
        looks = [0]

        def twice():
            looks[0] = looks[0] + 1 if self.is_at_rest() else 0
            return looks[0] > 1
        lib.wait_for(twice, what, PATIENCE)

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.rest(f"{columns}x{rows} to be drawn")

    def press(self, key, leads_to):
        """A key that changes the picture: an Escape is one of its own only when the program has waited for more in vain."""
        before = self.written
        os.write(self.master, key)
        self.rest(f"{key} to be taken")
        lib.wait_for(lambda: self.written > before, leads_to, PATIENCE)
        self.rest(f"{leads_to} to be drawn")

    def exit_status(self):
        ended = lib.wait_for(lambda: os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG), "its end", PATIENCE)
        return ended.si_status


NAMED = {"Enter": b"\r", "Tab": b"\t", "BTab": b"\x1b[Z"}
BACK = {"t": b"t", "BTab": b"\t"}  # what leads back to the list; else Escape


def code_of(key):
    return NAMED.get(key, key.encode())


def go_over(terminal, keys, sizes):
    """A view of the list's, in each of these sizes."""
    terminal.resize(100, 30)
    for key in keys:
        terminal.press(code_of(key), f"what {key} of {keys} leads to")
    for columns, rows in sizes:
        terminal.resize(columns, rows)
    terminal.resize(100, 30)
    if keys:
        terminal.press(BACK.get(keys[0], b"\x1b"), f"the list behind {keys}")


def test_nothing_is_lost():
    lib.need("valgrind")
    log, control = lib.work() / "valgrind.log", lib.work() / "valgrind-control"
    os.mkfifo(control)
    (lib.work() / "valgrind-record.log").write_text("")  # what the pager follows behind the log
    terminal = Terminal("valgrind", "--leak-check=full", "--errors-for-leak-kinds=definite,possible", "--show-leak-kinds=definite,possible",
                        "--error-exitcode=99", f"--log-file={log}", FIXTURE, "--control", control, "--record", lib.work() / "valgrind-record",
                        "--sort", "name")
    lib.wait_for(lambda: terminal.written > 1000, "the first screen", PATIENCE)
    with open(control, "w") as fifo:
        fifo.write("tick 60\n")
    done = 0
    for number, (_, keys) in enumerate(STATES):
        until = RESIZES * (number + 1) // len(STATES)
        go_over(terminal, keys, [SIZES[n % len(SIZES)] for n in range(done, until)])
        done = until
    assert done == RESIZES
    os.write(terminal.master, b"q")
    status = terminal.exit_status()
    said = log.read_text()
    assert status == 0, said
    assert "ERROR SUMMARY: 0 errors" in said, said
    for kind in "definitely", "possibly":
        assert re.search(rf"{kind} lost: 0 bytes|All heap blocks were freed", said), said
    print(f"{RESIZES} sizes over {len(STATES)} views: 0 bytes lost, definitely or possibly; {terminal.written} bytes written")


lib.main(globals())
