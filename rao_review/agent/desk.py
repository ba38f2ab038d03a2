"""The desk: the read-only tools of every node. Stateless, the same at every depth, over two trees that never change.

There is no shared workspace, so there is nothing to lock. Only what is in the trees exists: a path that leads out of them is a
path that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from rao_review.agent import listings
from rao_review.agent.protocol import (
    Neighbours,
    Overview,
    Part,
    Query,
    ReadFile,
    ReadHunks,
    Reading,
    Refusal,
    Search,
    Symbol,
    TryCheck,
)
from rao_review.checks import Judge
from rao_review.checks.regex import PatternError, compiled
from rao_review.graph.graph import Graph
from rao_review.graph.model import Edge
from rao_review.types import Hunk

_LONGEST_LINE = 2_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TELLS = {True: "differs at base", False: "the same at base", None: "nothing to say about base"}


class Desk:
    """Answers queries about one change.

    Args:
        graph: the change, its trees and what is known of them.
        judge: runs the checks that a node wants to try.
        characters: the most text in one reading; what does not fit is read on with the reading's `rest`.
    """

    def __init__(self, graph: Graph, judge: Judge, characters: int) -> None:
        self._graph = graph
        self._judge = judge
        self._characters = characters
        self.hunks: Mapping[str, Hunk] = {h.id: h for h in graph.change.hunks()}
        self.edges: Mapping[str, Sequence[Edge]] = graph.edges_by_source

    def look(self, query: Query) -> Reading | Refusal:
        """What the query shows, or why it shows nothing."""
        match query:
            case ReadHunks():
                return self._read_hunks(query)
            case ReadFile():
                return self._read_file(query)
            case Overview():
                return self._page(query, listings.overview(self._graph, query.under))
            case Search():
                return self._search(query)
            case Symbol():
                return self._page(query, listings.symbol(self._graph, query.name))
            case Neighbours():
                return self._page(query, listings.neighbours(self.hunks, self.edges, query.hunks))
            case TryCheck():
                verdict = self._judge.verdict(query.check)
                return Reading(query, f"{verdict.status} ({_TELLS[verdict.discriminates]}): {verdict.detail}")

    def _read_hunks(self, query: ReadHunks) -> Reading | Refusal:
        """As many hunks as fit; only a hunk that does not fit alone is cut, at a line end where there is one."""
        strangers = [h for h in query.hunks if h not in self.hunks]
        if strangers or not query.hunks:
            return Refusal(f"no such hunk: {', '.join(strangers[:10])}" if strangers else "no hunks are named")
        pieces: list[str] = []
        parts: list[Part] = []
        room, start = self._characters, max(query.start, 0)
        for index, hunk_id in enumerate(query.hunks):
            text = hunk_text(self.hunks[hunk_id])
            start = min(start, len(text))
            end = len(text) if len(text) - start <= room else _cut(text, start, room)
            if end < len(text) and pieces:
                return Reading(query, "\n".join(pieces), tuple(parts), ReadHunks(query.hunks[index:], start))
            pieces.append(f"{_title(self.hunks[hunk_id])}\n{text[start:end]}")
            parts.append(Part(hunk_id, start, end, len(text)))
            if end < len(text):
                return Reading(query, "\n".join(pieces), tuple(parts), ReadHunks(query.hunks[index:], end))
            room -= len(pieces[-1])
            start = 0
        return Reading(query, "\n".join(pieces), tuple(parts))

    def _read_file(self, query: ReadFile) -> Reading | Refusal:
        lines = self._graph.lines(query.path, query.side)
        if not lines:
            tree = self._graph.base if query.side == "base" else self._graph.head
            return Refusal(
                f"{query.path} is {'empty' if query.path in tree.entries() else 'not there'} in {query.side}"
            )
        first = max(query.start, 1)
        last = min(query.end, len(lines)) if query.end > 0 else len(lines)
        numbered = (f"{number}\t{lines[number - 1]}" for number in range(first, last + 1))
        shown, cut = self._fitting(numbered)
        rest = replace(query, start=first + len(shown), end=last) if cut else None
        return Reading(query, "\n".join(shown) or f"{query.path} has {len(lines)} lines", rest=rest)

    def _search(self, query: Search) -> Reading | Refusal:
        try:
            pattern = compiled(query.pattern)
        except PatternError as error:
            return Refusal(f"bad pattern: {error}")
        tree = self._graph.base if query.side == "base" else self._graph.head
        return self._page(query, listings.matches(tree, pattern, query.paths))

    def _page(self, query: Overview | Symbol | Neighbours | Search, lines: Iterable[str]) -> Reading:
        """As many lines as fit, from the query's `start` on."""
        start = max(query.start, 0)
        shown, cut = self._fitting(islice(lines, start, None))
        rest = replace(query, start=start + len(shown)) if cut else None
        return Reading(query, "\n".join(shown) or "nothing", rest=rest)

    def _fitting(self, lines: Iterable[str]) -> tuple[list[str], bool]:
        """The first lines that fit in one reading, at least one, and whether there are more."""
        shown: list[str] = []
        room = self._characters
        for line in lines:
            short = _shortened(_CONTROL.sub(_escaped, line) if "\n" in line else line)
            room -= len(short) + 1
            if room < 0 and shown:
                return shown, True
            shown.append(short)
        return shown, False


def hunk_text(hunk: Hunk) -> str:
    """What there is to read of a hunk: its lines with their marks, or the note of a hunk without lines."""
    return "\n".join(hunk.lines) or hunk.note


def _title(hunk: Hunk) -> str:
    ranges = f"-{hunk.base_start},{hunk.base_count} +{hunk.head_start},{hunk.head_count}"
    return f"hunk {hunk.id} {_CONTROL.sub(_escaped, hunk.path)} @@ {ranges} @@ {hunk.section}".rstrip()


def _escaped(match: re.Match[str]) -> str:
    """A control character of a file's name as C writes it: a name must not look like several lines."""
    return repr(match[0])[1:-1]


def _cut(text: str, start: int, room: int) -> int:
    """Where to end a piece of at most `room` characters (at least one): after its last line end, if it has one."""
    end = start + max(room, 1)
    newline = text.rfind("\n", start, end)
    return newline + 1 if newline >= start else end


def _shortened(line: str) -> str:
    return (
        line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} … {len(line) - _LONGEST_LINE} more characters"
    )
