"""Path patterns as in `.gitignore` and `.gitattributes`, for `--include`, `--exclude` and the base side's attributes.

`*` and `?` stay within one path component, `**` crosses them, `[…]` is a set. A pattern without a slash (but at its end) matches at any
depth; any other is meant from its folder. A pattern that names a folder matches everything below it.

Patterns may come from the repository, so they run in RE2: no pattern can take longer than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rao_review.errors import UsageError

_TOKEN = re.compile(r"\*\*/|/\*\*$|\*+|\?|\[[!^]?\]?[^\]]*\]|\\.|.", re.DOTALL)


def translate(pattern: str, below: bool) -> str:
    """The RE2 pattern of a glob, to be matched against a whole path. `below`: also match what lies under a match."""
    anchored = "/" in pattern.rstrip("/")
    parts = ["" if anchored else "(?:.*/)?", *map(_piece, _TOKEN.findall(pattern.strip("/")))]
    if below:
        parts.append("/.*" if pattern.endswith("/") else "(?:/.*)?")
    return "(?s)" + "".join(parts)


def _piece(token: str) -> str:
    fixed = {"**/": "(?:.*/)?", "/**": "/.*", "?": "[^/]"}.get(token)
    if fixed is not None:
        return fixed
    if token.startswith("*"):
        return "[^/]*"
    if token.startswith("[") and len(token) > 2:
        negated = token[1] in "!^"
        body = token[2 if negated else 1 : -1].replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
        return f"[{'^' if negated else ''}{body}]"
    return re.escape(token[1] if len(token) == 2 and token[0] == "\\" else token)


@dataclass(frozen=True, slots=True)
class Globs:
    """Several patterns, matched together. `first` tells which one matched."""

    patterns: tuple[str, ...]
    _matchers: tuple[Any, ...]

    @classmethod
    def compile(cls, patterns: Sequence[str]) -> Globs:
        """Raises UsageError for a pattern that is no glob (an empty or reversed set)."""
        return cls(tuple(patterns), tuple(compile_glob(pattern, below=True) for pattern in patterns))

    def first(self, path: str) -> str | None:
        """The first pattern that matches `path`, None when none does."""
        raw = subject(path)
        return next(
            (p for p, matcher in zip(self.patterns, self._matchers, strict=True) if matcher.fullmatch(raw)), None
        )


def subject(path: str) -> bytes:
    """A path as the matchers take it. RE2 wants UTF-8: a byte that is none stands as '?'."""
    return path.encode("utf-8", "replace")


def compile_glob(pattern: str, below: bool) -> Any:
    """One compiled RE2 over bytes. Raises UsageError when it is no glob."""
    import re2  # noqa: PLC0415 - most runs have no pattern to match

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(translate(pattern, below).encode("utf-8", "replace"), options)
    except re2.error as error:
        raise UsageError(f"{pattern!r} is not a glob pattern: {error}") from error
