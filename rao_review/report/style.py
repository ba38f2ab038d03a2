"""Glyphs, colours and line building of everything that is printed on a terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.text import Text

from rao_review.report.display import Display
from rao_review.report.escape import visible

SEVERITY_STYLE = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "bold yellow",
    "low": "bold cyan",
    "info": "bold blue",
}
# The same without a background, for single characters.
MARK_STYLE = SEVERITY_STYLE | {"critical": "bold red"}
_CODE = re.compile(r"`([^`\n]+)`")
# Prose wider than this is hard to read, however wide the terminal is.
PROSE = 96


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters of a report's frame."""

    passed: str
    failed: str
    unknown: str
    bullet: str
    dot: str
    dash: str
    rule: str
    bar: str
    mark: str
    arrow: str
    cut: str
    tee: str
    elbow: str
    full: str
    empty: str


_UNICODE = Glyphs("✓", "✗", "?", "●", "·", "—", "─", "│", "▸", "→", "…", "├─", "└─", "━", "╌")
_ASCII = Glyphs("+", "x", "?", "*", "|", "--", "-", "|", ">", "->", "~", "|-", "`-", "#", ".")


def glyphs_for(display: Display) -> Glyphs:
    return _UNICODE if display.unicode else _ASCII


@dataclass(frozen=True, slots=True)
class Page:
    """What every part of a report needs to lay itself out: where it is to appear, and with which characters."""

    display: Display
    glyphs: Glyphs

    @property
    def width(self) -> int:
        return self.display.width

    def text(self, content: str, style: str = "") -> Text:
        """Text of the change (or of ours) as one safe line."""
        return begin(visible(content, self.display.encoding), style)

    def prose(self, content: str, style: str = "") -> Text:
        """One line of Markdown prose: `code` is set off in colour, and keeps its backticks without colour."""
        safe = visible(content, self.display.encoding)
        if not self.display.color:
            return begin(safe, style)
        line = begin()
        for index, piece in enumerate(_CODE.split(safe)):
            line.append(piece, style=f"{style} cyan".strip() if index % 2 else style)
        return line

    def wrap(self, line: Text, indent: int, hanging: int | None = None, limit: int = PROSE) -> list[Text]:
        """`line` in several, each at most `limit` and the page's width; the first indented by `indent`, others by `hanging`."""
        hanging = indent if hanging is None else hanging
        room = max(20, min(self.width, limit + hanging) - hanging)
        wrapped = line.wrap(_measure(), room) if line.cell_len > room else [line]
        rows = []
        for number, part in enumerate(wrapped):
            part.rstrip()
            rows.append(begin(" " * (hanging if number else indent)).append_text(part))
        return rows or [begin()]

    def columns(self, prefix: Text, body: Text, hanging: int) -> list[Text]:
        """`body` wrapped to the right of `prefix`, which takes the first `hanging` columns."""
        first, *rest = self.wrap(body, indent=hanging, limit=self.width)
        return [prefix.append(" " * max(0, hanging - prefix.cell_len)).append_text(first[hanging:]), *rest]

    def heading(self, title: str, style: str, note: str = "") -> Text:
        """`── TITLE ──────────── note ──`"""
        rule = self.glyphs.rule
        if cell_len(title) + cell_len(note) + 10 > self.width:
            note = ""
        tail = f" {note} {rule * 2}" if note else ""
        fill = max(2, self.width - cell_len(title) - cell_len(tail) - 4)
        return begin(f"{rule * 2} ", "dim").append(title, style=style).append(f" {rule * fill}{tail}", style="dim")

    def cut(self, line: Text, room: int) -> Text:
        """`line` at most `room` columns wide, with a mark where something is cut off."""
        if line.cell_len > room:
            line.truncate(max(0, room - cell_len(self.glyphs.cut)), overflow="crop")
            line.append(self.glyphs.cut, style="dim")
        return line


def begin(content: str = "", style: str = "") -> Text:
    """The beginning of a line. Its style is its own: what is appended does not inherit it, as it would from `Text(style=…)`."""
    return Text(end="").append(content, style=style)


def page_for(display: Display) -> Page:
    return Page(display, glyphs_for(display))


@cache
def _measure() -> Console:
    """A console that nothing is printed on: `Text.wrap` and `Text.render` ask for one."""
    return Console(file=io.StringIO(), width=200, _environ={})


def to_text(lines: Iterable[Text], display: Display) -> str:
    """The lines as one string, with ANSI colour only when `display` wants it."""
    # Line by line and without a console's layout, which takes a hundred times longer and would only wrap again.
    text = "".join(f"{_ansi(line) if display.color else line.plain}\n" for line in lines)
    return text.encode(display.encoding, "backslashreplace").decode(display.encoding)


def _ansi(line: Text) -> str:
    return "".join(
        segment.style.render(segment.text, color_system=ColorSystem.EIGHT_BIT) if segment.style else segment.text
        for segment in line.render(_measure())
    )


def joined(parts: Sequence[Text], separator: str) -> Text:
    return begin(separator, "dim").join(parts)
