"""What is worked out of one blob: the tokens it contains and, for source, its facts. The work of a pool's worker.

Both are kept as bytes, the same in the pipe, in the cache and in memory; only what is looked at is decoded.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from rao_review import __version__
from rao_review.graph import coded_part, coding, languages
from rao_review.graph import facts as facts_module
from rao_review.graph.coding import encode_columns
from rao_review.graph.facts import Columns, FileFacts
from rao_review.graph.tokens import Wanted, is_binary, tokenize
from rao_review.graph.worker import Handler

FIRST_LINE_BYTES = 100
"""As much of a file as is looked at to tell a script's language."""

_TASK = struct.Struct("<BBB")
_ANSWER = struct.Struct("<II")


class Extract(IntEnum):
    """Whether facts are asked for: never, only when the blob contains one of the wanted names, or always."""

    NEVER = 0
    IF_WANTED = 1
    ALWAYS = 2


@dataclass(frozen=True, slots=True)
class Task:
    """One blob and what is asked of it. `language` is '' when it is no source."""

    source: bytes
    language: str
    tokens: bool
    extract: Extract

    def encode(self) -> bytes:
        language = self.language.encode()
        return _TASK.pack(self.tokens, self.extract, len(language)) + language + self.source

    def asks_facts(self, record: bytes | None, wanted: Wanted) -> bool:
        """Whether facts are due, given the blob's token record."""
        if not self.language or self.extract == Extract.NEVER:
            return False
        return self.extract == Extract.ALWAYS or (record is not None and bool(wanted.found_in(tokens_of(record))))


@dataclass(frozen=True, slots=True)
class Answer:
    """`tokens` is a token record, `facts` encoded facts; None when not asked for."""

    tokens: bytes | None = None
    facts: bytes | None = None

    def encode(self) -> bytes:
        tokens, facts = self.tokens or b"", self.facts or b""
        return _ANSWER.pack(len(tokens), len(facts)) + tokens + facts

    @classmethod
    def decode(cls, data: bytes) -> Answer:
        tokens_length, facts_length = _ANSWER.unpack_from(data)
        middle = _ANSWER.size + tokens_length
        return cls(data[_ANSWER.size : middle] or None, data[middle : middle + facts_length] or None)


def handler(setup: bytes) -> Handler:
    """The worker's handler for encoded tasks. `setup` is `encode_names` of the wanted names, or empty for none."""
    wanted = Wanted(json.loads(setup) if setup else ())

    def handle(payload: bytes) -> bytes:
        tokens, extract, length = _TASK.unpack_from(payload)
        start = _TASK.size + length
        language = payload[_TASK.size : start].decode()
        return work_out(Task(payload[start:], language, bool(tokens), Extract(extract)), wanted).encode()

    return handle


def encode_names(names: Collection[str]) -> bytes:
    return json.dumps(sorted(names)).encode()


def work_out(task: Task, wanted: Wanted) -> Answer:
    """Tokens and facts of one blob. Never raises: a blob that cannot be understood has facts that say so."""
    record = token_record(task.source) if task.tokens else None
    return Answer(record, encode_columns(_facts(task)) if task.asks_facts(record, wanted) else None)


def _facts(task: Task) -> Columns:
    if is_binary(task.source):
        return _unknown(task, "binary")
    try:
        return languages.extract_columns(task.language, task.source)
    except MemoryError:
        return _unknown(task, "parser out of memory")
    except RecursionError:
        return _unknown(task, "nested too deeply")
    except Exception as error:  # hostile data: whatever it breaks makes one file unknown, and no review fail
        return _unknown(task, f"extraction failed ({type(error).__name__})")


def _unknown(task: Task, why: str) -> Columns:
    return Columns(FileFacts(task.language, unknown=why))


def token_record(source: bytes) -> bytes:
    """The tokens, then the interpreter line ('#!…') if there is one, then its length: all that is kept of a text."""
    head = source[:FIRST_LINE_BYTES].split(b"\n", 1)[0] if source.startswith(b"#!") else b""
    return tokenize(source) + head + bytes((len(head),))


def is_record(data: bytes) -> bool:
    """Whether `data` has the form of a token record."""
    return bool(data) and (size := len(data) - 1 - data[-1]) >= 0 and size % 4 == 0


def tokens_of(record: bytes) -> bytes:
    return record[: len(record) - 1 - record[-1]]


def first_line_of(record: bytes) -> bytes:
    """The interpreter line of the blob, or nothing."""
    return record[len(record) - 1 - record[-1] : -1]


def extractor_version() -> str:
    """Changes whenever the same source may give other facts: a digest of the extractors' source and the grammars installed."""
    digest = hashlib.blake2b(f"{__version__}\0".encode(), digest_size=8)
    folder = Path(languages.__file__).parent
    makers = (facts_module.__file__, coding.__file__, coded_part.__file__)
    for path in (*map(Path, makers), *sorted(folder.glob("*.py"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for place in sys.path:
        if Path(place).name in ("site-packages", "dist-packages"):
            installed = sorted(path.name for path in Path(place).glob("tree_sitter*.dist-info"))
            digest.update("\0".join(installed).encode())
    return digest.hexdigest()
