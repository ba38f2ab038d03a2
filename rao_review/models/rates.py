"""What the headers of a response say of rates: how much is left, when there is more, how long to wait.

x-ratelimit-{limit,remaining,reset}-{requests,tokens}      OpenAI and most others; reset as '1m6.2s', '120ms' or seconds
anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset}      reset as a time of day in RFC 3339
retry-after, retry-after-ms      seconds or an HTTP date
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")
# Larger numbers of seconds are moments, not durations; larger still, they are in milliseconds.
_EPOCH, _EPOCH_MS = 1e9, 1e12


@dataclass(frozen=True, slots=True)
class Rate:
    """Of requests or tokens: how many a period, how many are left of it, seconds until it is whole again. None: not said."""

    limit: float | None = None
    remaining: float | None = None
    reset: float | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    requests: Rate = Rate()
    tokens: Rate = Rate()

    @property
    def said(self) -> bool:
        return self != Rates()


def rates(headers: Mapping[str, str], now: float | None = None) -> Rates:
    """Of a response's headers, by lower-case name. `now` is the time of day in seconds."""
    moment = time.time() if now is None else now
    return Rates(_rate(headers, "requests", moment), _rate(headers, "tokens", moment))


def retry_after(headers: Mapping[str, str], text: str = "", now: float | None = None) -> float | None:
    """Seconds that the server asks to wait, by its headers, else by its words; None when it does not say."""
    moment = time.time() if now is None else now
    if (milliseconds := _number(headers.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    if (waited := _wait(headers.get("retry-after", ""), moment)) is not None:
        return waited
    found = rates(headers, moment)
    spent = [r.reset for r in (found.requests, found.tokens) if r.reset is not None and r.remaining == 0]
    if spent:
        return max(spent)
    if (match := _WORDS.search(text)) is not None:
        return _wait(match[1], moment)
    resets = [r.reset for r in (found.requests, found.tokens) if r.reset is not None and r.remaining is None]
    return max(resets, default=None)


# 'Please try again in 6m0s.', 'Please retry in 12.5s.', '"retryDelay": "30s"', 'try again in 20 seconds'
_WORDS = re.compile(r"(?i)(?:again|retry) (?:in|after) ((?:\d+(?:\.\d+)?(?:ms|[smhd]))+|\d+(?:\.\d+)?(?= ?sec))")


def _rate(headers: Mapping[str, str], what: str, now: float) -> Rate:
    def field(name: str) -> str:
        openai = headers.get(f"x-ratelimit-{name}-{what}", "")
        anthropic = headers.get(f"anthropic-ratelimit-{what}-{name}", "")
        plain = headers.get(f"x-ratelimit-{name}", "") if what == "requests" else ""
        return openai or anthropic or plain

    return Rate(_number(field("limit")), _number(field("remaining")), _wait(field("reset"), now))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _wait(text: str, now: float) -> float | None:
    """Seconds from now: of a number, a duration, or a moment."""
    text = text.strip()
    if (number := _number(text)) is not None:
        if number >= _EPOCH_MS:
            return max(number / 1000 - now, 0.0)
        return max(number - now, 0.0) if number >= _EPOCH else number
    if _DURATION.fullmatch(text):
        return sum(float(amount) * _UNITS[unit] for amount, unit in _PART.findall(text))
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except ValueError:
            continue
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(aware.timestamp() - now, 0.0)
    return None
