"""Near-identical blocks of which the change edits only some."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from rao_review.graph.facts import Definition
from rao_review.graph.graph import Graph
from rao_review.graph.table import CLASS_KINDS
from rao_review.policy.rules import evidence
from rao_review.policy.rules.edits import Edit, anchored, edits_of, has_substance, is_code, is_comment, is_semantic
from rao_review.policy.rules.hunk_evidence import base_path_of, language_of, line_checks, per_graph, read_ahead
from rao_review.policy.rules.mirrors import mirrored
from rao_review.policy.rules.paths import is_product
from rao_review.policy.rules.siblings import Copy, copies_of, telling_name
from rao_review.policy.rules.twins import twins_of
from rao_review.types import Check, Finding, Hunk, RegexCheck, Related, Severity

EditKey = tuple[str, tuple[str, ...], tuple[str, ...]]
_ASSIGNMENT = re.compile(r"[\w.]+(\s*:\s*[^=]+)?\s*=[^=]")
_ANNOTATION = re.compile(r"@\w|#!?\[")
_MOST_COPIES = 3
_LARGEST_HUNK = 200
_MOST_FAMILIES = 100
_LONGEST_HEADER = 30
_MOST_SHIFTS = 20
_MOST_HUNKS_TO_SEARCH_ALL = 60
_MOST_COMPARED = 12
_NEARBY = 8


@dataclass(frozen=True, slots=True)
class _Left:
    """A copy that was left, and the edits of the others."""

    members: Sequence[Edit]
    copy: Copy

    @property
    def origin(self) -> str:
        """The file of the first edit."""
        return self.members[0].hunk.path

    @property
    def is_last_of_its_file(self) -> bool:
        """Whether the same edit was made three times in the file of the copy."""
        return {edit.hunk.path for edit in self.members[2:]} == {self.copy.path}


class SiblingEdit:
    id = "sibling-edit"
    severity = Severity.INFO
    category = "correctness"
    summary = "Copies of the same block are edited, and one of them was left as it was."
    explanation = """\
The repository holds the same code several times, and the change edits some of the copies in the same way but not all. Often the
one that was left has the fault that the others are cured of.

    def ship_by_air(order):              def ship_by_sea(order):         # untouched
    -   if order.weight > LIMIT:             if order.weight > LIMIT:
    +   if order.weight >= LIMIT:                raise TooHeavy(order)
            raise TooHeavy(order)

*low* when the same edit was made three times in a file and one more copy in it is left. *info* when it was made at two or more copies
elsewhere, or when one of two functions that were the same to the letter was edited: such copies are often left on purpose. Renames,
imports, comments, docstrings, moved blocks and layout do not count, tests are left alone, and a file that repeats another as a whole
(a generated mirror, a bundle) counts with that one.

To silence it: put `rao-review: ignore[sibling-edit]` in a comment on the line that is meant to stay.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        families = _families(graph)
        of_hunk = _edits(graph)
        edits = (edit for hunk in hunks for edit in of_hunk.get(hunk.id, ()))
        firsts = (members for e in edits if (members := families[_key(e)])[0] == e)
        left: dict[tuple[str, str, str], list[_Left]] = defaultdict(list)
        seen: set[tuple[str, int]] = set()
        searched = 0
        for members in firsts:
            searched += len(members) > 1
            if len(members) > 1 and searched > _MOST_FAMILIES:
                continue
            apart = _apart(graph, members)
            found = self._left_copies(graph, members, apart) if len(apart) > 1 else self._left_twins(graph, members[0])
            for one in islice(found, _MOST_COPIES):
                place = (one.copy.path, one.copy.line)
                if place in seen:
                    continue
                seen.add(place)
                left[one.origin, one.copy.path, one.copy.symbol or str(one.copy.line)].append(one)
        for together in left.values():
            yield self._finding(graph, together)

    def _left_copies(self, graph: Graph, members: Sequence[Edit], apart: Sequence[Edit]) -> Iterator[_Left]:
        for copy in _unmirrored(graph, copies_of(graph, members)):
            if _is_in_test(copy) or _is_meant(members[0], copy) or _has_it_nearby(graph, members, copy):
                continue
            if not any(_is_misaligned(graph, edit) for edit in members):
                yield _Left(apart, copy)

    def _left_twins(self, graph: Graph, edit: Edit) -> Iterator[_Left]:
        for copy in _unmirrored(graph, twins_of(graph, edit, everywhere=_is_small(graph))):
            if not (_is_in_test(copy) or _is_meant(edit, copy) or _is_misaligned(graph, edit)):
                yield _Left((edit,), copy)

    def _finding(self, graph: Graph, left: Sequence[_Left]) -> Finding:
        """One finding for all that one file's edits left in one function."""
        members, copy = left[0].members, left[0].copy
        first = members[0]
        others = sorted({one.copy.line for one in left} - {copy.line})
        done = (
            f"{len(members)} copies of this block"
            if len(members) > 1
            else f"the copy of this block in `{first.hunk.path}`"
        )
        where = f" of `{copy.symbol}`" if copy.symbol else ""
        checks: list[Check] = list(line_checks(graph, copy.path, copy.line))
        if first.added:
            checks.append(
                RegexCheck(
                    evidence.line_pattern(first.added[0]),
                    first.hunk.path,
                    "head",
                    first.head_line,
                    first.head_line + len(first.added),
                )
            )
        return evidence.finding(
            self,
            evidence.use_anchor(graph, copy.path, copy.line),
            f"The change edits {done} but not this one{where}",
            f"These lines{where} were the same as the ones that the change edits in `{first.hunk.path}` (line {first.head_line}), "
            f"and still are as they were{_also(others)}. "
            "If the edit cures a fault, this copy still has it. Make the same edit here, or share the code.",
            checks=checks,
            related=[Related(e.hunk.path, "head", e.head_line, "edited here") for one in left for e in one.members][:5],
            hunks=[first.hunk.id],
            symbol=copy.symbol,
            severity=Severity.LOW if any(one.is_last_of_its_file for one in left) else Severity.INFO,
        )


