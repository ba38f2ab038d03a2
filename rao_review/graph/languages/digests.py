"""Digests over the tokens of definitions, in which comments and layout do not count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate, pairwise

_WORD_GAP = re.compile(rb" (?<=[\w\x80-\xff] )(?=[\w\x80-\xff])")
_SPACE = b" \t\n\r\f\v"
_SPACE_IN_LITERAL = bytes.maketrans(
    b" \n\t\f\v\r", b"\x02\x03\x04\x05\x06 "
)  # '\r' stays space: line endings are layout
_WORD = frozenset(bytes((byte,)) for byte in range(256) if byte > 127 or chr(byte).isalnum() or chr(byte) == "_")
_BREAK = 0x01
_DEDENT, _DEDENT_MOST = 0x0E, 0x1B


@dataclass(slots=True)
class Layout:
    """What the digests must know of the layout, as byte ranges and offsets, in any order.

    comments  left out.
    literals  strings and the like: white space inside them counts.
    breaks    starts of statements that follow a simple one, and `dedents` the ends of blocks: for languages in which
              line ends and indentation mean something.
    """

    comments: list[tuple[int, int]] = field(default_factory=list)
    literals: list[tuple[int, int]] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    dedents: list[int] = field(default_factory=list)

    def canonical(self, raw: bytes) -> bytearray:
        """A copy of `raw`, byte for byte as long plus one, in which only white space that means nothing is white space."""
        buffer = bytearray(raw)
        buffer += b"\n"
        for start, end in self.literals:
            buffer[start:end] = raw[start:end].translate(_SPACE_IN_LITERAL)
        for start, end in self.comments:
            buffer[start:end] = b" " * (end - start)
        for start in self.breaks:
            if start and buffer[start - 1] in _SPACE:
                buffer[start - 1] = _BREAK
        for end in self.dedents:
            while end and buffer[end - 1] in _SPACE:  # what follows the last statement is layout
                end -= 1
            if end and _DEDENT <= buffer[end - 1] <= _DEDENT_MOST:
                end -= 1  # a block inside ends at the same statement
            before = buffer[end]
            if before in _SPACE or before == _BREAK:
                buffer[end] = _DEDENT
            elif _DEDENT <= before < _DEDENT_MOST:
                buffer[end] = before + 1
        return buffer


class Digests:
    """Digests over the tokens of byte ranges of one file: equal when only comments and layout differ.

    `cuts` are all offsets at which a range will start or end; the file is brought into its normal form once.
    """

    __slots__ = ("_at", "_normal")

    def __init__(self, raw: bytes, layout: Layout, cuts: Iterable[int]) -> None:
        buffer = layout.canonical(raw)
        ends = sorted({*cuts, len(raw)})
        pieces = [b" ".join(buffer[start:end].split()) for start, end in pairwise((0, *ends))]
        normal = _WORD_GAP.sub(b"\0", b"\n".join(pieces)).replace(b" ", b"").split(b"\n")
        self._at = dict(zip(ends, accumulate(map(len, normal)), strict=True))
        self._normal = b"".join(normal)

    def of(self, start: int, end: int, without: str = "") -> str:
        """12 hex digits; with `without`, that name is left out wherever it stands."""
        tokens = self._normal[self._at[start] : self._at[end]]
        if without:
            tokens = _without(tokens, without.encode("latin-1", "replace"))
        return _hexadecimal(tokens)

    def whole(self) -> str:
        return _hexadecimal(self._normal)


def _without(tokens: bytes, name: bytes) -> bytes:
    """The tokens without those that are `name`."""
    first, *rest = tokens.split(name)
    kept, last = [first], first[-1:]
    for number, part in enumerate(rest, 1):
        following = part[:1] or (name[:1] if number < len(rest) else b"")
        inside_word = last in _WORD or following in _WORD
        kept += [name, part] if inside_word else [b"\0", part]
        last = part[-1:] or name[-1:]
    return b"".join(kept)


def _hexadecimal(tokens: bytes) -> str:
    return blake2b(tokens, digest_size=6).hexdigest()
