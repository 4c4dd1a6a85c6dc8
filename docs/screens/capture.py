#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Real screens as SVG, for the README: capture.py PLIMSOLL FOLDER. Runs the demo, looks at it on a terminal of tmux's, and draws what
is on that terminal, cell by cell."""
import html
import os
import re
import sys
import time
from pathlib import Path

os.environ["PLIMSOLL"] = str(Path(sys.argv[1]).resolve())
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/system/lib"))
import plimsoll_testlib as lib  # noqa: E402
from tmux import Screen  # noqa: E402

CELL_W, CELL_H, SIZE = 8, 17, 13.3
BACK, FRONT = "#16191f", "#d5dae2"
# xterm's sixteen, a little softer
SIXTEEN = ["#2b303b", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4",
           "#6b7280", "#ff7b86", "#b5e08f", "#ffd68a", "#7cc4ff", "#dd94f5", "#70d6e3", "#ffffff"]


def colour_of(number):
    """Of 256: sixteen, a cube of 6 x 6 x 6, and grey."""
    if number < 16:
        return SIXTEEN[number]
    if number >= 232:
        return "#" + f"{8 + (number - 232) * 10:02x}" * 3
    parts = (number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6
    return "#" + "".join(f"{0 if p == 0 else 55 + p * 40:02x}" for p in parts)


def restyle(style, codes):
    """Another style after these codes of an SGR sequence."""
    style = dict(style)
    codes = [int(code or 0) for code in codes.split(";")]
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = {}
        elif code in (1, 2, 3, 4, 7):
            style[code] = True
        elif code in (22, 23, 24, 27):
            for off in {22: (1, 2), 23: (3,), 24: (4,), 27: (7,)}[code]:
                style.pop(off, None)
        elif code in (38, 48):
            kind = codes.pop(0)
            style[code] = colour_of(codes.pop(0)) if kind == 5 else "#" + "".join(f"{codes.pop(0):02x}" for _ in range(3))
        elif code in (39, 49):
            style.pop(code - 1, None)
        elif code // 10 in (3, 4, 9, 10):
            bright = 8 if code >= 90 else 0
            style[38 if code // 10 in (3, 9) else 48] = SIXTEEN[code % 10 + bright]
    return style


def runs_of(line, style):
    """(text, style) of what stands side by side in one style, and the style that goes on in the next line."""
    runs = []
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b["):
            style = restyle(style, part[2:-1])
        elif part:
            runs.append((part, style))
    return runs, style


def draw_run(text, style, x, y):
    front, back = style.get(38, FRONT), style.get(48)
    if style.get(7):
        front, back = back or BACK, front
    width = len(text) * CELL_W
    out = f'<rect x="{x}" y="{y}" width="{width}" height="{CELL_H}" fill="{back}"/>' if back else ""
    if not text.strip():
        return out
    look = (' font-weight="bold"' if style.get(1) else "") + (' opacity="0.65"' if style.get(2) else "") + \
           (' text-decoration="underline"' if style.get(4) else "")
    # glyphs of another font than the letters' have another width: each kind keeps to its own cells
    for part in re.finditer(r"[\u2500-\u28ff]+|[^\u2500-\u28ff]+", text):
        at, length = x + part.start() * CELL_W, len(part[0]) * CELL_W
        out += f'<text x="{at}" y="{y + 13}" textLength="{length}" lengthAdjust="spacingAndGlyphs" fill="{front}"{look}>{html.escape(part[0])}</text>'
    return out


def svg(screen, title, columns):
    lines = screen.split("\n")
    while lines and not re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]).strip():
        lines.pop()
    width, height = columns * CELL_W + 24, len(lines) * CELL_H + 46
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">', f"<title>{html.escape(title)}</title>",
           f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>']
    out += [f'<circle cx="{20 + 18 * i}" cy="16" r="5.5" fill="{fill}"/>' for i, fill in enumerate(("#ff5f57", "#febc2e", "#28c840"))]
    out.append(f'<text x="{width // 2}" y="20" fill="#8b93a1" text-anchor="middle" font-family="system-ui,sans-serif" font-size="12">'
               f"{html.escape(title)}</text>")
    out.append(f'<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="{SIZE}" xml:space="preserve">')
    style = {}
    for row, line in enumerate(lines):
        x = 12
        runs, style = runs_of(line, style)
        for text, look in runs:
            out.append(draw_run(text, look, x, 34 + row * CELL_H))
            x += len(text) * CELL_W
    return "\n".join(part for part in (*out, "</g>", "</svg>") if part) + "\n"


def take(screen, folder, name, title, columns):
    picture = screen.tmux("capture-pane", "-p", "-e")
    (folder / f"{name}.svg").write_text(svg(picture, title, columns))


def looks_for(seconds):
    """A minute of history is a picture's subject here, no condition of a test."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(1)


def test_capture():
    folder = Path(sys.argv[2]).resolve()
    columns, rows = 124, 20
    with Screen([lib.PLIMSOLL, "demo"], columns, rows) as screen:
        screen.wait("demo-cpu.*cpu.max", 60)
        looks_for(62)
        take(screen, folder, "top", "plimsoll demo", columns)
        screen.keys("Home")
        screen.keys("o")
        screen.resize(columns, 32)
        screen.wait("Processes|Overview", 20)
        looks_for(15)
        take(screen, folder, "one", "plimsoll top: one container", columns)
        screen.press("Escape", "NAME.*LIMITED BY")
        screen.keys("q")
        assert screen.exit_code() == 0


test_capture()
