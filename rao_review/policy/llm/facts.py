"""What the dependency graph tells a node about its hunks: changed definitions with the places that use them, and what they use.

This is how a changed definition and its stale use come into one prompt though they lie in different files, one of them perhaps
outside the diff. What matters most comes first, so that a tight budget cuts the least: names that are gone, then changed headers,
then changed bodies; and of the uses those that the change has not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rao_review.graph.facts import Import
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionChange, DefinitionRef
from rao_review.types import Side

_ORDER = ("removed", "renamed", "moved", "signature", "body", "added")
_BROKEN = ("removed", "renamed", "moved", "signature")
_MOST_USES = {"removed": 24, "renamed": 24, "moved": 16, "signature": 24, "body": 4, "added": 0}
_MOST_AMBIGUOUS = 12
_LINE = 200
_Place = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know: a headline, and source lines as proof, the most telling first. `rank` orders facts, small first."""

    rank: int
    headline: str
    lines: tuple[str, ...]


class FactFinder:
    """Finds the facts about hunks.

    Args:
        graph: where they come from.
        reads: the source lines of a file; what stands there reaches the model.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._home: dict[str, list[DefinitionChange]] = {}
        for change in graph.changes():
            for hunk in change.hunks:
                self._home.setdefault(hunk, []).append(change)
        self._found: dict[tuple[str, ...], tuple[Fact, ...]] = {}

    def text(self, hunks: Sequence[str], room: int, size: Callable[[str], int]) -> str:
        """The facts about these hunks in at most `room` tokens by `size`; '' when there is nothing to say."""
        shown: list[str] = []
        left = room
        dropped = 0
        for fact in self._facts(hunks):
            lines = [fact.headline]
            cost = size(fact.headline) + 1
            if cost > left:
                dropped += 1
                continue
            for line in fact.lines:
                extra = size(line) + 1
                if cost + extra > left:
                    lines.append("  …")
                    break
                lines.append(f"  {line}")
                cost += extra
            left -= cost
            shown.extend(lines)
        if dropped:
            shown.append(f"({dropped} more facts do not fit: ask with `symbol` or `neighbours`)")
        return "\n".join(shown)

    def _facts(self, hunks: Sequence[str]) -> tuple[Fact, ...]:
        key = tuple(hunks)
        if key not in self._found:
            facts = [*self._own_changes(key), *self._needed_changes(key)]
            self._found[key] = tuple(sorted(facts, key=lambda f: (f.rank, not f.lines)))
        return self._found[key]

    # ── what these hunks change ──────────────────────────────────────────────────────────────────────────

    def _own_changes(self, hunks: Sequence[str]) -> Iterator[Fact]:
        inside = frozenset(hunks)
        seen: set[int] = set()
        for hunk in hunks:
            for change in self._home.get(hunk, ()):
                if id(change) not in seen and change.kind != "added":
                    seen.add(id(change))
                    uses = self._uses(change, inside)
                    if uses or change.kind in _BROKEN:
                        yield Fact(_ORDER.index(change.kind), _headline(change), tuple(uses))

    def _uses(self, change: DefinitionChange, inside: frozenset[str]) -> list[str]:
        """Source lines that use the definition and are not shown in the hunks themselves, untouched ones first."""
        reference = change.base or change.head
        assert reference is not None
        sure: list[_Place] = []
        doubtful: list[_Place] = []
        for use in self._graph.uses_of(reference):
            place = self._place(use.path, use.use.line, inside)
            if place is not None:
                (doubtful if use.confidence == "ambiguous" else sure).append(place)
        if change.kind in _BROKEN:
            for path, mention in self._graph.mentions(reference.definition.name, "head"):
                if isinstance(mention, Import):
                    place = self._place(path, mention.line, inside)
                    resolution = self._graph.resolution(path, "head", mention)
                    if place is not None and (
                        self._graph.leads_to(resolution, "head", reference) or not resolution.chain
                    ):
                        sure.append(place)
        home = reference.path.rpartition("/")[0]

        def nearness(place: _Place) -> tuple[int, int, str, int]:
            return place[0], 0 if place[1].startswith(home) else 1, place[1], place[2]

        most = _MOST_USES[change.kind]
        chosen = _spread(sorted(set(sure), key=nearness))[:most]
        if change.kind in _BROKEN:
            chosen += _spread(sorted(set(doubtful) - set(chosen), key=nearness))[
                : min(_MOST_AMBIGUOUS, most - len(chosen))
            ]
        maybe = set(doubtful) - set(sure)
        return [f"{'perhaps ' if p in maybe else ''}used at {self._source(p[1], 'head', p[2])}" for p in chosen]

    def _place(self, path: str, line: int, inside: frozenset[str]) -> _Place | None:
        """(0 untouched or 1 touched by the change, path, line); None when it stands in the hunks that are shown."""
        hunk = self._graph.hunk_at(path, "head", line)
        if hunk is not None and hunk.id in inside:
            return None
        return (0 if hunk is None else 1), path, line

    # ── what these hunks need ────────────────────────────────────────────────────────────────────────────

    def _needed_changes(self, hunks: Sequence[str]) -> Iterator[Fact]:
        """Definitions that other hunks change and these use: their header before and after."""
        inside = frozenset(hunks)
        wanted: dict[tuple[str, str], None] = {}
        for edge in self._graph.neighbours(hunks):
            if edge.source in inside:
                wanted[edge.target, edge.name] = None
        seen: set[int] = set()
        for target, name in wanted:
            for change in self._home.get(target, ()):
                if change.name == name and id(change) not in seen:
                    seen.add(id(change))
                    rank = _ORDER.index(change.kind) if change.kind in _BROKEN else len(_ORDER) + 1
                    yield Fact(rank, f"used here, changed elsewhere: {_headline(change)}", ())

    def _source(self, path: str, side: Side, line: int) -> str:
        lines = self._graph.lines(path, side)
        text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return f"{path}:{line}: {text[:_LINE]}"


def _headline(change: DefinitionChange) -> str:
    """What happened to a definition, with its header on both sides where it differs."""
    before, after = change.base, change.head
    if before is not None and after is not None:
        same = before.definition.signature == after.definition.signature and before.path == after.path
        if same:
            return (
                f"{change.kind} changed: {_where(after)}"
                if change.kind == "body"
                else f"{change.kind}: {_where(after)}"
            )
        return f"{change.kind} changed: - {_where(before)}\n  + {_where(after)}"
    reference = before or after
    assert reference is not None
    return f"{change.kind}: {'- ' if before is not None else '+ '}{_where(reference)}"


def _where(reference: DefinitionRef) -> str:
    definition = reference.definition
    return f"{reference.path}:{definition.line}: {(definition.signature or definition.qualname)[:_LINE]}"


def _spread(places: Sequence[_Place]) -> list[_Place]:
    """Of each kind of place, first one of every file, then the second ones, and so on: one busy file does not hide the others."""
    spread: list[_Place] = []
    for touched in (0, 1):
        by_file: dict[str, list[_Place]] = {}
        for place in places:
            if place[0] == touched:
                by_file.setdefault(place[1], []).append(place)
        for row in zip_longest(*by_file.values()):
            spread.extend(p for p in row if p is not None)
    return spread
