"""The facts of both sides by path: loaded in bulk for the changed files, on demand for any other, decoded no further than needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from rao_review.graph.facts import FileFacts, Import, Use
from rao_review.graph.store import Store
from rao_review.graph.survey import FactsByPath, Survey
from rao_review.types import Side, Tree

_BROKEN = "syntax errors"
_FRAGMENT = "only what the patch shows is known"


class Sources:
    """Facts of a path on a side. A file that is the same on both sides is kept once, as head's.

    Args:
        trees: the two sides.
        changed: the changed paths of each side; they are loaded at once.
        touched: (path, side) → its changed lines.
        store: where facts come from.
    """

    def __init__(
        self,
        trees: Mapping[Side, Tree],
        changed: Mapping[Side, frozenset[str]],
        touched: Mapping[tuple[str, Side], Collection[int]],
        store: Store,
    ) -> None:
        self._trees = trees
        self._changed = changed
        self._touched = touched
        self._store = store
        self._facts: dict[Side, FactsByPath] = {
            side: store.facts(tree, sorted(changed[side]), searched=side == "head") for side, tree in trees.items()
        }
        self._missing: dict[Side, set[str]] = {
            side: {p for p in changed[side] if p not in self._facts[side]} for side in trees
        }
        """Paths that have no facts: there is no such file, or it is in no language we read."""
        self._scopes: dict[tuple[str, Side], FileFacts | None] = {}
        self._touched_uses: dict[tuple[str, Side], tuple[Use, ...]] = {}
        self._keeps_touched_uses = False
        self._imports: dict[str, Sequence[Import]] = {}
        self._unsearched: dict[str, str] = {}

    def survey(self, names: Collection[str]) -> Survey:
        """Which files of head contain which of `names`."""
        survey = self._store.survey(self._trees["head"], names)
        self._facts["head"].add(survey.facts)
        self._unsearched.update(survey.unsearched)
        return survey

    def read(self, paths: Iterable[str], side: Side = "head") -> None:
        """Reads the facts of these files, as far as they are not read yet: of many at once, several processes parse what is new."""
        wanted: dict[Side, list[str]] = {"base": [], "head": []}
        for path in paths:
            place = self._side(path, side)
            if path not in self._facts[place] and path not in self._missing[place]:
                wanted[place].append(path)
        for place, new in wanted.items():
            if new:
                there = self._trees[place].entries()
                facts = self._facts[place]
                facts.add(self._store.facts(self._trees[place], sorted(path for path in new if path in there)))
                self._missing[place].update(path for path in new if path not in facts)

    def imports(self, path: str) -> Sequence[Import]:
        """The imports of a file of head; kept."""
        if path not in self._imports:
            facts = self.on_lines(path, "head", ())
            self._imports[path] = facts.imports if facts else ()
        return self._imports[path]

    def full(self, path: str, side: Side) -> FileFacts | None:
        """All facts; None when there is no such file or it is in no language we read."""
        return self._mapping(path, side).get(path)

    def scopes(self, path: str, side: Side) -> FileFacts | None:
        """The same without the uses; kept, so that asking again costs nothing."""
        key = (path, self._side(path, side))
        if key not in self._scopes:
            touched = self._touched.get(key, ()) if self._keeps_touched_uses else ()
            found = self._mapping(path, side).scopes(path, touched)
            if found is not None and touched:
                self._touched_uses[key] = found.uses
                found = replace(found, uses=())
            if found is not None and found.unknown:
                self._unsearched[path] = found.unknown
            self._scopes[key] = found
        return self._scopes[key]

    def keep_touched_uses(self) -> None:
        """From now on the uses on changed lines are read along with the rest of a file: they will be asked for."""
        self._keeps_touched_uses = True

    def rest(self) -> None:
        """To be called when most of the work is done; see `Store.rest`."""
        self._store.rest()

    def take_touched_uses(self, path: str, side: Side) -> Sequence[Use]:
        """The uses on the changed lines of a file. What was kept of them is given away, so that it takes no more room."""
        self.scopes(path, side)
        kept = self._touched_uses.pop((path, side), None)
        if kept is not None:
            return kept
        facts = self.on_lines(path, side, self._touched.get((path, side), ()))
        return facts.uses if facts else ()

    def on_lines(self, path: str, side: Side, lines: Collection[int]) -> FileFacts | None:
        """Only the uses on these lines, and the imports."""
        return self._mapping(path, side).on_lines(path, lines)

    def is_unchanged(self, path: str) -> bool:
        """Whether head has the file just as base has it."""
        return (
            path not in self._changed["base"]
            and path not in self._changed["head"]
            and path in self._trees["head"].entries()
        )

    @property
    def unknown(self) -> Mapping[str, str]:
        """Files looked at or searched whose facts are missing or partial, and why."""
        return {path: self._reason(path, why) for path, why in sorted(self._unsearched.items())}

    def _reason(self, path: str, why: str) -> str:
        """What a patch shows of a file that was there before is a fragment: that it does not parse says nothing of the file."""
        base = self._trees["base"]
        return _FRAGMENT if why == _BROKEN and base.partial and path in base.entries() else why

    def note_unknown(self, path: str, facts: FileFacts) -> None:
        """Remembers a file of a survey that could not be understood."""
        if facts.unknown:
            self._unsearched[path] = facts.unknown

    def _mapping(self, path: str, side: Side) -> FactsByPath:
        self.read([path], side)
        return self._facts[self._side(path, side)]

    def _side(self, path: str, side: Side) -> Side:
        """Where the facts of a path are kept: those of base with head's when the change left the file alone."""
        return "head" if self.is_unchanged(path) else side
