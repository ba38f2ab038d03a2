"""What a node sees of hunks that it cannot be shown whole: suggested groups along dependencies, or folders where those are too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from posixpath import commonpath

from rao_review.graph.graph import Graph
from rao_review.policy.grouping import group
from rao_review.types import Hunk

_NAMED = 6
_FILES = 8


@dataclass(frozen=True, slots=True)
class Index:
    """`text` for the prompt; `groups` are the names in it and the hunks that they stand for."""

    text: str
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Indexer:
    """Makes indexes of one change.

    tokens    of each hunk's text.
    """

    graph: Graph
    tokens: Mapping[str, int]

    def index(self, hunks: Sequence[str], leaf: int, most: int, room: int, size: Callable[[str], int]) -> Index:
        """An index of at most about `room` tokens.

        Args:
            hunks: what it is about, in the order of the change.
            leaf: tokens that one child reads at once: the size of the suggested groups.
            most: the largest number of groups.
            room: tokens for the text; what does not fit is told in fewer words.
            size: counts tokens of a text.
        """
        members = [self.graph.hunk(h) for h in hunks]
        groups = self.groups(members, leaf, most)
        named = {f"g{n}": tuple(h.id for h in g) for n, g in enumerate(groups, start=1)}
        for detail in (_FILES * 4, _FILES, 3, 1, 0):
            lines = [self._line(name, ids, detail) for name, ids in named.items()]
            text = "\n".join(lines)
            if size(text) <= room:
                break
        return Index(text, named)

    def groups(self, hunks: Sequence[Hunk], leaf: int, most: int) -> tuple[tuple[Hunk, ...], ...]:
        return group(hunks, self.graph.edges_by_source, lambda h: self.tokens[h.id], leaf, most)

    def _line(self, name: str, ids: Sequence[str], detail: int) -> str:
        """One group: hunks, tokens, folder, its files with their hunks, and the names that hold it together."""
        hunks = [self.graph.hunk(h) for h in ids]
        files = Counter(h.path for h in hunks)
        tokens = sum(self.tokens[h] for h in ids)
        head = (
            f"{name}: {_count(len(hunks), 'hunk')}, {tokens:,} tokens: {_folder(files)} ({_count(len(files), 'file')})"
        )
        if not detail:
            return head
        shown = [f"{path} {_span(h.id for h in hunks if h.path == path)}" for path, _ in files.most_common(detail)]
        more = f", {len(files) - detail} more files" if len(files) > detail else ""
        inside = frozenset(ids)
        names = Counter(e.name for h in ids for e in self.graph.edges_by_source.get(h, ()) if e.target in inside)
        around = f"; around {', '.join(n for n, _ in names.most_common(_NAMED))}" if names else ""
        symbols = sorted(
            {c.name for c in self.graph.changes(ids) if c.kind in ("removed", "renamed", "moved", "signature")}
        )
        changed = f"; changes {', '.join(symbols[:_NAMED])}" if symbols else ""
        return f"{head}\n  {', '.join(shown)}{more}{around}{changed}"


def _folder(paths: Iterable[str]) -> str:
    folders = [path.rpartition("/")[0] or "." for path in paths]
    common = commonpath(folders) if len(folders) > 1 and "." not in folders else folders[0] if len(folders) == 1 else ""
    return f"{common}/" if common not in ("", ".") else "./"


def _span(ids: Iterable[str]) -> str:
    """'h3-h9' where the ids follow each other, else the list."""
    numbers = [int(i[1:]) for i in ids]
    if len(numbers) > 1 and numbers[-1] - numbers[0] + 1 == len(numbers):
        return f"h{numbers[0]}-h{numbers[-1]}"
    return " ".join(f"h{n}" for n in numbers)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"
