"""A merge conflict that nobody resolved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set

from rao_review.graph.graph import Graph
from rao_review.policy.rules.hunk_evidence import Spot, at_spot, new_spots
from rao_review.policy.rules.paths import is_docs, is_fixture
from rao_review.policy.rules.syntax import ancestors, source
from rao_review.types import Finding, Hunk, Severity

_MARKS = ("<" * 7, "=" * 7, ">" * 7, "|" * 7)
_MARKER = re.compile(r"^(<{7}|={7}|>{7}|\|{7})( |$)")
_LEFT_OVER = (".orig", ".rej")
_FENCE = re.compile(r"^\s*(```|~~~|-{4}\s*$|\.{4}\s*$)")


class ConflictMarker:
    id = "conflict-marker"
    severity = Severity.HIGH
    category = "correctness"
    summary = "An unresolved merge conflict was committed."
    explanation = """\
The file holds a complete conflict block that git wrote and nobody resolved: `<<<<<<<`, `=======`, `>>>>>>>`, each at the start of its
line and in this order. The file is broken, or says two things at once.

    <<<<<<< HEAD
    timeout = 30
    =======
    timeout = 60
    >>>>>>> feature

Keep one side and remove the three markers. Markers inside string literals, inside code fences of documentation, and in test data
are left alone; a row of `=======` under a heading is no marker. *low* in a file that a merge tool left behind (`.orig`, `.rej`).

To silence it: put `rao-review: ignore[conflict-marker]` in a comment on the first marker line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        reported: set[tuple[str, int]] = set()
        marked: dict[str, dict[int, tuple[int, ...]]] = {}
        fences: dict[str, frozenset[int]] = {}
        for spot in new_spots(graph, hunks, _MARKER.search, _MARKS):
            if is_fixture(spot.path):
                continue
            if spot.path not in marked:
                fences[spot.path] = _fenced(graph.lines(spot.path, "head"))
                marked[spot.path] = {n: block for block in blocks(graph.lines(spot.path, "head")) for n in block}
            block = marked[spot.path].get(spot.line)
            if block is None or (spot.path, block[0]) in reported or _shown_only(graph, spot, fences[spot.path]):
                continue
            reported.add((spot.path, block[0]))
            owner = _first_new(graph, spot.path, block)
            if owner is not None and owner.line == spot.line:
                yield at_spot(
                    graph,
                    self,
                    spot,
                    f"Unresolved merge conflict in lines {block[0]}–{block[-1]}",
                    f"The conflict block between the markers in lines {block[0]} and {block[-1]} was committed as git left it. "
                    "The file does not parse, or holds both versions at once. Keep one side and delete the markers.",
                    severity=Severity.LOW if spot.path.endswith(_LEFT_OVER) else None,
                    pattern=f"^{re.escape(spot.text[:1])}{{7}}",
                )


def blocks(lines: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """The line numbers of the markers of each complete conflict block."""
    opened: list[int] = []
    kinds = ""
    for number, line in enumerate(lines, 1):
        match = _MARKER.match(line.rstrip("\r"))
        if match is None:
            continue
        kind = match[1][0]
        if kind == "<":
            opened, kinds = [number], "<"
        elif kinds + kind not in ("<=", "<|", "<|=", "<=>", "<|=>"):
            opened, kinds = [], ""
        else:
            opened.append(number)
            kinds += kind
            if kind == ">":
                yield tuple(opened)
                opened, kinds = [], ""


def _fenced(lines: Sequence[str]) -> frozenset[int]:
    """The lines inside code fences of a document."""
    inside, found = False, set()
    for number, line in enumerate(lines, 1):
        if _FENCE.match(line):
            inside = not inside
        elif inside:
            found.add(number)
    return frozenset(found)


def _first_new(graph: Graph, path: str, block: Sequence[int]) -> Spot | None:
    """The first marker of a block that the change adds: its hunk reports the block."""
    for line in block:
        hunk = graph.hunk_at(path, "head", line)
        if hunk is not None:
            return Spot(hunk, line, graph.lines(path, "head")[line - 1].rstrip("\r"))
    return None


def _shown_only(graph: Graph, spot: Spot, fenced: Set[int]) -> bool:
    """Whether the marker is text that is shown: in a code fence, a literal block, or a string literal."""
    if is_docs(spot.path):
        return spot.line in fenced
    parsed = source(graph, spot.path)
    if parsed is None:
        return False
    node = parsed.node_at(spot.line, 0, spot.text)
    return any("string" in n.type or "template" in n.type for n in ancestors(node))