def _also(lines: Sequence[int]) -> str:
    """' (so are lines 3 and 5)'."""
    if not lines:
        return ""
    named = f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}" if len(lines) > 1 else str(lines[0])
    return f" (so {'are lines' if len(lines) > 1 else 'is line'} {named})"


@per_graph
def _edits(graph: Graph) -> Mapping[str, Sequence[Edit]]:
    """Hunk id → its edits of product source that can have siblings; hunks without any left out."""
    files = [f for f in graph.change.files if not f.skip and is_product(f.path) and language_of(f.path)]
    known = [(f, path) for f in files if language_of(path := f.base_path or f.path) and path in graph.base.entries()]
    found: dict[str, Sequence[Edit]] = {}
    for (changed, _), path in zip(known, read_ahead(graph, [path for _, path in known], "base"), strict=True):
        file = _File(graph, path, changed.hunks)
        found.update((h.id, edits) for h in changed.hunks if (edits := file.edits(h)))
    return found


class _File:
    """A changed file of product source.

    Args:
        path: at base.
        hunks: all of its hunks.
    """

    def __init__(self, graph: Graph, path: str, hunks: Sequence[Hunk]) -> None:
        self._graph = graph
        self._path = path
        self._lines = graph.lines(path, "base")
        self._added = Counter(text.strip() for hunk in hunks for _, text in hunk.added_lines())
        quotes = enumerate(self._lines, 1) if path.endswith(".py") else ()
        self._docstring_ends = [number for number, line in quotes if '"""' in line and line.count('"""') % 2]

    def edits(self, hunk: Hunk) -> list[Edit]:
        if hunk.removed + hunk.added > _LARGEST_HUNK:
            return []
        pairs = ((edit, anchored(edit, self._lines)) for edit in edits_of(hunk))
        return [
            whole
            for edit, whole in pairs
            if is_semantic(whole) and not _in_header(self._graph, self._path, whole) and not self._says_nothing(edit)
        ]

    def _says_nothing(self, edit: Edit) -> bool:
        """Whether an edit is in a docstring, only adds comments, annotations, assignments or whole definitions (a new feature of its
        place), or moves lines in its file."""
        if bisect_left(self._docstring_ends, edit.base_line) % 2:
            return True
        if not edit.removed:
            plain = all(_ASSIGNMENT.match(text) or is_comment(text) or _ANNOTATION.match(text) for text in edit.added)
            return plain or self._opens(edit) or self._defines(edit)
        own = Counter(edit.added)
        return all(self._added[text] > own[text] for text in edit.removed)

    def _opens(self, edit: Edit) -> bool:
        """Whether a class begins in the code that an edit inserts and ends behind it: the lines around it only changed their class."""
        facts = self._graph.scope_facts(edit.hunk.path, "head")
        kinds = (d for d in facts.definitions if d.kind in CLASS_KINDS) if facts else ()
        return any(edit.head_line <= d.start_line <= edit.head_end < d.end_line for d in kinds)

    def _defines(self, edit: Edit) -> bool:
        """Whether the code that an edit inserts is all of new definitions; which of two equal lines is the new one does not matter."""
        path, first, last = edit.hunk.path, edit.head_line, edit.head_end
        facts, lines = self._graph.scope_facts(path, "head"), self._graph.lines(path, "head")
        around = (
            [d for d in facts.definitions if d.start_line <= last + _MOST_SHIFTS and d.end_line >= first - _MOST_SHIFTS]
            if facts
            else []
        )
        while first > 1 and edit.head_line - first < _MOST_SHIFTS and lines[first - 2] == lines[last - 1]:
            first, last = first - 1, last - 1
        while not _are_definitions(lines, around, first, last):
            if last >= len(lines) or last - edit.head_end >= _MOST_SHIFTS or lines[first - 1] != lines[last]:
                return False
            first, last = first + 1, last + 1
        return True


