"""Fixtures of the graph tests: a tree in memory, and a look at the worker processes."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from rao_review.types import Entry


class MemoryTree:
    """A `Tree` of given files. Remembers in `reads` which paths were read. Without `named` it has no blob ids, like a bare patch;
    `odd` are entries that are no plain files."""

    def __init__(
        self, files: Mapping[str, bytes], *, named: bool = True, odd: Mapping[str, Entry] | None = None
    ) -> None:
        self.files = dict(files)
        self.partial = not named
        self.reads: list[str] = []
        self._entries = {path: Entry(path, blob_id(data) if named else "", "file") for path, data in files.items()}
        self._entries.update(odd or {})

    def entries(self) -> Mapping[str, Entry]:
        return self._entries

    def read(self, path: str) -> bytes | None:
        self.reads.append(path)
        return self.files.get(path)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        return ((path, self.read(path)) for path in paths)

    def size(self, path: str) -> int | None:
        data = self.files.get(path)
        return None if data is None else len(data)


def blob_id(data: bytes) -> str:
    """Git's id of a blob."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it ended while we looked
        if int(ppid) == parent and state != "Z":
            found.append(int(stat.parent.name))
    return sorted(found)


@pytest.fixture
def memory_tree() -> type[MemoryTree]:
    return MemoryTree


@pytest.fixture
def children() -> Callable[[int], list[int]]:
    """The living child processes of a process, without those that it had before this test."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs /proc")
    before = frozenset(_children(os.getpid()))
    return lambda process: [child for child in _children(process) if child not in before]


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object]], None]:
    """Waits for a condition, and fails when it does not come."""

    def wait(condition: Callable[[], object]) -> None:
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.01)

    return wait


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """Whether a process runs (a zombie does not)."""

    def alive(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return alive


@pytest.fixture
def environment() -> dict[str, str]:
    """For child interpreters that must find the package."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
