"""What stands in the files of a change's two trees: their facts, their lines, and which of them contain a word."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from rao_review.graph.facts import FileFacts, Use
from rao_review.graph.model import DefinitionRef
from rao_review.graph.search import Search
from rao_review.graph.sides import Sides
from rao_review.graph.sources import Sources
from rao_review.graph.store import Store
from rao_review.types import ChangeSet, Side, Tree

_TEXTS_KEPT = 48
AHEAD = 24
"""As many texts `Files.read_ahead` reads at once."""


class Files(Sides):
    """Questions about single files, and the text search. Only the last few texts are kept.

    Args:
        change: the change, with skips marked.
        base, head: the two trees.
        store: where facts come from.
    """

    def __init__(self, change: ChangeSet, base: Tree, head: Tree, store: Store) -> None:
        super().__init__(change, base, head)
        self._lines: dict[tuple[str, Side], Sequence[str]] = {}
        self._sources = Sources({"base": base, "head": head}, self._changed, self._hunk_ids, store)
        self._search = Search(store, head)

    def facts(self, path: str, side: Side) -> FileFacts | None:
        """Facts of a file, parsed on demand; None when there is no such file or it is in no language we read."""
        return self._sources.full(path, side)

    def scope_facts(self, path: str, side: Side) -> FileFacts | None:
        """The same without the uses, which are most of it."""
        return self._sources.scopes(path, side)

    def uses_on(self, path: str, side: Side, lines: Collection[int]) -> Sequence[Use]:
        """The uses on some lines of a file: much cheaper than all its facts."""
        facts = self._sources.on_lines(path, side, lines)
        return facts.uses if facts else ()

    def lines(self, path: str, side: Side) -> Sequence[str]:
        """The lines of a file without their '\\n'; () when there is no such file."""
        lines = self._lines.pop((path, side), None)
        if lines is None:
            return self._keep(path, side, self.tree(side).read(path))
        self._lines[path, side] = lines
        return lines

    def read_ahead(self, paths: Iterable[str], side: Side) -> None:
        """Reads texts that `lines` will be asked for next, as many as are kept: much cheaper than one after the other."""
        wanted = dict.fromkeys(path for path in paths if (path, side) not in self._lines)
        for path, data in self.tree(side).read_many(islice(wanted, AHEAD)):
            self._keep(path, side, data)

    def _keep(self, path: str, side: Side, data: bytes | None) -> Sequence[str]:
        text = "" if data is None else data.decode("utf-8", "surrogateescape")
        lines = text.removesuffix("\n").split("\n") if text else ()
        while len(self._lines) >= _TEXTS_KEPT:
            del self._lines[next(iter(self._lines))]
        self._lines[path, side] = lines
        return lines

    @property
    def unknown(self) -> Mapping[str, str]:
        """Files whose facts are missing or partial, and why."""
        return self._sources.unknown

    def enclosing(self, path: str, side: Side, line: int) -> DefinitionRef | None:
        """The innermost definition around a line."""
        facts = self.scope_facts(path, side)
        around = [d for d in facts.definitions if d.start_line <= line <= d.end_line] if facts else []
        if not around:
            return None
        return DefinitionRef(path, side, min(around, key=lambda d: (d.end_line - d.start_line, -d.start_line)))

    def search(self, word: str, side: Side) -> Sequence[str]:
        """Paths of the text files of a side that (very probably) contain this identifier or flag."""
        paths = self._search.paths(word)
        if side == "head":
            return paths
        return sorted({*filter(self._sources.is_unchanged, paths), *self._base_containing(word)})

    def locate(self, words: Iterable[str]) -> None:
        """Searches head for words not searched before. `search` does this by itself; many at once cost hardly more than one."""
        self._search.locate(words)

    def _base_containing(self, word: str) -> Iterator[str]:
        for path in sorted(self._changed["base"]):
            if any(word in line for line in self.lines(path, "base")):
                yield path
