"""Source excerpts: a few numbered lines with the interesting ones marked and pointed at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rich.cells import cell_len
from rich.syntax import Syntax
from rich.text import Text

from rao_review.report.escape import visible
from rao_review.report.style import Page, begin

# Terminals are read with the ANSI palette the user chose, light or dark.
_THEME = "ansi_dark"
_TAB = 4
_LONGEST = 2000
_QUOTES = ("'", '"', "`")


@dataclass(frozen=True, slots=True)
class Pointed:
    """The lines of an excerpt that matter, and the word to point at there ('': none)."""

    line: int
    end_line: int
    word: str
    style: str
    sign: str


def excerpt(page: Page, path: str, lines: Mapping[int, str], pointed: Pointed) -> list[Text]:
    """`lines` (1-based number → text) with a gutter; a mark and a pointer at the pointed ones; gaps shown as such."""
    numbers = _without_blank_ends(lines, pointed)
    if not numbers:
        return []
    digits = len(str(numbers[-1]))
    room = max(16, page.width - digits - 7)
    words = [pointed.word if number == pointed.line else "" for number in numbers]
    safe = [_safe(page, lines[number], word) for number, word in zip(numbers, words, strict=True)]
    # Coloured before it is cut: a string whose end is cut off would colour everything after it.
    shown = [_window(page, code, word, room) for code, word in zip(_highlighted(page, path, safe), words, strict=True)]
    rows: list[Text] = []
    previous = numbers[0] - 1
    for number, code in zip(numbers, shown, strict=True):
        if number != previous + 1:
            rows.append(begin(f"    {'':>{digits}} {page.glyphs.cut}", "dim"))
        previous = number
        inside = pointed.line <= number <= max(pointed.line, pointed.end_line)
        rows.append(_row(page, f"{number:>{digits}}", code, pointed, inside))
        if number == pointed.line and pointed.line >= pointed.end_line:
            rows.extend(_pointer(page, digits, code.plain, pointed))
    return rows


def _without_blank_ends(lines: Mapping[int, str], pointed: Pointed) -> list[int]:
    """The line numbers in order, without blank lines at either end."""
    solid = [n for n, text in lines.items() if text.strip() or pointed.line <= n <= pointed.end_line]
    return [n for n in sorted(lines) if min(solid) <= n <= max(solid)] if solid else []


def _row(page: Page, number: str, code: Text, pointed: Pointed, inside: bool) -> Text:
    sign = pointed.sign if inside else " "
    row = begin(f"  {sign} ", pointed.style)
    row.append(number, style="bold" if inside else "dim").append(f" {page.glyphs.bar}", style="dim")
    if code.plain:
        row.append(" ").append_text(code)
    return row


def _pointer(page: Page, digits: int, shown: str, pointed: Pointed) -> list[Text]:
    """The line under the pointed one, with `^^^^` below the word; none when the word is not in it."""
    word = visible(pointed.word, page.display.encoding)
    at = _find_word(shown, word)
    if at < 0:
        return []
    lead = f"    {'':>{digits}} "
    row = begin(lead).append(page.glyphs.bar, style="dim")
    row.append(" " * (1 + cell_len(shown[:at]))).append("^" * max(1, cell_len(word)), style=pointed.style)
    return [row]


def _find_word(text: str, word: str) -> int:
    """Where `word` first stands alone in `text`, rather not as a quoted string; -1 when nowhere."""
    quoted = -1
    start = text.find(word) if word else -1
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(word) : start + len(word) + 1]
        if not (_is_name(before) or _is_name(after)):
            if before not in _QUOTES or before != after:
                return start
            quoted = quoted if quoted >= 0 else start
        start = text.find(word, start + 1)
    return quoted


def _is_name(character: str) -> bool:
    return character.isalnum() or character == "_"


def _safe(page: Page, raw: str, word: str) -> str:
    """One source line without control characters; of a very long one, the part around `word`."""
    # The carriage return of a CRLF file is part of each of its lines and says nothing about this one.
    raw = raw.removesuffix("\r")
    if len(raw) > _LONGEST:
        start = max(0, _find_word(raw, word) - _LONGEST // 2)
        raw = raw[start : start + _LONGEST]
    return visible(raw.expandtabs(_TAB), page.display.encoding)


def _window(page: Page, code: Text, word: str, room: int) -> Text:
    """At most `room` columns of a line, scrolled so that `word` can be seen."""
    if code.cell_len <= room:
        return code
    at = max(0, _find_word(code.plain, visible(word, page.display.encoding)))
    if at + len(word) > room:
        code = begin(page.glyphs.cut, "dim").append_text(code[max(0, at - room // 2) :])
    return page.cut(code, room)


def _highlighted(page: Page, path: str, lines: Sequence[str]) -> list[Text]:
    plain = [begin(line) for line in lines]
    if not page.display.color:
        return plain
    code = "\n".join(lines)
    lexer = _lexer(path)
    if lexer is None:
        return plain
    syntax = Syntax(code, lexer, theme=_THEME, background_color="default")
    colored = syntax.highlight(code).split("\n", allow_blank=True)[: len(lines)]
    # A lexer that adds or drops characters (some strip leading newlines) must not change what is shown.
    if [row.plain for row in colored] != list(lines):
        return plain
    for row in colored:
        row.end = ""
    return colored


@lru_cache(256)
def _lexer(path: str) -> Any:  # a pygments Lexer or None; pygments has no types
    return Syntax("", Syntax.guess_lexer(path)).lexer
