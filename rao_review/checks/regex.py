"""The regex check: a linear-time pattern is found, or not, in a range of lines."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from rao_review.checks.texts import Span, Texts
from rao_review.types import RegexCheck, Verdict

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_LONGEST = 10_000


class PatternError(ValueError):
    """RE2 does not take this pattern. The message says why."""


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> Any:
    """A compiled pattern over bytes, in which `^` and `$` are the ends of each line. Raises PatternError."""
    if len(pattern) > _LONGEST:
        raise PatternError(f"the pattern is longer than {_LONGEST} characters")
    try:
        return re2.compile(b"(?m)" + pattern.encode("utf-8", "surrogateescape"), _OPTIONS)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise PatternError(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from None


def check_regex(check: RegexCheck, texts: Texts) -> Verdict:
    """Whether the pattern is found as expected; discriminates when the lines that stood there on the other side answer otherwise."""
    try:
        pattern = compiled(check.pattern)
    except PatternError as error:
        return Verdict("unknown", None, f"bad pattern: {error}")
    span = Span(check.path, check.side, check.start, check.end or check.start)
    if not texts.exists(check.path, check.side) and texts.path_across(check.path, check.side) is None:
        partial = texts.tree(check.side).partial
        return Verdict("unknown" if partial else "failed", None, f"there is no file {check.path} on either side")
    found = pattern.search(texts.data(span)) is not None
    where = f"{check.path}:{span.start}-{span.end}" if span.start else check.path
    detail = f"/{check.pattern}/ {'found' if found else 'not found'} in {check.side} {where}"
    if not found and not texts.known(span):
        return Verdict("unknown", None, f"{detail}, of which only a part is known")
    return Verdict("passed" if found == check.expect else "failed", _discriminates(pattern, found, span, texts), detail)


def _discriminates(pattern: Any, found: bool, span: Span, texts: Texts) -> bool | None:
    if texts.same(span.path, span.side):
        return False
    across = texts.across(span)
    if across is None:
        return found
    found_across = across.start <= across.end and pattern.search(texts.data(across)) is not None
    if not found_across and not texts.known(across):
        return None
    return found != found_across
