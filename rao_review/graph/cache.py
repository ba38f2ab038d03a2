"""What was worked out of blobs in earlier runs: one SQLite file, keyed by what it is (a `kind`) and the blob id.

The cache is a convenience and behaves like one: damaged, foreign, locked, read-only or on a full disk it is rebuilt or left
out, with a line in `note`, and the review goes on. Several runs may share it; a reader never waits for a writer.

Every value carries a checksum over its key and bytes, so that damage inside a page reads as a miss, not as a fact.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from zlib import crc32

_FORMAT = 1
_APPLICATION = 0x72616F63
_SCHEMA = (
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, blob BLOB NOT NULL, used INTEGER NOT NULL, value BLOB NOT NULL)",
    "CREATE UNIQUE INDEX entry_key ON entry (kind, blob)",
)
_BATCH = 500
_BUFFER_BYTES = 8 << 20
_BUSY_SECONDS = 2.0
_KEEP_OF_LIMIT = 0.75
_DAY = 86_400
_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_NOMEM,
}


class Cache:
    """Values by (kind, blob id). `path` None, or a file that cannot be used, gives a cache that remembers nothing.

    Args:
        path: the database; its folder is made when missing.
        limit_bytes: above this size the least recently used entries are dropped on close.
    """

    def __init__(self, path: Path | None, *, limit_bytes: int = 256 << 20) -> None:
        self.note = ""
        self._limit_bytes = limit_bytes
        self._path = path
        self._pending: dict[tuple[str, bytes], bytes] = {}
        self._pending_bytes = 0
        self._stale: list[int] = []
        self._today = int(time.time() // _DAY)
        self._db = None if path is None else self._open(path)

    def get(self, kind: str, blobs: Iterable[str]) -> dict[str, bytes]:
        """The values known for these blob ids (hex); what is unknown or damaged is left out."""
        found: dict[str, bytes] = {}
        if self._db is None:
            return found
        try:
            for batch in _batches(blobs):
                found.update(self._read(self._db, kind, batch))
        except sqlite3.Error as error:
            self._give_up("read", error)
        return found

    def put(self, kind: str, blob: str, value: bytes) -> None:
        """Remember a value; written in bulk, at the latest on `close`."""
        if self._db is None:
            return
        self._pending[kind, bytes.fromhex(blob)] = value
        self._pending_bytes += len(value)
        if self._pending_bytes > _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what is pending, in one transaction."""
        if self._db is None or not (self._pending or self._stale):
            return
        rows = [(kind, blob, self._today, _seal(kind, blob, value)) for (kind, blob), value in self._pending.items()]
        try:
            with self._db as db:
                db.executemany("INSERT OR REPLACE INTO entry (kind, blob, used, value) VALUES (?, ?, ?, ?)", rows)
                db.executemany("UPDATE entry SET used = ? WHERE id = ?", [(self._today, row) for row in self._stale])
        except sqlite3.Error as error:
            self._give_up("written", error)
        self._pending.clear()
        self._stale.clear()
        self._pending_bytes = 0

    def share(self) -> Path | None:
        """Writes what is pending, for another process to read: the database; None when nothing is remembered."""
        self.flush()
        return self._path if self._db is not None else None

    def close(self) -> None:
        """Write what is pending and drop what is beyond the size limit."""
        self.flush()
        if self._db is None:
            return
        try:
            self._prune(self._db)
        except sqlite3.Error as error:
            self._give_up("pruned", error)
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _read(self, db: sqlite3.Connection, kind: str, batch: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        marks = ",".join("?" * len(batch))
        query = f"SELECT id, blob, used, value FROM entry WHERE kind = ? AND blob IN ({marks})"
        for row, blob, used, sealed in db.execute(query, (kind, *map(bytes.fromhex, batch))):
            value = _unseal(kind, blob, sealed)
            if value is None:
                continue
            if used != self._today:
                self._stale.append(row)
            yield blob.hex(), value

    def _open(self, path: Path) -> sqlite3.Connection | None:
        try:
            for place in (path, path.parent):
                if place.is_symlink():  # a git directory that came with a repository could lead anywhere
                    raise OSError(f"{place.name} is a symbolic link")
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _make(path, replacing=False)
            try:
                return _connect(path)
            except (sqlite3.Error, _ForeignError) as error:
                if not _damaged(error):
                    raise
                _make(path, replacing=True)
                self.note = f"graph cache was rebuilt ({error})"
                return _connect(path)
        except (sqlite3.Error, OSError, _ForeignError) as error:
            self.note = f"no graph cache ({error})"
            return None

    def _give_up(self, action: str, error: Exception) -> None:
        """Go on without the cache. One that is damaged is replaced, for the next run."""
        self.note = f"graph cache could not be {action} ({error})"
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None
        self._pending.clear()
        if self._path is not None and _damaged(error):
            with suppress(OSError, sqlite3.Error):
                _make(self._path, replacing=True)

    def _prune(self, db: sqlite3.Connection) -> None:
        (pages,), (page_size,) = db.execute("PRAGMA page_count").fetchone(), db.execute("PRAGMA page_size").fetchone()
        excess = pages * page_size - self._limit_bytes
        if excess <= 0:
            return
        excess += int(self._limit_bytes * (1 - _KEEP_OF_LIMIT))
        doomed = []
        for row, size in db.execute("SELECT id, length(value) FROM entry ORDER BY used, id"):
            if excess <= 0:
                break
            doomed.append((row,))
            excess -= size
        with db:
            db.executemany("DELETE FROM entry WHERE id = ?", doomed)
        db.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page only


class _ForeignError(Exception):
    """A database, but not one of ours or not of this version."""


def _connect(path: Path) -> sqlite3.Connection:
    """A connection to a cache of this format. Raises `_ForeignError` or `sqlite3.Error`."""
    db = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        marks = (*db.execute("PRAGMA application_id").fetchone(), *db.execute("PRAGMA user_version").fetchone())
        if marks != (_APPLICATION, _FORMAT):
            raise _ForeignError("it is of another version")
        if {sql for (sql,) in db.execute("SELECT sql FROM sqlite_master")} != set(_SCHEMA):
            raise _ForeignError("its tables are not ours")
        db.execute("PRAGMA journal_mode = WAL").fetchone()
        db.execute("PRAGMA synchronous = OFF")
    except BaseException:
        db.close()
        raise
    return db


def _damaged(error: Exception) -> bool:
    """Whether a new file would help: not when the file is busy, the place is not writable or full."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF not in _PASSING


def _make(path: Path, *, replacing: bool) -> None:
    """Put an empty cache at `path`, in the place of whatever is there or only where nothing is.

    It is built aside and moved in, so that another run sees the old file or a whole new one. A run that still has the old one
    open goes on with it, unseen.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        with closing(sqlite3.connect(fresh)) as db:
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("PRAGMA journal_mode = WAL").fetchone()
            with db:
                for statement in _SCHEMA:
                    db.execute(statement)
                db.execute(f"PRAGMA application_id = {_APPLICATION}")
                db.execute(f"PRAGMA user_version = {_FORMAT}")
        if replacing:
            _remove_logs(path)
            fresh.replace(path)
        else:
            _move_to_free_place(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
        _remove_logs(fresh)


def _move_to_free_place(fresh: Path, path: Path) -> None:
    """Runs that start together make one cache: whoever comes second takes that of the first."""
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        fresh.replace(path)


def _remove_logs(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _seal(kind: str, blob: bytes, value: bytes) -> bytes:
    return value + crc32(value, crc32(kind.encode() + blob)).to_bytes(4, "little")


def _unseal(kind: str, blob: bytes, sealed: object) -> bytes | None:
    """The value, or None when it is not what was sealed for this key."""
    if not isinstance(sealed, bytes) or not isinstance(blob, bytes) or len(sealed) < 4:
        return None
    value = sealed[:-4]
    return value if sealed == _seal(kind, blob, value) else None


def _batches(items: Iterable[str]) -> Iterator[list[str]]:
    source = iter(items)
    while batch := list(islice(source, _BATCH)):
        yield batch
