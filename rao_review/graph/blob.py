"""What is worked out of one blob: the tokens it contains and, for source, its facts. The work of a pool's worker.

Both are kept as bytes, the same in the pipe, in the cache and in memory; only what is looked at is decoded. JSON and plain
arrays, so that a damaged or hostile cache can be wrong but never run anything.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate
from pathlib import Path

from rao_review import __version__
from rao_review.graph import facts as facts_module
from rao_review.graph import languages
from rao_review.graph.facts import FileFacts, from_json, to_json
from rao_review.graph.tokens import Wanted, is_binary, tokenize
from rao_review.graph.worker import Handler

_TASK = struct.Struct("<BBB")
_ANSWER = struct.Struct("<II")
_FACTS_LIMIT = 1 << 28
_BRACKETS = {ord(c): step for pair in ("()", "[]", "{}") for c, step in zip(pair, (1, -1), strict=True)}
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in _BRACKETS)


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


@dataclass(frozen=True, slots=True)
class Answer:
    """`tokens` is a token record, `facts` packed facts; None when not asked for."""

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
    extract = task.extract == Extract.ALWAYS
    if task.extract == Extract.IF_WANTED and record is not None:
        extract = bool(wanted.found_in(tokens_of(record)))
    return Answer(record, pack_facts(_facts(task)) if extract and task.language else None)


def _facts(task: Task) -> FileFacts:
    if is_binary(task.source):
        return FileFacts(task.language, unknown="binary")
    try:
        return languages.extract(task.language, task.source)
    except MemoryError:
        return FileFacts(task.language, unknown="parser out of memory")
    except RecursionError:
        return FileFacts(task.language, unknown="nested too deeply")
    except Exception as error:  # the source is hostile data: whatever it breaks makes one file unknown, not a review fail
        return FileFacts(task.language, unknown=f"extraction failed ({type(error).__name__})")


def token_record(source: bytes) -> bytes:
    """The tokens, then the interpreter line ('#!…') if there is one, then its length: all that is kept of a text."""
    head = source[:100].split(b"\n", 1)[0] if source.startswith(b"#!") else b""
    return tokenize(source) + head + bytes((len(head),))


def tokens_of(record: bytes) -> bytes:
    return record[: len(record) - 1 - record[-1]]


def first_line_of(record: bytes) -> bytes:
    """The interpreter line of the blob, or nothing."""
    return record[len(record) - 1 - record[-1] : -1]


def pack_facts(facts: FileFacts) -> bytes:
    return zlib.compress(to_json(facts).encode(), 1)


def unpack_facts(data: bytes) -> FileFacts:
    """Inverse of `pack_facts`. Raises ValueError when `data` is anything else."""
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(data, _FACTS_LIMIT)
        if not stream.eof:
            raise ValueError("facts are cut off or too long")
        return from_json(text.decode())
    except (zlib.error, TypeError, KeyError, IndexError) as error:
        raise ValueError(f"not facts: {error}") from error


def is_shallow(source: bytes, limit: int = 60) -> bool:
    """Whether brackets and indentation nest so little that no parser can take long. Cheap for small sources only."""
    depth = max(accumulate(map(_BRACKETS.__getitem__, source.translate(None, _NO_BRACKETS))), default=0)
    indent = max((len(line) - len(line.lstrip()) for line in source.splitlines()), default=0)
    return depth <= limit and indent <= 4 * limit


def extractor_version() -> str:
    """Changes whenever the same source may give other facts: a digest of the extractors' source and the grammars installed."""
    digest = hashlib.blake2b(f"{__version__}\0".encode(), digest_size=8)
    folder = Path(languages.__file__).parent
    for path in (Path(facts_module.__file__), *sorted(folder.glob("*.py"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for place in sys.path:
        if Path(place).name in ("site-packages", "dist-packages"):
            installed = sorted(path.name for path in Path(place).glob("tree_sitter*.dist-info"))
            digest.update("\0".join(installed).encode())
    return digest.hexdigest()
