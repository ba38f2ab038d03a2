"""Which files of head contain a word: the text search, remembered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rao_review.graph.store import Store
from rao_review.types import Tree


class Search:
    """Answers for one tree. A word not asked before costs a sweep over all files; many at once cost hardly more than one."""

    def __init__(self, store: Store, tree: Tree) -> None:
        self._store = store
        self._tree = tree
        self._found: dict[str, list[str]] = {}

    def paths(self, word: str) -> Sequence[str]:
        """Paths of the text files that (very probably) contain this identifier or flag, sorted."""
        self.locate([word])
        return self._found[word]

    def locate(self, words: Iterable[str]) -> None:
        """Searches for words not searched before."""
        wanted = {word for word in words if word not in self._found}
        if not wanted:
            return
        found: dict[str, list[str]] = {word: [] for word in wanted}
        for path, held in sorted(self._store.containing(self._tree, wanted).items()):
            for word in held:
                found[word].append(path)
        self._found.update(found)
