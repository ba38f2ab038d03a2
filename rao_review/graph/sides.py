"""How the two sides of a change correspond: paths, hunks, lines."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import cached_property

from rao_review.graph.model import DefinitionRef
from rao_review.types import ChangeSet, FileChange, Hunk, Side, Tree


class Sides:
    """The two trees of a change, and what the diff says of how they correspond."""

    def __init__(self, change: ChangeSet, base: Tree, head: Tree) -> None:
        self.change = change
        self.base = base
        self.head = head
        self._by_path = {f.path: f for f in change.files}
        self._to_base = {f.head_path: f.base_path for f in change.files if f.head_path and f.base_path}
        self._to_head = {
            f.base_path: f.head_path for f in change.files if f.head_path and f.base_path and f.status != "copied"
        }
        self._changed: dict[Side, frozenset[str]] = {
            "base": frozenset(f.base_path for f in change.files if f.base_path),
            "head": frozenset(f.head_path for f in change.files if f.head_path),
        }
        self._hunks = {h.id: h for h in change.hunks()}

    def tree(self, side: Side) -> Tree:
        return self.base if side == "base" else self.head

    def hunk(self, hunk_id: str) -> Hunk:
        return self._hunks[hunk_id]

    def head_path(self, base_path: str) -> str:
        """Where a file of base is at head; the same path when it was not renamed."""
        return self._to_head.get(base_path) or base_path

    def base_path(self, head_path: str) -> str:
        """Where a file of head was at base; the same path when it was not renamed."""
        return self._to_base.get(head_path) or head_path

    def file(self, path: str) -> FileChange:
        """The changed file of this path (its head path, or the base path of a deleted one)."""
        return self._by_path[path]

    def hunk_at(self, path: str, side: Side, line: int) -> Hunk | None:
        """The hunk in which this line is an added (head) or removed (base) line."""
        hunk_id = self._hunk_ids.get((path, side), {}).get(line)
        return self._hunks[hunk_id] if hunk_id else None

    @cached_property
    def _hunk_ids(self) -> dict[tuple[str, Side], dict[int, str]]:
        found: dict[tuple[str, Side], dict[int, str]] = defaultdict(dict)
        for changed in self.change.files:
            for hunk in changed.hunks:
                if changed.base_path:
                    found[changed.base_path, "base"].update(
                        dict.fromkeys([n for n, _ in hunk.removed_lines()], hunk.id)
                    )
                if changed.head_path:
                    found[changed.head_path, "head"].update(dict.fromkeys([n for n, _ in hunk.added_lines()], hunk.id))
        return found

    def is_touched(self, path: str, side: Side, start: int, end: int) -> bool:
        """Whether the change touches any of the lines `start..end`."""
        numbers = self._touched.get((path, side), ())
        at = bisect_left(numbers, start)
        return at < len(numbers) and numbers[at] <= end

    @cached_property
    def _touched(self) -> dict[tuple[str, Side], list[int]]:
        return {place: sorted(lines) for place, lines in self._hunk_ids.items()}

    def other_line(self, path: str, side: Side, line: int) -> tuple[str, int] | None:
        """The same line on the other side; None when it is changed or that side has no such file."""
        mapping = self._to_base if side == "head" else self._to_head
        if path not in self._changed[side]:
            return (path, line) if path in self.tree("base" if side == "head" else "head").entries() else None
        other = mapping.get(path)
        if other is None or self.hunk_at(path, side, line) is not None:
            return None
        offset = 0
        changed = self._by_path[path if side == "head" else other]
        for hunk in changed.hunks:
            mine, theirs = (hunk.added, hunk.removed) if side == "head" else (hunk.removed, hunk.added)
            start = hunk.head_start if side == "head" else hunk.base_start
            count = hunk.head_count if side == "head" else hunk.base_count
            if start + count <= line:
                offset += theirs - mine
            elif start <= line:
                return other, _line_inside(hunk, side, line)
        return other, line + offset

    def _same_file(self, reference: DefinitionRef, side: Side) -> frozenset[str]:
        if reference.side == side:
            return frozenset((reference.path,))
        other = (self._to_head if side == "head" else self._to_base).get(reference.path)
        if other is None:
            return frozenset((reference.path,))
        if other != reference.path and reference.path not in self.tree(side).entries():
            return frozenset((reference.path, other))
        return frozenset((other,))


def _line_inside(hunk: Hunk, side: Side, line: int) -> int:
    """The other side's number of a context line of this hunk."""
    base, head = hunk.base_start, hunk.head_start
    for text in hunk.lines:
        mark = text[:1]
        if mark == " ":
            if (head if side == "head" else base) == line:
                return base if side == "head" else head
            base, head = base + 1, head + 1
        elif mark == "-":
            base += 1
        elif mark == "+":
            head += 1
    return line
