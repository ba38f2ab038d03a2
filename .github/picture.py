"""Draws the README's picture, as SVG: the verdict of `rao-review demo`, its first cross-file findings, and the end.

python .github/picture.py > .github/demo.svg
"""

from __future__ import annotations

import io
import os
import subprocess
import sys

from rich.console import Console
from rich.text import Text

WIDTH = 104
LINES = 40

environment = {
    **os.environ,
    "FORCE_COLOR": "1",
    "COLUMNS": str(WIDTH),
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "PYTHONUTF8": "1",
}
done = subprocess.run([sys.executable, "-m", "rao_review", "demo"], capture_output=True, env=environment, check=False)
lines = done.stdout.decode().splitlines()
first = next(i for i, line in enumerate(lines) if "MAX_CARD_AMOUNT" in line)
shown = [*lines[:2], "", "…", "", *lines[first : first + LINES], "", "…", "", *lines[-12:]]
console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
console.print(Text.from_ansi("\n".join(shown)))
sys.stdout.write(console.export_svg(title="rao-review demo"))
