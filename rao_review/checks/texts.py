"""What the checks read of the two trees, kept per file so that thousands of findings cost one look at each."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rao_review.graph.graph import Graph
from rao_review.types import FileChange, Hunk, Side, Tree


def other(side: Side) -> Side:
    return "base" if side == "head" else "head"


def blob_id(data: bytes, like: str) -> str:
    """The git object id of a blob with these bytes: SHA-256 when `like` is a 64-digit id, else SHA-1."""
    algorithm = "sha256" if len(like) == 64 else "sha1"
    digest = hashlib.new(algorithm, b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Span:
    """Lines `start..end` of a file; empty when `end < start`. Both 0: the whole file."""

    path: str
    side: Side
    start: int
    end: int


class Texts:
    """The two sides as text, and how their lines correspond.

    Args:
        graph: gives the trees, the change and the lines of each file.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._changed: dict[Side, dict[str, FileChange]] = {
            # The source of a copy is still there under its own name.
            "base": {f.base_path: f for f in graph.change.files if f.base_path and f.status != "copied"},
            "head": {f.head_path: f for f in graph.change.files if f.head_path},
        }
        self._places: dict[tuple[str, Side], Mapping[str, Sequence[int]]] = {}
        self._stripped: dict[tuple[str, Side], Sequence[str]] = {}
        self._ids: dict[tuple[str, Side, int], str | None] = {}
        self._alignments: dict[tuple[str, Side], _Alignment] = {}

    def tree(self, side: Side) -> Tree:
        return self._graph.base if side == "base" else self._graph.head

    def exists(self, path: str, side: Side) -> bool:
        return path in self.tree(side).entries()

    def lines(self, path: str, side: Side) -> Sequence[str]:
        return self._graph.lines(path, side)

    def stripped(self, path: str, side: Side) -> Sequence[str]:
        """The lines of a file without surrounding white space."""
        key = (path, side)
        if key not in self._stripped:
            self._stripped[key] = tuple(line.strip() for line in self.lines(path, side))
        return self._stripped[key]

    def places(self, path: str, side: Side) -> Mapping[str, Sequence[int]]:
        """Stripped line → the numbers of the lines that read so, ascending."""
        key = (path, side)
        if key not in self._places:
            found: dict[str, list[int]] = defaultdict(list)
            for number, line in enumerate(self.stripped(path, side), start=1):
                found[line].append(number)
            self._places[key] = dict(found)
        return self._places[key]

    def data(self, span: Span) -> bytes:
        """The bytes of a span, '\\n' at the line ends whatever the file has; b'' where nothing is."""
        if not span.start and not span.end:
            return (self.tree(span.side).read(span.path) or b"").replace(b"\r\n", b"\n")
        lines = self.lines(span.path, span.side)[max(span.start, 1) - 1 : max(span.end, 0)]
        return "\n".join(line.removesuffix("\r") for line in lines).encode("utf-8", "surrogateescape")

    def blob(self, path: str, side: Side, like: str) -> str | None:
        """The blob id of a file in the hash that `like` is in; None when there is no such file."""
        key = (path, side, len(like))
        if key not in self._ids:
            data = self.tree(side).read(path)
            self._ids[key] = None if data is None else blob_id(data, like)
        return self._ids[key]

    def known(self, span: Span) -> bool:
        """Whether the tree has all of the span: always, unless the tree is partial; then only the lines of hunks."""
        if not self.tree(span.side).partial:
            return True
        if not span.start and not span.end:
            return False
        changed = self._changed[span.side].get(span.path)
        hunks = changed.hunks if changed is not None else ()
        return any(_within(hunk, span) for hunk in hunks)

    def path_across(self, path: str, side: Side) -> str | None:
        """The same file's path on the other side; None when it is not there."""
        changed = self._changed[side].get(path)
        if changed is not None:
            return changed.base_path if side == "head" else changed.head_path
        return path if self.exists(path, other(side)) else None

    def same(self, path: str, side: Side) -> bool:
        """Whether the change leaves the content of this file alone."""
        changed = self._changed[side].get(path)
        return self.exists(path, side) if changed is None else not changed.changed and not changed.binary

    def across(self, span: Span) -> Span | None:
        """The lines on the other side that stand where `span` stands; None when the file is not there.

        Changed lines correspond to the lines they replace, which may be none.
        """
        path = self.path_across(span.path, span.side)
        if path is None:
            return None
        if not span.start and not span.end:
            return Span(path, other(span.side), 0, 0)
        changed = self._changed[span.side].get(span.path)
        if changed is None:
            return Span(path, other(span.side), span.start, span.end)
        key = (span.path, span.side)
        if key not in self._alignments:
            self._alignments[key] = _Alignment(changed.hunks, span.side)
        start, end = self._alignments[key].across(span.start, span.end)
        return Span(path, other(span.side), start, end)


def _within(hunk: Hunk, span: Span) -> bool:
    start, count = (hunk.head_start, hunk.head_count) if span.side == "head" else (hunk.base_start, hunk.base_count)
    return start <= span.start and span.end < start + count


@dataclass(frozen=True, slots=True)
class _Block:
    """`count` lines from `start` became `other_count` lines from `other_start`. `start` is where the next line would be if count is 0."""

    start: int
    count: int
    other_start: int
    other_count: int


class _Alignment:
    """How the lines of one side of a file correspond to the other side's, from the file's hunks."""

    def __init__(self, hunks: Iterable[Hunk], side: Side) -> None:
        self._blocks = [b if side == "base" else _flip(b) for hunk in hunks for b in _blocks(hunk)]
        self._starts = [b.start for b in self._blocks]

    def across(self, start: int, end: int) -> tuple[int, int]:
        """The other side's first and last line; (n, n - 1) when nothing stands there."""
        block = self._at(start)
        first = block.other_start if block else start + self._offset(start)
        block = self._at(end)
        last = block.other_start + block.other_count - 1 if block else end + self._offset(end)
        return first, last

    def _at(self, line: int) -> _Block | None:
        """The changed block that this line lies in."""
        index = bisect_right(self._starts, line) - 1
        if index < 0:
            return None
        block = self._blocks[index]
        return block if line < block.start + block.count else None

    def _offset(self, line: int) -> int:
        """How far an unchanged line moves."""
        index = bisect_right(self._starts, line) - 1
        if index < 0:
            return 0
        block = self._blocks[index]
        return block.other_start + block.other_count - block.start - block.count


def _flip(block: _Block) -> _Block:
    return _Block(block.other_start, block.other_count, block.start, block.count)


def _blocks(hunk: Hunk) -> list[_Block]:
    """The changed blocks of a hunk, seen from base."""
    # In a hunk without context, git names the line before the gap for the side that has no lines.
    base = hunk.base_start + (not hunk.base_count)
    head = hunk.head_start + (not hunk.head_count)
    found: list[_Block] = []
    removed = added = 0
    for line in (*hunk.lines, " "):
        mark = line[:1]
        if mark == "-":
            removed += 1
        elif mark == "+":
            added += 1
        elif mark == " ":
            if removed or added:
                found.append(_Block(base, removed, head, added))
            base, head = base + removed + 1, head + added + 1
            removed = added = 0
    return found
