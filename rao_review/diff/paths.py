"""How git writes paths in text: C-style quoting, and the prefixes before the two names of a file."""

from __future__ import annotations

import re

_ESCAPES = {
    0x07: "\\a",
    0x08: "\\b",
    0x09: "\\t",
    0x0A: "\\n",
    0x0B: "\\v",
    0x0C: "\\f",
    0x0D: "\\r",
    0x22: '\\"',
    0x5C: "\\\\",
}
_QUOTED = {chr(code): _ESCAPES.get(code, f"\\{code:03o}") for code in (*range(0x20), 0x22, 0x5C, 0x7F)}
_TABLE = str.maketrans(_QUOTED)
_NEEDS_QUOTES = re.compile(r'[\x00-\x1f"\\\x7f]')
_ESCAPE = re.compile(r"\\([0-7]{3}|.)", re.DOTALL)
_CHARACTERS = {text[1]: chr(code) for code, text in _ESCAPES.items()}
_KNOWN_PREFIXES = frozenset("abciow12")
"""Git's own prefixes: a/ b/, the mnemonic ones (index, work tree, commit, object) and those of `--no-index`."""


def quote(path: str) -> str:
    """`path` as git prints it in patch headers with `core.quotePath=false`: quoted only when it must be."""
    return f'"{path.translate(_TABLE)}"' if _NEEDS_QUOTES.search(path) else path


def unquote(text: str) -> str:
    """Inverse of `quote`, for any `core.quotePath`; text that is not quoted comes back as it is.

    Octal escapes are bytes: runs of them are decoded together as UTF-8 with surrogateescape.
    """
    if not (len(text) >= 2 and text.startswith('"') and text.endswith('"')):
        return text
    raw = _ESCAPE.sub(_unescape, text[1:-1])
    return raw.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def _unescape(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) == 1:
        return _CHARACTERS.get(escape, escape)
    code = int(escape, 8) & 0xFF
    return chr(code) if code < 0x80 else chr(0xDC00 + code)  # as surrogateescape has it, until all are decoded together


def strip(path: str, level: int) -> str:
    """`path` without its first `level` components (as `patch -pN`), never empty."""
    return path.split("/", level)[-1]


def common_level(old: str, new: str) -> int | None:
    """How many leading components to drop until both names agree; None when they never do."""
    depth = old.count("/")
    if depth != new.count("/"):
        return None
    return next((level for level in range(depth + 1) if strip(old, level) == strip(new, level)), None)


def guessed_level(name: str) -> int:
    """The level for a name that stands alone: 1 for git's own prefixes, else 0."""
    return 1 if name[1:2] == "/" and name[0] in _KNOWN_PREFIXES else 0


def split_names(text: str) -> tuple[str, str] | None:
    """The two names of a `diff --git` line, of which git says that they agree but for the prefix.

    Unquoted names may hold spaces, so the cut is where the two halves agree, the middle first. None when no cut fits: a rename,
    whose names stand in lines of their own.
    """
    if '"' in text:
        quoted = re.fullmatch(r'("(?:[^"\\]|\\.)*"|\S.*?) ("(?:[^"\\]|\\.)*"|\S.*)', text)
        return (unquote(quoted[1]), unquote(quoted[2])) if quoted else None
    cuts = [at for at, character in enumerate(text) if character == " "]
    for at in sorted(cuts, key=lambda cut: abs(2 * cut + 1 - len(text))):
        if common_level(text[:at], text[at + 1 :]) is not None:
            return text[:at], text[at + 1 :]
    return None
