"""The dependency graph of a change: which definitions changed, who uses them, and which hunks need each other.

Facts of the changed files are parsed on both sides. For the rest of the repository a text search finds the files that contain a
changed name, and only those are parsed. Everything else is looked up on demand, so a question about any name has a complete answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from rao_review.graph.changes import definition_changes, names_to_find
from rao_review.graph.edges import EdgeFinder
from rao_review.graph.importers import module_word
from rao_review.graph.model import DefinitionChange, Edge, ResolvedUse, Slice
from rao_review.graph.names import PASSING_ON, Names
from rao_review.types import Impact


class Graph(Names):
    """Answers about one change. Safe to share between nodes: it only reads, and memory only grows by caching.

    Only the facts of the changed files are read at once; everything else when it is asked for, or by `prepare`.

    Args:
        change: the change, with skips marked.
        base, head: the two trees.
        store: where facts come from.
    """

    def prepare(self) -> None:
        """Looks up in one go what a review will ask: every question does that by itself, all of them together much more slowly.

        That is what changed, and the files that contain a name of it; nothing is asked of files that are skipped.
        """
        self._sources.keep_touched_uses()
        reviewed = {hunk.id for hunk in self.change.reviewable()}
        self.find(names_to_find([c for c in self._all_changes if not reviewed.isdisjoint(c.hunks)]))
        lost: dict[str, set[str]] = {}
        gone: set[str] = set()
        for base, head in (
            (f.base_path, f.head_path) for f in self.change.files if not f.skip and f.status != "copied"
        ):
            if base and head:
                lost[head] = self.lost_names(base)
            if base and base not in self.head.entries():
                facts = self.scope_facts(base, "base")
                gone.update({module_word(base)} if facts and facts.language in PASSING_ON else ())
        self._importers.prepare(lost, gone)
        self._sources.rest()

    # ── changes ──────────────────────────────────────────────────────────────────────────────────────────

    def changes(self, hunks: Iterable[str] | None = None) -> Sequence[DefinitionChange]:
        """What the change did to definitions: all, or those that these hunks cause (a change belongs to its first hunk)."""
        if hunks is None:
            return self._all_changes
        return [c for h in hunks for c in self._changes_by_hunk.get(h, ())]

    @cached_property
    def _all_changes(self) -> Sequence[DefinitionChange]:
        return definition_changes(self.change.files, self.scope_facts)

    @cached_property
    def removed(self) -> frozenset[tuple[str, str]]:
        """(base path, qualified name) of every definition that is gone and has no copy elsewhere."""
        gone = (c.base for c in self._all_changes if c.kind == "removed" and c.base is not None)
        return frozenset((r.path, r.definition.qualname) for r in gone)

    @cached_property
    def _changes_by_hunk(self) -> dict[str, list[DefinitionChange]]:
        grouped: dict[str, list[DefinitionChange]] = defaultdict(list)
        for change in self._all_changes:
            for hunk in change.hunks[:1]:
                grouped[hunk].append(change)
        return grouped

    # ── hunks ────────────────────────────────────────────────────────────────────────────────────────────

    def edges(self) -> Sequence[Edge]:
        """Hunk ↔ hunk dependencies: a changed line of `source` uses a definition that `target` changes. Sorted, no self-loops."""
        return self._edges

    @cached_property
    def edges_by_source(self) -> Mapping[str, Sequence[Edge]]:
        """The same by the hunk that needs another."""
        found: dict[str, list[Edge]] = defaultdict(list)
        for edge in self._edges:
            found[edge.source].append(edge)
        return found

    @cached_property
    def _edges(self) -> list[Edge]:
        finder = EdgeFinder(
            self._all_changes, self._hunk_ids, self._sources, self.resolution, self._stays, self._same_file
        )
        return finder.edges()

    def neighbours(self, hunks: Iterable[str]) -> Sequence[Edge]:
        """The edges with exactly one end in `hunks`."""
        inside = frozenset(hunks)
        return [e for e in self._edges if (e.source in inside) != (e.target in inside)]

    def slice(self, hunk: str) -> Slice:
        """What a reader of one hunk should have beside it."""
        subject = self._hunks[hunk]
        changed = self._by_path[subject.path]
        enclosing = None
        if changed.head_path and (added := next(subject.added_lines(), None)):
            enclosing = self.enclosing(changed.head_path, "head", added[0])
        elif changed.base_path and (removed := next(subject.removed_lines(), None)):
            enclosing = self.enclosing(changed.base_path, "base", removed[0])
        targets = {e.target for e in self._edges if e.source == hunk}
        used = [c.head or c.base for t in sorted(targets) for c in self._changes_by_hunk.get(t, ())]
        names = {e.name for e in self._edges if e.source == hunk}
        affects: list[ResolvedUse] = []
        for change in self._changes_by_hunk.get(hunk, ()):
            reference = change.base or change.head
            if reference is not None and change.kind != "added":
                affects += [u for u in self.uses_of(reference) if u.confidence != "ambiguous"]
        return Slice(
            hunk, enclosing, tuple(r for r in used if r is not None and r.definition.name in names), tuple(affects)
        )

    def impacts(self, hunks: Iterable[str] | None = None) -> Sequence[Impact]:
        """Changed definitions with their uses on lines that the change does not touch."""
        found = []
        changes = self.changes(hunks)
        self.find(change.name for change in changes if change.kind != "added")
        for change in changes:
            reference = change.base or change.head
            if reference is None or change.kind == "added":
                continue
            uses = [(u.path, u.use.line) for u in self.uses_of(reference) if u.confidence != "ambiguous"]
            outside = sorted({(p, n) for p, n in uses if self.hunk_at(p, "head", n) is None})
            if outside:
                shown = change.head or reference
                found.append(Impact(change.name, shown.path, shown.definition.line, tuple(outside)))
        return found
