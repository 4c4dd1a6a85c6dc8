# SPDX-License-Identifier: Apache-2.0
"""A terminal that a test looks at: tmux with a server of its own. Everything waits for what the screen shows, never for a time."""
import os
import re
import shlex
import subprocess
import tempfile
import time
from pathlib import Path

import plimsoll_testlib as lib


class Screen:
    """A program on a terminal of columns x rows; what it was ended with is asked for by exit_code()."""

    def __init__(self, words, columns=100, rows=30, utf8=True, environment=None):
        lib.need("tmux")
        self.folder = Path(tempfile.mkdtemp(prefix="tmux-", dir=lib.work()))
        self.socket = self.folder / "s"
        self.code = self.folder / "code"
        set_up = {"LC_ALL": "C.UTF-8" if utf8 else "C", "TERM": "tmux-256color", "XDG_CONFIG_HOME": str(self.folder / "config"),
                  **(environment or {})}
        variables = " ".join(f"{k}={shlex.quote(str(v))}" for k, v in set_up.items())
        command = f"env {variables} {shlex.join(str(w) for w in words)} 2>{self.folder}/stderr; echo $? >{self.code}.new; " \
                  f"mv {self.code}.new {self.code}; exec sleep 100000"
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), "sh", "-c", command)
        self.tmux("set-option", "-g", "window-size", "manual")
        self.tmux("set-option", "-g", "escape-time", "0")
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def tmux(self, *words, check=True):
        client = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        client.pop("TMUX", None)
        return subprocess.run(["tmux", "-u", "-S", str(self.socket), "-f", "/dev/null", *words], env=client, check=check,
                              capture_output=True, text=True, errors="replace").stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tmux("kill-server", check=False)

    def text(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        """Names that tmux knows (Enter, Escape, F5, C-l, BTab) or single characters."""
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def click(self, row, column):
        """The first mouse button at a cell (from 0), as xterm's SGR mode reports it."""
        self.type(f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m")

    def pid(self):
        """Of the program under test."""
        shell = int(self.tmux("display-message", "-p", "#{pane_pid}"))
        children = lib.wait_for(lambda: open(f"/proc/{shell}/task/{shell}/children").read().split(), "the program", 20)
        return int(children[0])

    def wait(self, pattern, seconds=20, gone=False):
        """Until the screen matches (with gone: no longer does). The screen."""
        end = time.monotonic() + seconds
        while True:
            text = self.text()
            if bool(re.search(pattern, text, re.M)) != gone:
                return text
            if time.monotonic() > end:
                what = "still shows" if gone else "never showed"
                errors = (self.folder / "stderr").read_text(errors="replace") if (self.folder / "stderr").exists() else ""
                raise AssertionError(f"the screen {what} {pattern!r}:\n{text}\nstderr: {errors}")
            time.sleep(0.02)

    def press(self, key, pattern, seconds=20):
        """A key, and what it leads to."""
        self.keys(key)
        return self.wait(pattern, seconds)

    def exit_code(self, seconds=20):
        lib.wait_for(self.code.exists, "the end of the program", seconds)
        return int(self.code.read_text())

    def errors(self):
        return (self.folder / "stderr").read_text(errors="replace")
