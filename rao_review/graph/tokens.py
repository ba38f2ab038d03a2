"""Which names a file contains: the text search of the graph.

A file is reduced once to the set of its identifier-like tokens, kept as a sorted array of 32-bit hashes (`tokenize`), about
700 bytes for a source file. A query (`Wanted`) then intersects that array with the hashes of the names asked for. A collision
gives a superfluous candidate, never a missed one: whoever asks confirms a candidate by looking into the file.

A token is a run of letters, digits, '_', '$' and non-ASCII bytes that starts with no digit. A run with '$' or non-ASCII bytes
also counts by its parts ('$name' contains 'name', '“name”' too). A command-line flag '--foo-bar' is a token of its own.
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from typing import Final
from zlib import crc32

TOKENS_VERSION = f"tokens-1-{sys.byteorder}"
"""Changes when `tokenize` gives other bytes for the same source."""

BINARY_PREFIX = 8000
"""Bytes at the start of a file in which a NUL means binary, as git has it."""

_ITEM: Final = "I"
_CHUNK = 1 << 18
_MANY_FOR_ONE = 16
"""A look at so many tokens of a file takes about as long as a search for one of them."""

_WORD_BYTES = frozenset(b"$_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") | frozenset(
    range(128, 256)
)
_DIGITS = frozenset(b"0123456789")
_BLANK_OTHERS = bytes(byte if byte in _WORD_BYTES else 0x20 for byte in range(256))
_FLAG = re.compile(rb"--[A-Za-z][\w-]*")
_SPECIAL = re.compile(rb"[$\x80-\xff]")
_ASCII_PART = re.compile(rb"[A-Za-z_]\w*", re.ASCII)
_DOLLAR_PART = re.compile(rb"\$[A-Za-z_]\w*", re.ASCII)
_TEXT_PART = re.compile(r"[^\W\d][\w$]*")


def is_binary(source: bytes) -> bool:
    """Whether git would call it binary: a NUL among the first bytes."""
    return b"\0" in source[:BINARY_PREFIX]


def tokenize(source: bytes) -> bytes:
    """The distinct tokens of a file: sorted 32-bit hashes in native byte order; empty for a binary file."""
    if is_binary(source):
        return b""
    hashes: set[int] = set()
    for chunk in _chunks(source):
        hashes.update(map(crc32, _tokens(chunk)))
    return array(_ITEM, sorted(hashes)).tobytes()


class Wanted:
    """The names of a query, ready to be looked up in many files.

    A name is broken into tokens like a file; a file contains the name when it contains all of them ('Class.method',
    Ruby's 'empty?', Bash's 'my-function'). A name without any token ('+') is found nowhere.
    """

    def __init__(self, names: Collection[str]) -> None:
        keyed: dict[int, list[tuple[str, frozenset[int]]]] = {}
        for name in sorted(set(names)):
            hashes = _name_hashes(name)
            if hashes:
                keyed.setdefault(hashes[0], []).append((name, frozenset(hashes[1:])))
        self._keyed = keyed
        self._hashes = frozenset(keyed).union(*(rest for group in keyed.values() for _, rest in group))
        self._sorted = sorted(self._hashes)

    def found_in(self, tokens: bytes) -> frozenset[str]:
        """The names that a file with these tokens (from `tokenize`) very probably contains."""
        present = self._present(tokens)
        if not present:
            return frozenset()
        keyed = self._keyed
        return frozenset(name for key in present & keyed.keys() for name, rest in keyed[key] if rest <= present)

    def _present(self, tokens: bytes) -> frozenset[int]:
        items = memoryview(tokens).cast(_ITEM)
        end = len(items)
        if len(self._sorted) * _MANY_FOR_ONE > end:
            return self._hashes.intersection(items)
        return frozenset([h for h in self._sorted if (at := bisect_left(items, h)) < end and items[at] == h])


def _name_hashes(name: str) -> list[int]:
    """Hashes of all tokens a file must have to contain `name`; for a flag that of the flag alone."""
    raw = name.encode("utf-8", "surrogateescape")
    if _FLAG.fullmatch(raw):
        return [crc32(raw)]
    return [crc32(word) for word in dict.fromkeys(raw.translate(_BLANK_OTHERS).split()) if word[0] not in _DIGITS]


def _chunks(source: bytes) -> Iterator[bytes]:
    """`source` in pieces that end between words, so that splitting a long file needs little memory."""
    start, end = 0, len(source)
    while end - start > 2 * _CHUNK:
        stop = start + _CHUNK
        while stop < end and (source[stop] in _WORD_BYTES or source[stop] == 0x2D):
            stop += 1
        yield source[start:stop]
        start = stop
    yield source[start:]


def _tokens(chunk: bytes) -> list[bytes]:
    words = set(chunk.translate(_BLANK_OTHERS).split())
    if b"$" in chunk or not chunk.isascii():
        for word in filter(_SPECIAL.search, tuple(words)):
            words.update(_parts(word))
    if b"--" in chunk:
        words.update(_FLAG.findall(chunk))
    return [word for word in words if word[0] not in _DIGITS]


def _parts(word: bytes) -> Iterator[bytes]:
    """The identifiers inside a run that has '$' or non-ASCII bytes: punctuation beyond ASCII glues words together."""
    yield from _ASCII_PART.findall(word)
    yield from _DOLLAR_PART.findall(word)
    for part in _TEXT_PART.findall(word.decode("utf-8", "surrogateescape")):
        yield part.encode("utf-8", "surrogateescape")
