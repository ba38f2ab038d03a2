"""The anchor check: the quote really stands in that file, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rao_review.checks.texts import Texts
from rao_review.types import Anchor, Hunk, Verdict


def check_anchor(anchor: Anchor, hunks: Sequence[Hunk], texts: Texts) -> tuple[Verdict, Anchor]:
    """Finds the quote, at the named line if it is there, else where it is unique: in the named hunks, then in the file.

    White space around each line of the quote does not matter. Part of a line may be quoted. A quote that reads the same in
    several places, none of them named, fails: the harness does not guess.

    Returns:
        the verdict, and the anchor with the lines where the quote was found (unchanged when it was not).
    """
    if not texts.exists(anchor.path, anchor.side):
        return _failed(f"there is no file {anchor.path} in {anchor.side}"), anchor
    quote = _lines_of(anchor.quote)
    if not quote:
        return _failed("nothing is quoted"), anchor
    lines = texts.stripped(anchor.path, anchor.side)
    if _stands_at(quote, lines, anchor.line):
        return Verdict("passed", None, f"quoted from line {anchor.line}"), _at(anchor, anchor.line, quote)
    found = _places(quote, anchor, texts)
    inside = [n for n in found if any(_contains(hunk, anchor, n) for hunk in hunks)]
    for places, where in ((inside, "its hunk"), (found, "the file")):
        if len(places) == 1:
            line = places[0]
            detail = f"quoted from line {line}, the only such place in {where} (named: {anchor.line})"
            return Verdict("passed", None, detail), _at(anchor, line, quote)
    return _failed(f"the quote is in {anchor.side} {len(found)} times, none at line {anchor.line}"), anchor


def _failed(detail: str) -> Verdict:
    return Verdict("failed", None, detail)


def _lines_of(quote: str) -> list[str]:
    return [line.strip() for line in quote.strip().split("\n")] if quote.strip() else []


def _at(anchor: Anchor, line: int, quote: Sequence[str]) -> Anchor:
    return replace(anchor, line=line, end_line=line + len(quote) - 1)


def _stands_at(quote: Sequence[str], lines: Sequence[str], line: int) -> bool:
    """Whether the quote starts at this line; a one-line quote may be a part of it."""
    if not 0 < line <= len(lines):
        return False
    if len(quote) == 1:
        return quote[0] in lines[line - 1]
    return list(lines[line - 1 : line - 1 + len(quote)]) == list(quote)


def _places(quote: Sequence[str], anchor: Anchor, texts: Texts) -> list[int]:
    """All lines at which the quote starts. Whole lines first: a part of a line counts only where no whole line reads so."""
    lines = texts.stripped(anchor.path, anchor.side)
    whole = [n for n in texts.places(anchor.path, anchor.side).get(quote[0], ()) if _stands_at(quote, lines, n)]
    if whole or len(quote) > 1:
        return whole
    return [n for n, line in enumerate(lines, start=1) if quote[0] in line]


def _contains(hunk: Hunk, anchor: Anchor, line: int) -> bool:
    if anchor.path != hunk.path:
        return False
    if anchor.side == "head":
        return hunk.head_start <= line < hunk.head_start + hunk.head_count
    return hunk.base_start <= line < hunk.base_start + hunk.base_count
