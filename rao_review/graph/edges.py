"""Which hunks need each other: a changed line of one uses a definition that another changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rao_review.graph.facts import Import, Use
from rao_review.graph.model import DefinitionChange, DefinitionRef, Edge, EdgeKind
from rao_review.graph.places import Resolution
from rao_review.graph.sources import Sources
from rao_review.types import Side

_USE_KINDS: Mapping[str, EdgeKind] = {"call": "calls", "inherit": "inherits"}

Row = tuple[str, str, EdgeKind, str]


class EdgeFinder:
    """Finds the edges among the hunks of one change.

    Args:
        changes: what the change did to definitions.
        hunk_ids: (path, side) → changed line → hunk id.
        sources: the facts of the changed files.
        resolution: the look-up chain of a use or an import on a side.
        stays: whether a bare name in a file on a side can only mean something in that file.
        same_file: the paths on a side under which a definition's file is known.
    """

    def __init__(
        self,
        changes: Sequence[DefinitionChange],
        hunk_ids: Mapping[tuple[str, Side], Mapping[int, str]],
        sources: Sources,
        resolution: Callable[[str, Side, Use | Import], Resolution],
        stays: Callable[[str, Side, str], bool],
        same_file: Callable[[DefinitionRef, Side], frozenset[str]],
    ) -> None:
        self._changes = changes
        self._hunk_ids = hunk_ids
        self._sources = sources
        self._resolution = resolution
        self._stays = stays
        self._places: dict[Side, dict[str, list[tuple[frozenset[str], DefinitionChange]]]] = {}
        for side in ("base", "head"):
            self._places[side] = self._places_of(side, same_file)
        self._names = frozenset(q.rpartition(".")[2] for places in self._places.values() for q in places)
        self._at = frozenset(self._names_with_paths())

    def edges(self) -> list[Edge]:
        """All edges, sorted, each once; no hunk leads to itself."""
        found: set[Row] = set()
        for change in self._changes:
            kind: EdgeKind = "moved" if change.kind in ("moved", "renamed") else "same_definition"
            found.update((change.hunks[0], other, kind, change.name) for other in change.hunks[1:])
        for (path, side), lines in self._hunk_ids.items():
            found.update(self._from_file(path, side, lines))
        return [Edge(*row) for row in sorted(found)]

    def _from_file(self, path: str, side: Side, lines: Mapping[int, str]) -> Iterator[Row]:
        done: set[tuple[str, str, str, str, str]] = set()
        for use in self._sources.take_touched_uses(path, side):
            if use.name not in self._names or self._means_nothing_changed(path, side, use):
                continue
            source = lines[use.line]
            key = (source, use.name, use.receiver, use.scope, use.kind)
            if key not in done:
                done.add(key)
                yield from self._targets(
                    source, side, self._resolution(path, side, use), _USE_KINDS.get(use.kind, "uses")
                )
        facts = self._sources.scopes(path, side)
        for item in facts.imports if facts else ():
            importing = lines.get(item.line)
            if importing is not None:
                yield from self._targets(importing, side, self._resolution(path, side, item), "imports")

    def _means_nothing_changed(self, path: str, side: Side, use: Use) -> bool:
        """A cheap look that spares most bare names their resolution."""
        return not use.receiver and (side, path, use.name) not in self._at and self._stays(path, side, use.name)

    def _targets(self, source: str, side: Side, resolution: Resolution, kind: EdgeKind) -> Iterator[Row]:
        places = self._places[side]
        for place in resolution.chain:
            for paths, change in places.get(place.qualname, ()):
                if change.hunks[0] != source and not paths.isdisjoint(place.files):
                    yield source, change.hunks[0], kind, change.name

    def _names_with_paths(self) -> Iterator[tuple[Side, str, str]]:
        """(side, path, name) of the changed definitions."""
        for side, places in self._places.items():
            for qualname, changed in places.items():
                for paths, _ in changed:
                    yield from ((side, path, qualname.rpartition(".")[2]) for path in paths)

    def _places_of(
        self, side: Side, same_file: Callable[[DefinitionRef, Side], frozenset[str]]
    ) -> dict[str, list[tuple[frozenset[str], DefinitionChange]]]:
        """qualified name → the files where a changed definition of that name is or was, and the change."""
        found: dict[str, list[tuple[frozenset[str], DefinitionChange]]] = defaultdict(list)
        for change in self._changes:
            for reference in _references(change, side) if change.hunks else ():
                found[reference.definition.qualname].append((same_file(reference, side), change))
        return found


def _references(change: DefinitionChange, side: Side) -> Iterable[DefinitionRef]:
    """The definition as that side knows it: its own, else the other side's."""
    own, other = (change.head, change.base) if side == "head" else (change.base, change.head)
    return [own] if own is not None else [other] if other is not None else []
