"""What the in-hunk rules share: the new lines that are worth a look, and findings that point at one of them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

from rao_review.graph import languages
from rao_review.graph.files import AHEAD
from rao_review.graph.graph import Graph
from rao_review.policy.rules import evidence
from rao_review.types import Check, Finding, HashCheck, Hunk, RegexCheck, Related, Severity, Side

if TYPE_CHECKING:
    from rao_review.policy.rules.rule import Rule

T = TypeVar("T")
LONGEST_LINE = 2000
"""Longer lines are data or minified; no rule looks into them, so that no pattern takes long on hostile ones."""


@dataclass(frozen=True, slots=True)
class Spot:
    """An added line: its text without line ending, and the hunk that adds it."""

    hunk: Hunk
    line: int
    text: str

    @property
    def path(self) -> str:
        return self.hunk.path


def per_graph(work_out: Callable[[Graph], T]) -> Callable[[Graph], T]:
    """Remembers the answer for a graph as long as the graph lives."""
    known: WeakKeyDictionary[Graph, T] = WeakKeyDictionary()

    def remembered(graph: Graph) -> T:
        if graph not in known:
            known[graph] = work_out(graph)
        return known[graph]

    return remembered


@per_graph
def removed_texts(graph: Graph) -> frozenset[str]:
    """The stripped text of every line that the change removes anywhere."""
    return frozenset(line[1:].strip() for hunk in graph.change.hunks() for line in hunk.lines if line[:1] == "-")


@dataclass(frozen=True, slots=True)
class _Fresh:
    """The added lines of a hunk that are no data and were not removed elsewhere: numbered, and in one text."""

    lines: Sequence[tuple[int, str]]
    text: str


@per_graph
def _fresh_lines(graph: Graph) -> dict[str, _Fresh]:
    """By hunk id, for the hunks of the file looked at last: its rules come one after the other."""
    return {}


def _fresh(graph: Graph, hunk: Hunk) -> _Fresh:
    known = _fresh_lines(graph)
    found = known.get(hunk.id)
    if found is None:
        if known and graph.hunk(next(iter(known))).path != hunk.path:
            known.clear()
        removed = removed_texts(graph)
        added = [(number, text) for number, text in hunk.added_lines() if len(text) <= LONGEST_LINE]
        lines = [(number, text) for number, text in added if text.strip() not in removed]
        found = known[hunk.id] = _Fresh(lines, "\n".join([text for _, text in lines]))
    return found


@per_graph
def added_texts(graph: Graph) -> frozenset[str]:
    """The stripped text of every line that the change adds anywhere."""
    return frozenset(line[1:].strip() for hunk in graph.change.hunks() for line in hunk.lines if line[:1] == "+")


def new_spots(
    graph: Graph,
    hunks: Sequence[Hunk],
    looks: Callable[[str], object],
    words: Sequence[str],
    wanted: Container[str] = (),
) -> Iterator[Spot]:
    """Added lines that look right and were not merely moved or indented from somewhere else in the change.

    Args:
        looks: a fast look at the text of one line; anything truthy means yes.
        words: a line that looks right has one of these in it; most hunks have none and are passed over whole.
        wanted: only files of these languages; () for any file.
    """
    for hunk in hunks:
        if not hunk.added or (wanted and language_of(hunk.path) not in wanted):
            continue
        fresh = _fresh(graph, hunk)
        if any(word in fresh.text for word in words):
            yield from [Spot(hunk, number, text.rstrip("\r")) for number, text in fresh.lines if looks(text)]


@per_graph
def _base_paths(graph: Graph) -> dict[str, str]:
    return {f.path: f.base_path or f.path for f in graph.change.files}


def base_path_of(graph: Graph, hunk: Hunk) -> str:
    """The path at base of the file of a hunk."""
    return _base_paths(graph).get(hunk.path, hunk.path)


@lru_cache(maxsize=1 << 14)
def language_of(path: str) -> str:
    """The language of a file of head by its name; '' when it is no source that we read. Decodes no facts."""
    return languages.language_of(path) or ""


def read_ahead(graph: Graph, paths: Sequence[str], side: Side) -> Iterator[str]:
    """The same paths, with the texts of the next ones always at hand."""
    for start in range(0, len(paths), AHEAD):
        window = paths[start : start + AHEAD]
        graph.read_ahead(window, side)
        yield from window


def line_checks(graph: Graph, path: str, line: int, pattern: str = "") -> tuple[Check, ...]:
    """The line is there, in a file that is byte for byte this one. `pattern` (RE2) replaces the text of the whole line."""
    text = pattern or evidence.line_pattern(evidence.quote(graph, path, "head", line))
    checks: list[Check] = [RegexCheck(text, path, "head", line, line)]
    entry = graph.head.entries().get(path)
    if entry is not None and entry.oid:
        checks.append(HashCheck(path, entry.oid))
    return tuple(checks)


def at_spot(
    graph: Graph,
    rule: Rule,
    spot: Spot,
    title: str,
    body: str,
    *,
    symbol: str = "",
    severity: Severity | None = None,
    related: Sequence[Related] = (),
    pattern: str = "",
) -> Finding:
    """A finding at an added line."""
    return evidence.finding(
        rule,
        evidence.use_anchor(graph, spot.path, spot.line),
        title,
        body,
        checks=line_checks(graph, spot.path, spot.line, pattern),
        related=related,
        hunks=(spot.hunk.id,),
        symbol=symbol,
        severity=severity,
    )
