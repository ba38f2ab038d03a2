"""The journal of a run: one JSON line an event, written as it happens and never changed.

    {"schema": "rao-review/journal@1", "run": "20261123-121530-4f2a", "at": "2026-11-23T12:15:30.123456+00:00",
     "event": "node_started", "node": "0.2", …the event's own fields}

A kill can only tear the last line, and readers leave a torn last line out. Text keeps its surrogate escapes (JSON writes
them as \\udcXX), so every event reads back equal to what was recorded.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from rao_review.errors import JournalError
from rao_review.trace.codec import decode, encode
from rao_review.trace.events import Event

if sys.platform != "win32":
    import fcntl

SCHEMA = "rao-review/journal@1"
SUFFIX = ".jsonl"

Clock = Callable[[], datetime]


class Recorder(Protocol):
    """Whoever wants to know what happens in a run."""

    def record(self, event: Event) -> None:
        """Take note of `event`. Never raises: a review does not end because nobody could write it down."""


class MemoryJournal:
    """Keeps the events of a run in a list, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def record(self, event: Event) -> None:
        self.events.append(event)


class Fanout:
    """Hands each event to several recorders, in order."""

    def __init__(self, *recorders: Recorder) -> None:
        self._recorders = recorders

    def record(self, event: Event) -> None:
        for recorder in self._recorders:
            recorder.record(event)


def now() -> datetime:
    return datetime.now(UTC)


def new_run_id(at: datetime) -> str:
    """An id that sorts by time: `20261123-121530-4f2a`."""
    return f"{at:%Y%m%d-%H%M%S}-{os.urandom(2).hex()}"


class Journal:
    """The journal file of one run, made at the first event.

    While the run lives it holds a lock on the file: that is how `trace.runs` tells a running run from a killed one.
    `failure` is '' or one line saying why events are not written (a read-only place, a full disk); the run goes on.
    """

    def __init__(self, directory: Path, clock: Clock = now) -> None:
        self._directory = directory
        self._clock = clock
        self._descriptor: int | None = None
        self.run = new_run_id(clock())
        self.failure = ""

    @property
    def path(self) -> Path:
        return self._directory / f"{self.run}{SUFFIX}"

    def record(self, event: Event) -> None:
        if self.failure:
            return
        try:
            if self._descriptor is None:
                self._descriptor = self._create()
            _write_all(self._descriptor, self._line(event))
        except OSError as error:
            self.failure = f"this run is not recorded: {self._directory}: {error.strerror or error}"

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _create(self) -> int:
        for place in (self._directory, self._directory.parent):
            if place.is_symlink():  # a git directory that came with a repository could lead anywhere
                raise OSError(f"{place.name} is a symbolic link")
        self._directory.mkdir(parents=True, exist_ok=True)
        # 0600: a journal holds the source text and, with models, whole prompts.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self.path, flags, 0o600)
        if sys.platform != "win32":
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor

    def _line(self, event: Event) -> bytes:
        at = self._clock().isoformat(timespec="microseconds")
        fields = {"schema": SCHEMA, "run": self.run, "at": at, "event": event.event, "node": event.node} | encode(event)
        return json.dumps(fields, separators=(",", ":")).encode("ascii") + b"\n"


class NoJournal:
    """Stands for the journal of a run that has one already: what is replayed is not written again."""

    failure = ""

    def __init__(self, run: str) -> None:
        self.run = run

    def record(self, event: Event) -> None:
        pass

    def close(self) -> None:
        pass


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a journal, read back."""

    run: str
    at: datetime
    event: Event


def read(path: Path) -> Iterator[Record]:
    """The records of a journal in order, without a torn last line.

    Raises JournalError, naming file and line, when the file cannot be read, is of a foreign schema or is damaged.
    """
    try:
        with open_journal(path) as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n"):
                    yield parse(line, f"{path}:{number}")
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror or error}") from None


def open_journal(path: Path) -> BinaryIO:
    """A journal for reading. Raises OSError, also for what is no plain file: a link may lead anywhere, a pipe never ends."""
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    file = os.fdopen(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError("not a plain file")
    return file


def parse(line: bytes, where: str) -> Record:
    """One line of a journal. `where` is `file:line`, for the JournalError."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise JournalError(f"{where}: damaged: this line is not JSON") from None
    schema = fields.get("schema") if isinstance(fields, dict) else None
    if schema != SCHEMA:
        raise JournalError(f"{where}: not a journal of this version: schema {schema!r}, expected {SCHEMA!r}")
    try:
        return Record(str(fields["run"]), datetime.fromisoformat(fields["at"]), decode(Event, fields))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise JournalError(f"{where}: damaged: {error}") from None