def _are_definitions(lines: Sequence[str], definitions: Sequence[Definition], first: int, last: int) -> bool:
    """Whether all code of some lines is of definitions that begin and end in them."""
    code = {n for n in range(first, last + 1) if is_code(lines[n - 1])}
    for one in definitions:
        if first <= one.start_line and one.end_line <= last:
            code.difference_update(range(one.start_line, one.end_line + 1))
    return not code


def _is_meant(edit: Edit, copy: Copy) -> bool:
    """Whether the edit makes its place use the copy (`dict(Base.defaults, …)` beside `Base.defaults`), or no longer name it: a copy
    that names itself is the original."""
    changed = evidence.names_in(" ".join(edit.added)) ^ evidence.names_in(" ".join(edit.removed))
    return not changed.isdisjoint(copy.symbol.split("."))


def _has_it_nearby(graph: Graph, members: Sequence[Edit], copy: Copy) -> bool:
    """Whether the change inserts the same lines a little above or below the copy, in the same definition: beside other lines there."""
    first = members[0]
    if not first.inserted:
        return False
    own = {n for edit in members if edit.hunk.path == copy.path for n in range(edit.head_line, edit.head_end + 1)}
    hunks = (hunk for file in graph.change.files if file.path == copy.path for hunk in file.hunks)
    added = ((n, text) for hunk in hunks for n, text in hunk.added_lines() if n not in own)
    around = graph.enclosing(copy.path, "head", copy.line)
    near = {
        text.strip()
        for n, text in added
        if abs(n - copy.line) <= _NEARBY and graph.enclosing(copy.path, "head", n) == around
    }
    return near.issuperset(Counter(first.added) - Counter(first.removed))


def _is_in_test(copy: Copy) -> bool:
    """Whether a copy is in the tests that a Rust file holds of itself."""
    return copy.path.endswith(".rs") and copy.symbol.partition(".")[0] in ("test", "tests")


def _is_misaligned(graph: Graph, edit: Edit) -> bool:
    """Whether the removed lines are of one function and the added ones of another, which the diff only happens to pair."""
    base_path = base_path_of(graph, edit.hunk)
    before = graph.enclosing(base_path, "base", edit.base_line)
    after = graph.enclosing(edit.hunk.path, "head", edit.head_line)
    if before is not None and not graph.definitions(before.definition.qualname, "head", edit.hunk.path):
        return True
    return (before.definition.name if before else "") != (after.definition.name if after else "")


def _apart(graph: Graph, members: Sequence[Edit]) -> list[Edit]:
    """The edits without those of a mirror, which is no copy that someone had to remember."""
    is_mirror = mirrored(graph)
    found: list[Edit] = []
    for edit in members[:_MOST_COMPARED]:
        path = base_path_of(graph, edit.hunk)
        if not any(is_mirror(path, base_path_of(graph, one.hunk)) for one in found):
            found.append(edit)
    return [*found, *members[_MOST_COMPARED:]]


def _unmirrored(graph: Graph, copies: Iterable[Copy]) -> Iterator[Copy]:
    """The copies without those in a mirror of a file that another one is in."""
    is_mirror = mirrored(graph)
    paths: dict[str, None] = {}
    for copy in copies:
        path = graph.base_path(copy.path) or copy.path
        if not any(is_mirror(path, other) for other in paths):
            paths[path] = None
            yield copy


def _in_header(graph: Graph, base_path: str, edit: Edit) -> bool:
    """Whether an edit is in the header of a function that spans several lines: other rules look after signatures."""
    if not edit.removed[0].endswith((",", ")", "{", ":")):
        return False
    around = graph.enclosing(base_path, "base", edit.base_line)
    if around is None or not around.definition.line < edit.base_line <= around.definition.line + _LONGEST_HEADER:
        return False
    return "".join(edit.removed[0].split()) in "".join(around.definition.signature.split())


@per_graph
def _is_small(graph: Graph) -> bool:
    """Whether there are few enough edits to search the whole repository for copies of each."""
    return sum(1 for _ in graph.change.reviewable()) <= _MOST_HUNKS_TO_SEARCH_ALL


def _key(edit: Edit) -> EditKey:
    return edit.hunk.path.rpartition(".")[2], edit.removed, edit.added


@per_graph
def _families(graph: Graph) -> Mapping[EditKey, list[Edit]]:
    """All edits of the change that replace the same text by the same text, in order."""
    families: dict[EditKey, list[Edit]] = defaultdict(list)
    for edits in _edits(graph).values():
        for edit in edits:
            families[_key(edit)].append(edit)
    found = {key: edits if has_substance(key[1]) else edits[:1] for key, edits in families.items()}
    searched = (key[1] for key, edits in found.items() if len(edits) > 1 or _is_small(graph))
    graph.locate(filter(None, map(telling_name, searched)))
    return found
