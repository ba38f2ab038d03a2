"""Facts and names of the blobs of a tree, each worked out once and remembered in the cache.

`survey` is the main way in: it searches all text files of a tree for names and extracts the facts of the source files that
contain any, reading every new blob once. `containing` and `facts` are its two halves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path, PurePosixPath
from threading import RLock
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from rao_review.graph.blob import (
    FIRST_LINE_BYTES,
    Extract,
    Task,
    extractor_version,
    first_line_of,
    is_record,
    tokens_of,
)
from rao_review.graph.cache import Cache
from rao_review.graph.facts import FileFacts
from rao_review.graph.languages import language_of
from rao_review.graph.runner import DEFAULT_LIMITS, Limits, Runner
from rao_review.graph.survey import FactsByPath, Survey
from rao_review.graph.tokens import TOKENS_VERSION, Wanted
from rao_review.types import Tree

_UNNAMED = "path:"
_UNREADABLE = "cannot be read"
_BATCH_BYTES = 8 << 20


@runtime_checkable
class _BulkSized(Protocol):
    """A tree that tells many sizes in one sweep."""

    def sizes(self, paths: Iterable[str]) -> Iterator[int | None]: ...


@dataclass(frozen=True, slots=True)
class _Request:
    """One path to read, and what for."""

    path: str
    key: str
    tokens: bool
    extract: Extract


class Store:
    """Facts and names by blob. Safe to use from several threads, one at a time; close it to end the workers.

    Args:
        cache_path: the SQLite file, or None to remember nothing beyond this run.
        workers: worker processes; by default the machine's cores, at most 4.
        limits: bytes, seconds and memory that files may take.
    """

    def __init__(self, cache_path: Path | None, *, workers: int | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._cache = Cache(cache_path, limit_bytes=limits.cache_bytes)
        self._runner = Runner(limits, workers)
        self._version = extractor_version()
        self._lock = RLock()
        # By key: the blob id, or `_UNNAMED` and the path while a tree without ids is worked on.
        self._records: dict[str, bytes] = {}
        self._facts: dict[tuple[str, str], bytes] = {}
        self._unsearched: dict[str, str] = {}
        self._unparsed: dict[str, str] = {}
        self.warm = True
        """Whether all that was asked for so far was in the cache."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers and write the cache."""
        with self._lock:
            self._runner.close()
            self._cache.close()

    def rest(self) -> None:
        """To be called when most of the work is done: gives back the memory of workers that have grown."""
        with self._lock:
            self._runner.rest()

    def share(self) -> Path | None:
        """Makes all that is known so far readable for another process: the path of the cache; None when there is none to read."""
        with self._lock:
            return self._cache.share()

    @property
    def notes(self) -> list[str]:
        """What the user should know: that the cache could not be used, and why."""
        return [self._cache.note] if self._cache.note else []

    def survey(self, tree: Tree, names: Collection[str]) -> Survey:
        """Which files contain which of `names`, and the facts of the source files that do."""
        files = _files(tree, tree.entries())
        with self._lock, self._forgetting_unnamed(files):
            containing = self._search(tree, files, names, Extract.IF_WANTED)
            facts = self._facts_of(tree, {path: files[path] for path in containing})
            unsearched = {path: self._unsearched[key] for path, key in files.items() if key in self._unsearched}
            return Survey(containing, facts, unsearched)

    def containing(self, tree: Tree, names: Collection[str]) -> dict[str, frozenset[str]]:
        """path → the names that it very probably contains, over all text files of the tree; files without any are left out.

        A name of several words ('Class.method') is contained where all its words are.
        """
        files = _files(tree, tree.entries())
        with self._lock, self._forgetting_unnamed(files):
            return self._search(tree, files, names, Extract.NEVER)

    def facts(self, tree: Tree, paths: Iterable[str], *, searched: bool = False) -> FactsByPath:
        """The facts of these paths. Paths that do not exist or are no source are left out; a file that could not be
        understood has facts with `unknown` set. With `searched` the tree will be searched later, which then reads no file twice."""
        files = _files(tree, paths)
        with self._lock, self._forgetting_unnamed(files):
            return self._facts_of(tree, files, searched)

    def _search(
        self, tree: Tree, files: Mapping[str, str], names: Collection[str], extract: Extract
    ) -> dict[str, frozenset[str]]:
        self._ensure_records(tree, files, names, extract)
        wanted = Wanted(names)
        found: dict[str, frozenset[str]] = {}
        for path, key in files.items():
            record = self._records.get(key)
            if record is not None and (present := wanted.found_in(tokens_of(record))):
                found[path] = present
        return found

    def _facts_of(self, tree: Tree, files: Mapping[str, str], searched: bool = False) -> FactsByPath:
        scripts = {path: key for path, key in files.items() if not language_of(path, b"") and _may_be_script(path)}
        self._ensure_records(tree, scripts, (), Extract.NEVER)
        languages = {path: language for path, key in files.items() if (language := self._language(path, key))}
        self._ensure_facts(tree, {path: (files[path], language) for path, language in languages.items()}, searched)
        encoded: dict[str, tuple[str, bytes]] = {}
        unknown: dict[str, FileFacts] = {}
        for path, language in languages.items():
            key = files[path]
            data = self._facts.get((key, language))
            if data is None:
                unknown[path] = FileFacts(language, unknown=self._unparsed.get(key, _UNREADABLE))
            else:
                encoded[path] = (language, data)
        return FactsByPath(encoded, unknown)

    def _ensure_records(self, tree: Tree, files: Mapping[str, str], names: Collection[str], extract: Extract) -> None:
        """Tokens of all `files` (path → key) that can be searched; on the way the facts of new ones that contain a name."""
        missing = {key for key in files.values() if key not in self._records and key not in self._unsearched}
        recalled = self._cache.get(TOKENS_VERSION, _named(missing))
        self._records.update((key, record) for key, record in recalled.items() if is_record(record))
        missing -= self._records.keys()
        firsts: dict[str, str] = {}
        for path, key in files.items():
            if key in missing:
                firsts.setdefault(key, path)
        if firsts:
            self._work(tree, [_Request(path, key, True, extract) for key, path in firsts.items()], names)

    def _ensure_facts(self, tree: Tree, files: Mapping[str, tuple[str, str]], tokens: bool) -> None:
        """Facts of all `files` (path → key and language) that can be parsed; on the way the `tokens` of those that are read."""
        missing = {
            wanted: path
            for path, wanted in files.items()
            if wanted not in self._facts and wanted[0] not in self._unparsed
        }
        for language in sorted({language for _, language in missing}):
            keys = [key for key, spoken in missing if spoken == language]
            for key, data in self._cache.get(self._kind(language), _named(keys)).items():
                self._facts[key, language] = data
        requests = [
            _Request(path, key, tokens and key not in self._records, Extract.ALWAYS)
            for (key, language), path in missing.items()
            if (key, language) not in self._facts
        ]
        if requests:
            self._work(tree, requests, ())

    def _work(self, tree: Tree, requests: Collection[_Request], names: Collection[str]) -> None:
        """Read what is asked for and keep what comes of it, here and in the cache."""
        self.warm = False
        for (request, language), answer, lasting in self._runner.run(self._tasks(tree, requests), names):
            key = request.key
            named = not key.startswith(_UNNAMED)
            if answer.tokens is not None:
                self._records[key] = answer.tokens
                if named:
                    self._cache.put(TOKENS_VERSION, key, answer.tokens)
            if answer.facts is not None:
                self._facts[key, language] = answer.facts
                if named and lasting:
                    self._cache.put(self._kind(language), key, answer.facts)

    def _tasks(self, tree: Tree, requests: Collection[_Request]) -> Iterator[tuple[tuple[_Request, str], Task]]:
        """The tasks for the requests that can be met, the largest first, so that no worker has one left when the others are done;
        the other requests get a reason."""
        paths = [request.path for request in requests]
        sizes = tree.sizes(paths) if isinstance(tree, _BulkSized) else map(tree.size, paths)
        fitting = [(size or 0, r) for r, size in zip(requests, sizes, strict=True) if self._fits(r, size or 0)]
        for readable in _batches(sorted(fitting, key=itemgetter(0), reverse=True)):
            yield from self._read(tree, {request.path: request for request in readable})

    def _read(self, tree: Tree, readable: Mapping[str, _Request]) -> Iterator[tuple[tuple[_Request, str], Task]]:
        for path, source in tree.read_many(readable):
            request = readable[path]
            if source is None:
                self._unparsed[request.key] = self._unsearched[request.key] = _UNREADABLE
            elif self._fits(request, len(source)):
                language = language_of(path, source[:FIRST_LINE_BYTES]) or ""
                done = (request.key, language) in self._facts
                extract = Extract.NEVER if done or len(source) > self._limits.parse_bytes else request.extract
                yield (request, language), Task(source, language, request.tokens, extract)

    def _fits(self, request: _Request, size: int) -> bool:
        """Whether a blob of `size` bytes is small enough; notes the reason when it is not."""
        limits = self._limits
        if size > limits.search_bytes:
            self._unsearched[request.key] = _over(limits.search_bytes)
        if size > limits.parse_bytes:
            self._unparsed[request.key] = _over(limits.parse_bytes)
        return size <= (limits.search_bytes if request.tokens else limits.parse_bytes)

    def _language(self, path: str, key: str) -> str:
        """The language of a file, '' when it is no source; by its interpreter line where the name does not tell."""
        record = self._records.get(key)
        return language_of(path, first_line_of(record) if record else b"") or ""

    def _kind(self, language: str) -> str:
        return f"{language}@{self._version}"

    @contextmanager
    def _forgetting_unnamed(self, files: Mapping[str, str]) -> Iterator[None]:
        """What was worked out of blobs without an id holds for one tree only."""
        try:
            yield
        finally:
            unnamed = {key for key in files.values() if key.startswith(_UNNAMED)}
            for kept in (self._records, self._unsearched, self._unparsed):
                for key in unnamed & kept.keys():
                    del kept[key]
            for pair in [pair for pair in self._facts if pair[0] in unnamed] if unnamed else ():
                del self._facts[pair]


def _batches(sized: Iterable[tuple[int, _Request]]) -> Iterator[list[_Request]]:
    """The requests in their order, as many together as have few enough bytes to be held at once."""
    batch: list[_Request] = []
    total = 0
    for size, request in sized:
        if batch and total + size > _BATCH_BYTES:
            yield batch
            batch, total = [], 0
        batch.append(request)
        total += size
    if batch:
        yield batch


def _files(tree: Tree, paths: Iterable[str]) -> dict[str, str]:
    """path → key of the regular files among `paths`, in their order."""
    entries = tree.entries()
    return {
        path: entry.oid or _UNNAMED + path
        for path in paths
        if (entry := entries.get(path)) is not None and entry.kind in ("file", "executable")
    }


def _named(keys: Iterable[str]) -> list[str]:
    return sorted(key for key in keys if not key.startswith(_UNNAMED))


def _may_be_script(path: str) -> bool:
    return not PurePosixPath(path).suffix


def _over(limit: int) -> str:
    return f"over {limit / 1_000_000:g} MB"
