"""A git directory of our own that borrows the objects of a repository and nothing else of it.

No configuration, attribute, hook, replace ref, filter, alias or remote of the repository is visible here, and what we write (the
tree of an index, the blobs of a work tree) lands in a temporary directory that is removed at the end.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO

from rao_review.diff.git import Repository, clean_environment, failure, missing_objects, run_git
from rao_review.errors import GitError

WINDOW = 64
"""Requests in flight to `cat-file`: together they fit in the smallest pipe, so neither side can block the other."""

_CONFIG = """\
[core]
	repositoryformatversion = 1
	bare = true
	quotePath = false
	looseCompression = 0
	deltaBaseCacheLimit = 8m
	packedGitWindowSize = 1m
	packedGitLimit = 4m
	untrackedCache = false
	safecrlf = false
[extensions]
	objectformat = {}
[diff]
	ignoreSubmodules = dirty
[gc]
	auto = 0
"""
# info/attributes outranks every .gitattributes: none can hide a file from the diff or name a filter.
_ATTRIBUTES = "* !diff !filter !merge\n"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command stands: a work tree, and a directory in it."""

    work_tree: Path
    directory: Path


class ObjectStore:
    """The temporary git directory. A context manager; `close` removes it. Threads may share one."""

    def __init__(self, repository: Repository) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="rao-review-"))
        self._environment = clean_environment() | {
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_DIR": str(self.path),
            "HOME": str(self.path),
            "XDG_CONFIG_HOME": str(self.path),
        }
        self._begin()
        try:
            self._fill(repository)
        except BaseException:  # whatever it was, the directory must not stay behind
            self.close()
            raise

    def _begin(self) -> None:
        self._contents = _Batch(self, "--batch")
        self._headers = _Batch(self, "--batch-check")

    def __getstate__(self) -> object:
        """A pickled store reads the same directory in another process. Whoever made the directory removes it: a copy is never closed."""
        return self.path, self._environment

    def __setstate__(self, state: tuple[Path, dict[str, str]]) -> None:
        self.path, self._environment = state
        self._begin()

    def _fill(self, repository: Repository) -> None:
        for folder in ("objects/info", "refs", "info", "work"):
            (self.path / folder).mkdir(parents=True)
        (self.path / "HEAD").write_text("ref: refs/heads/none\n")
        (self.path / "config").write_text(_CONFIG.format(repository.object_format))
        (self.path / "info/attributes").write_text(_ATTRIBUTES)
        borrowed = (str(repository.objects), *repository.alternates)
        quoted = ('"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"\n' for path in borrowed)
        (self.path / "objects/info/alternates").write_text("".join(quoted), encoding="utf-8", errors="surrogateescape")

    def __enter__(self) -> ObjectStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the helper processes and remove the directory. May be called twice."""
        self._contents.stop()
        self._headers.stop()
        shutil.rmtree(self.path, ignore_errors=True)

    def _setup(self, place: Place | None) -> tuple[Path, dict[str, str]]:
        if place is None:
            return self.path, self._environment
        return place.directory, self._environment | {"GIT_WORK_TREE": str(place.work_tree)}

    def git(
        self, *arguments: str, stdin: bytes = b"", place: Place | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git here and give everything back, whatever the exit status."""
        return run_git(arguments, *self._setup(place), stdin)

    def ask(self, *arguments: str, stdin: bytes = b"", place: Place | None = None) -> bytes:
        """Run git here and give its output. Raises GitError when it fails."""
        answer = self.git(*arguments, stdin=stdin, place=place)
        if answer.returncode != 0:
            raise failure(arguments, answer.stderr)
        return answer.stdout

    @cached_property
    def empty_tree(self) -> str:
        """The id of the tree without files, in this repository's hash. Git knows it without having it."""
        return self.ask("hash-object", "-t", "tree", "--stdin").decode("ascii").strip()

    def start(self, arguments: Sequence[str], stdout: IO[bytes], place: Place) -> subprocess.Popen[bytes]:
        """Start git here with its output going to a file, so that it never waits for a reader."""
        cwd, environment = self._setup(place)
        return subprocess.Popen(
            ["git", *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )

    def spawn_batch(self, option: str) -> subprocess.Popen[bytes]:
        """A `cat-file` that answers object names, one a line, until its input ends."""
        return subprocess.Popen(
            ["git", "cat-file", option],
            cwd=self.path,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def object(self, oid: str) -> tuple[str, bytes]:
        """(type, content) of one object. Raises GitError when it is missing."""
        (answer,) = self._contents.answers([oid])
        if answer is None:
            raise missing_objects(oid)
        kind, _, content = answer
        return kind, content

    def blobs(self, oids: Iterable[str]) -> Iterator[bytes | None]:
        """The contents of many blobs, in order, a bounded number at a time; None for those that this clone lacks."""
        for window in _windows(oids):
            for answer in self._contents.answers(window):
                yield None if answer is None else answer[2]

    def sizes(self, oids: Iterable[str]) -> Iterator[int | None]:
        """The sizes in bytes of many blobs, in order, without reading them; None for those that this clone lacks."""
        count = 0
        for window in _windows(oids):
            count += 1
            for answer in self._headers.answers(window):
                yield None if answer is None else answer[1]
        if count > 1:  # after a long sweep it holds much of the packs
            self._headers.stop()


_Answer = tuple[str, int, bytes]
"""(type, size in bytes, content) of an object; the content is empty where only the size was asked for."""


class _Batch:
    """One persistent `cat-file` process, started at its first use and shared by threads."""

    def __init__(self, store: ObjectStore, option: str) -> None:
        self._store = store
        self._option = option
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def answers(self, oids: Sequence[str]) -> list[_Answer | None]:
        """What git has of at most WINDOW objects, None for a missing one. Raises GitError when it stops answering."""
        with self._lock:
            if self._process is None:
                self._process = self._store.spawn_batch(self._option)
            try:
                return self._exchange(self._process, oids)
            except BaseException:  # answers still in the pipe would be taken for the next ones: start afresh
                self._end()
                raise

    def _exchange(self, process: subprocess.Popen[bytes], oids: Sequence[str]) -> list[_Answer | None]:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write("".join(f"{oid}\n" for oid in oids).encode())
            process.stdin.flush()
        except OSError as error:
            raise GitError(f"git cat-file ended early: {error}") from error
        answers: list[_Answer | None] = []
        for _ in oids:
            header = process.stdout.readline().decode("ascii", "replace").split()
            if not header:
                raise GitError("git cat-file ended early")
            if len(header) != 3:  # '<name> missing'
                answers.append(None)
                continue
            size = int(header[2])
            content = b""
            if self._option == "--batch":
                content = process.stdout.read(size + 1)
                if len(content) != size + 1:
                    raise GitError("git cat-file ended early")
                content = content[:-1]
            answers.append((header[1], size, content))
        return answers

    def stop(self) -> None:
        with self._lock:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # an unsent request cannot be flushed to a dead process
                    continue


def _windows(oids: Iterable[str]) -> Iterator[list[str]]:
    window: list[str] = []
    for oid in oids:
        window.append(oid)
        if len(window) == WINDOW:
            yield window
            window = []
    if window:
        yield window
