"""How many tokens a text has: counted where an encoding is on this machine, else estimated, and corrected by what servers report.

The estimate is on the careful side: code is 4.3 bytes a token in the median and 1.6 at worst. It goes by kinds of bytes, since words,
digits, white space, punctuation, dense text (base64, hex, minified) and scripts other than Latin are cut differently by every tokenizer.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1, sha256
from pathlib import Path

from rao_review.models.wire import Reply, Request

_LOWEST, _HIGHEST = 0.5, 3.0
# How much one report moves the ratio: the last ones count, one odd one does not.
_WEIGHT = 0.5
# tiktoken panics on a million spaces.
_CHUNK = 20_000
# What a message costs beside its text: role and separators.
_MESSAGE = 6

# Texts from this length on are counted once, as long as they are among the last so many.
_LONG, _KEPT = 500, 128


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far our count is off for an endpoint: actual tokens = estimated × ratio. A value, so that it can go down a tree."""

    ratio: float = 1.0

    def learned(self, estimated: int, actual: int) -> Calibration:
        """After a prompt that was estimated, without any calibration, turned out to have `actual` tokens."""
        if estimated <= 0 or actual <= 0:
            return self
        seen = min(max(actual / estimated, _LOWEST), _HIGHEST)
        return Calibration(self.ratio + (seen - self.ratio) * _WEIGHT)


class Counter:
    """Counts tokens.

    Args:
        encoding: name of a tiktoken encoding ('o200k_base'), used only when tiktoken is installed and the encoding's file is on
            this machine: nothing is ever downloaded. '' estimates.
    """

    def __init__(self, encoding: str = "") -> None:
        self._exact = _encoder(encoding) if encoding else None
        # A conversation is counted whenever it is sent, and mostly the same.
        self._remembered = lru_cache(maxsize=_KEPT)(self._count)

    @property
    def exact(self) -> bool:
        """Whether it counts, not estimates."""
        return self._exact is not None

    def count(self, text: str) -> int:
        return self._remembered(text) if len(text) >= _LONG else self._count(text)

    def _count(self, text: str) -> int:
        if self._exact is None:
            return estimate(text)
        return sum(self._exact(text[i : i + _CHUNK]) for i in range(0, len(text), _CHUNK))

    def request(self, request: Request) -> int:
        """Tokens of a whole prompt, tools and schema included."""
        messages = sum(
            _MESSAGE + self.count(m.text) + sum(self.count(c.name) + self.count(c.arguments) for c in m.calls)
            for m in request.messages
        )
        tools = sum(
            self.count(t.name) + self.count(t.description) + self.count(json.dumps(t.parameters)) + _MESSAGE
            for t in request.tools
        )
        return messages + tools + (self.count(json.dumps(request.schema)) if request.schema else 0)

    def reply(self, reply: Reply) -> int:
        """Tokens of an answer, reasoning included."""
        calls = sum(self.count(c.name) + self.count(c.arguments) + _MESSAGE for c in reply.calls)
        return self.count(reply.text) + self.count(reply.reasoning) + calls


# Bytes by class: small letter a, capital A, digit 0, blank, newline, other white space _, punctuation '.', beyond ASCII h.
def _class(byte: int) -> int:
    character = chr(byte)
    if byte >= 0x80:
        return ord("h")
    if character.isalpha():
        return ord("A" if character.isupper() else "a")
    if character.isdigit():
        return ord("0")
    return ord(character) if character in " \n" else ord("_" if character in "\t\r\v\f" else ".")


_CLASSES = bytes(map(_class, range(256)))
# Tokens for each class, and each pair of classes side by side: fitted to the larger of what cl100k_base and o200k_base give, on 600
# files of code, data and prose and on base64, hex, numbers, minified code and runs, where too few counted three times as bad as too many.
_WEIGHTS: Mapping[bytes, float] = {
    b"a": 0.638, b"A": -0.414, b"0": 0.915, b".": 0.638, b" ": -0.313, b"\n": -0.598, b"_": 1.13,
    b"aA": 1.345, b"Aa": -0.366, b"AA": 1.69, b"aa": -0.616, b"a0": 1.221, b"0a": -0.482, b"A0": -0.334, b"0A": 2.0, b"00": -1.0,
    b"..": 0.203, b"  ": 0.643, b" .": 0.617, b"__": -0.683, b"\n\n": 1.329, b"\n ": -0.461,
}  # fmt: skip
_BLANKS = b" \t\r\n\v\f"
_ASCII = bytes(range(0x80))
_LEAD2, _LEAD3, _LEAD4 = bytes(range(0xC0, 0xE0)), bytes(range(0xE0, 0xF0)), bytes(range(0xF0, 0x100))


def estimate(text: str) -> int:
    """Tokens of a text, rather too many than too few. Linear in its length, and the same everywhere."""
    if not text:
        return 0
    raw = text.encode("utf-8", "surrogatepass")
    kinds = raw.translate(_CLASSES)
    # The classes are counted without overlap: `   ` has one pair of blanks. So were they when the weights were fitted.
    fitted = sum(weight * kinds.count(kind) for kind, weight in _WEIGHTS.items())
    least = len(raw.translate(None, _BLANKS)) / 8
    return max(round(max(fitted, least) + (0.0 if text.isascii() else _beyond_ascii(raw))), 1)


def _beyond_ascii(raw: bytes) -> float:
    """Two bytes are a letter of an alphabet, three one of CJK or a symbol, four an emoji."""
    high = raw.translate(None, _ASCII)
    two, three, four = (len(high) - len(high.translate(None, lead)) for lead in (_LEAD2, _LEAD3, _LEAD4))
    return two * 0.8 + three * 1.4 + four * 2.7


# Name → where tiktoken gets it, which names its file in the cache, and the file's SHA-256.
_SOURCE = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
_FILES = {
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
}


@lru_cache(maxsize=4)
def _encoder(name: str) -> Callable[[str], int] | None:
    """Counts with tiktoken; None when it, or the whole file of the encoding, is not on this machine."""
    if not _is_here(name):
        return None
    try:
        import tiktoken  # noqa: PLC0415  (an extra, and 0.1 s of import time)
    except ImportError:
        return None
    encoding = tiktoken.get_encoding(name)
    return lambda text: len(encoding.encode_ordinary(text))


def _is_here(name: str) -> bool:
    """Whether tiktoken would find its file without asking the network; a damaged one it would download again."""
    if name not in _FILES:
        return False
    folder = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    if folder is None:
        folder = str(Path(tempfile.gettempdir()) / "data-gym-cache")
    path = Path(folder) / sha1(_SOURCE.format(name).encode(), usedforsecurity=False).hexdigest()
    try:
        return folder != "" and sha256(path.read_bytes()).hexdigest() == _FILES[name]
    except OSError:
        return False
