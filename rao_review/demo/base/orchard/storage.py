"""The database, as little of it as the shop needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Store:
    """One SQLite file. Rows come back as dictionaries."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.row_factory = sqlite3.Row

    def rows(self, query: str, *arguments: object) -> Iterator[dict[str, str]]:
        for row in self._connection.execute(query, arguments):
            yield {key: str(row[key]) for key in row.keys()}

    def write(self, query: str, *arguments: object) -> None:
        with self.transaction():
            self._connection.execute(query, arguments)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection:
            yield
