"""The two sides of a change as read-only trees: `GitTree` knows everything, `PatchTree` only what a patch shows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Literal, Protocol

from rao_review.diff.store import WINDOW, ObjectStore
from rao_review.types import Entry, Hunk, Side, Tree

_KINDS: Mapping[str, Literal["file", "executable", "symlink", "submodule"]] = {
    "100644": "file",
    "100755": "executable",
    "120000": "symlink",
    "160000": "submodule",
}


class SizedTree(Tree, Protocol):
    """A tree that can tell how large a file is without reading it. Every tree of this package can."""

    def size(self, path: str) -> int | None:
        """The size in bytes of what `read` would give, None where `read` gives None."""

    def sizes(self, paths: Iterable[str]) -> Iterator[int | None]:
        """`size` for many paths in one sweep, in the order given."""


def entry(path: str, mode: str, oid: str) -> Entry:
    """The entry for a git mode; old trees hold modes like 100664, which git reads as plain files."""
    return Entry(path, oid, _KINDS.get(mode, "file"))


class GitTree:
    """One tree object, read through an `ObjectStore`. Immutable; threads may share it."""

    partial = False

    def __init__(self, store: ObjectStore, tree_id: str) -> None:
        self.id = tree_id
        self._store = store
        self._entries: dict[str, Entry] | None = None

    def entries(self) -> Mapping[str, Entry]:
        """All paths, in git's order. The first call runs `ls-tree`."""
        if self._entries is None:
            listing = os.fsdecode(self._store.ask("ls-tree", "-r", "-z", "--full-tree", self.id))
            rows = (row.split("\t", 1) for row in listing.split("\0") if row)
            self._entries = {path: entry(path, facts[:6], facts[facts.rindex(" ") + 1 :]) for facts, path in rows}
        return self._entries

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, None when there is no such file. Raises GitError when the clone lacks the object."""
        oid = self._oid(path)
        return None if oid is None else self._store.object(oid)[1]

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """(path, bytes or None) in the order given; a bounded number of files is in memory at a time.

        None also stands for a file that this clone lacks: outside the diff a partial clone is no reason to review nothing.
        """
        remaining = iter(paths)
        while window := list(islice(remaining, WINDOW)):
            oids = [self._oid(path) for path in window]
            contents = self._store.blobs(oid for oid in oids if oid is not None)
            yield from ((path, None if oid is None else next(contents)) for path, oid in zip(window, oids, strict=True))

    def size(self, path: str) -> int | None:
        """The size in bytes, without reading the content."""
        return next(self.sizes([path]))

    def sizes(self, paths: Iterable[str]) -> Iterator[int | None]:
        """`size` for many paths in one sweep, in the order given."""
        oids = [self._oid(path) for path in paths]
        sizes = self._store.sizes(oid for oid in oids if oid is not None)
        return (None if oid is None else next(sizes) for oid in oids)

    def _oid(self, path: str) -> str | None:
        found = self.entries().get(path)
        return None if found is None or found.kind == "submodule" else found.oid


class PatchTree:
    """What a patch shows of one side, when its repository is not at hand.

    Lines that the patch does not show are blank, so that line numbers are right. `entries` holds only the files of the
    patch: that a path is absent proves nothing.
    """

    partial = True

    def __init__(self, side: Side, entries: Iterable[Entry], hunks: Mapping[str, tuple[Hunk, ...]]) -> None:
        """`hunks` are keyed by the path on this side."""
        self._side = side
        self._entries = {e.path: e for e in entries}
        self._hunks = hunks

    def entries(self) -> Mapping[str, Entry]:
        return self._entries

    def read(self, path: str) -> bytes | None:
        """The sparse text of the file, None when the patch has no such file on this side (or it is a submodule)."""
        found = self._entries.get(path)
        if found is None or found.kind == "submodule":
            return None
        return shown(self._hunks.get(path, ()), self._side)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        return ((path, self.read(path)) for path in paths)

    def size(self, path: str) -> int | None:
        text = self.read(path)
        return None if text is None else len(text)

    def sizes(self, paths: Iterable[str]) -> Iterator[int | None]:
        return (self.size(path) for path in paths)


def shown(hunks: Iterable[Hunk], side: Side) -> bytes:
    """The text of one side that `hunks` (in file order) show, blank where they show nothing."""
    own = "-" if side == "base" else "+"
    text: list[str] = []
    count = 0
    ends = True
    for hunk in hunks:
        start = hunk.base_start if side == "base" else hunk.head_start
        if start - 1 > count:
            text.append("\n" * (start - 1 - count))
            count = start - 1
        mark = ""
        for line in hunk.lines:
            if line[:1] == "\\":
                ends = ends and mark not in (own, " ")
                continue
            mark = line[:1]
            if mark in (own, " "):
                text.append(f"{line[1:]}\n")
                count += 1
    whole = "".join(text)
    return (whole if ends else whole[:-1]).encode("utf-8", "surrogateescape")
