"""One part of encoded facts: values as JSON, a table of texts, and columns of numbers, with zlib at level 1.

An item of a column has 16 or 32 bits, the same for all columns of a part.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from itertools import accumulate, chain, pairwise
from typing import Any

_TABLES = struct.Struct("<BII")
"""How a part begins: whether items are wide, the bytes of its JSON, and those of its table of texts."""
_LARGEST = 1 << 28
_NUL = "\0"


def packed(columns: Iterable[Iterable[int]], tables: Sequence[Any] = (), texts: Collection[str] = ()) -> bytes:
    """A part: what is given as JSON, a table of texts, and columns of numbers."""
    numbers = [*chain.from_iterable(columns)]
    values = json.dumps(tables, separators=(",", ":")).encode() if tables else b""
    joined = _joined(texts)
    for wide in (False, True):
        with suppress(struct.error):
            items = struct.pack(f"<{len(numbers)}{_typecode(wide)}", *numbers)
            header = _TABLES.pack(wide, len(values), len(joined))
            return zlib.compress(b"".join((header, values, joined, items)), 1)
    raise ValueError("a line does not fit in 32 bits")


def inflated(part: memoryview, *lengths: int) -> tuple[Any, list[str], list[Sequence[int]]]:
    """The JSON of a part, its table of texts, and its columns of these lengths."""
    stream = zlib.decompressobj()
    raw = stream.decompress(part, _LARGEST)
    if not stream.eof:
        raise ValueError("facts are cut off or too long")
    wide, values_length, texts_length = _TABLES.unpack_from(raw)
    texts_at = _TABLES.size + values_length
    items_at = texts_at + texts_length
    items = array(_typecode(wide))
    items.frombytes(memoryview(raw)[items_at:])
    if sys.byteorder == "big":
        items.byteswap()
    ends = [*accumulate(lengths, initial=0)]
    if len(items) != ends[-1]:
        raise ValueError("columns of facts are cut off")
    tables = json.loads(raw[_TABLES.size : texts_at]) if values_length else ()
    texts = _split(raw[texts_at:items_at]) if texts_length else []
    return tables, texts, [items[start:end] for start, end in pairwise(ends)]


def _joined(texts: Collection[str]) -> bytes:
    """Texts with a NUL after each; as JSON, which does not end with one, when one of them has a NUL itself."""
    joined = "".join([text + _NUL for text in texts])
    if joined.count(_NUL) > len(texts):
        joined = json.dumps([*texts])
    return joined.encode("utf-8", "surrogatepass")


def _split(data: bytes) -> list[str]:
    """The inverse of `_joined`."""
    text = data.decode("utf-8", "surrogatepass")
    if not text.endswith(_NUL):
        listed: list[str] = json.loads(text)
        return listed
    texts = text.split(_NUL)
    texts.pop()
    return texts


def _typecode(wide: int) -> str:
    return "I" if wide else "H"
