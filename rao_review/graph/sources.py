"""The facts of both sides by path: loaded in bulk for the changed files, on demand for any other, decoded no further than needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from rao_review.graph.facts import FileFacts, Import, Use
from rao_review.graph.store import Store
from rao_review.graph.survey import FactsByPath, Survey
from rao_review.types import Side, Tree

_NONE = FactsByPath({}, {})
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
        self._bulk: dict[Side, list[FactsByPath]] = {
            side: [store.facts(tree, sorted(changed[side]), searched=side == "head")] for side, tree in trees.items()
        }
        self._single: dict[tuple[str, Side], FactsByPath] = {}
        self._scopes: dict[tuple[str, Side], FileFacts | None] = {}
        self._touched_uses: dict[tuple[str, Side], tuple[Use, ...]] = {}
        self._keeps_touched_uses = False
        self._imports: dict[str, Sequence[Import]] = {}
        self._unsearched: dict[str, str] = {}

    def survey(self, names: Collection[str]) -> Survey:
        """Which files of head contain which of `names`."""
        survey = self._store.survey(self._trees["head"], names)
        self._bulk["head"].append(survey.facts)
        self._unsearched.update(survey.unsearched)
        return survey

    def read(self, paths: Iterable[str]) -> None:
        """Reads the facts of these files of head, as far as they are not read yet."""
        missing = sorted(path for path in paths if not any(path in mapping for mapping in self._bulk["head"]))
        if missing:
            self._bulk["head"].append(self._store.facts(self._trees["head"], missing))

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
        if self.is_unchanged(path):
            side = "head"
        key = (path, side)
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
        if side == "base" and self.is_unchanged(path):
            side = "head"
        for mapping in self._bulk[side]:
            if path in mapping:
                return mapping
        if path in self._changed[side] or path not in self._trees[side].entries():
            return _NONE
        key = (path, side)
        if key not in self._single:
            self._single[key] = self._store.facts(self._trees[side], [path])
        return self._single[key]
