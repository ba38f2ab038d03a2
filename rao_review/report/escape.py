"""Text of the change made safe: for JSON (valid Unicode) and for a terminal (nothing that moves, hides or reorders).

Bytes that are not UTF-8 reach us as surrogates U+DC80…U+DCFF (`surrogateescape`); they are written `\\xNN` everywhere.
"""

from __future__ import annotations

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile(r"\\x[0-9a-f]{2}")
_ESCAPE = re.compile(r"\\(\\|x([0-9a-f]{2}))")
_SAFE = re.compile(r"[\x20-\x7e]*")
# Cc controls, Cf formats (bidi overrides, zero-width marks, tags), Zl/Zp line separators, Cs surrogates.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
# Joins emoji and letters of several scripts and can only change the shape of its neighbours.
_JOINERS = frozenset("\u200c\u200d")


def _byte(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else "\ufffd"


def valid_text(text: str) -> str:
    """`text` as valid Unicode: bytes that are not UTF-8 become `\\xNN`, other lone surrogates U+FFFD."""
    return _SURROGATE.sub(_byte, text)


def escape_path(path: str) -> str:
    """A path as valid Unicode that `unescape_path` turns back into the same bytes.

    Nearly every path stays as it is. One that has bytes outside UTF-8, or that happens to contain the characters `\\xNN`, is
    written with `\\xNN` for those bytes and `\\\\` for each backslash.
    """
    if _SURROGATE.search(path) or _LOOKS_ESCAPED.search(path):
        return valid_text(path.replace("\\", "\\\\"))
    return path


def unescape_path(text: str) -> str:
    """The inverse of `escape_path`: a path as git's bytes decoded with `surrogateescape`."""
    if not _LOOKS_ESCAPED.search(text):
        return text
    return _ESCAPE.sub(lambda match: chr(0xDC00 + int(match[2], 16)) if match[2] else "\\", text)


def visible(text: str, encoding: str = "utf-8") -> str:
    """`text` as one line that shows every character and does nothing to a terminal.

    Control characters become `\\n`, `\\t`, `\\x1b`; bidirectional and other invisible format characters `\\u202e`; bytes
    outside UTF-8 `\\xNN`; what `encoding` cannot write `\\uNNNN`.
    """
    if _SAFE.fullmatch(text):
        return text
    return "".join(map(_shown, valid_text(text))).encode(encoding, "backslashreplace").decode(encoding)


def _shown(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in _UNSAFE_CATEGORIES:
        return character
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character) or character.encode("unicode_escape").decode("ascii")
