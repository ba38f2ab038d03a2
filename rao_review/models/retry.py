"""Another attempt, or not: exponential back-off with full jitter, and the server's own Retry-After before that.

Full jitter is uniform in [0, base * 2^attempt]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
The jitter is drawn from seed, node and attempt, so that it does not depend on who failed first.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from rao_review.errors import TransientError, UnavailableError

T = TypeVar("T")
OnRetry = Callable[[str, int, str, str, float], None]
"""Told of every wait: node, number of the attempt that failed (from 1), kind, detail, seconds of the wait."""


def _unheard(node: str, attempt: int, kind: str, detail: str, wait: float) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Retry:
    """When to try again.

    attempts   how often a call is made at most.
    base, cap  seconds of back-off: the bound of the first, and of any.
    obedience  the most seconds of one Retry-After that is waited.
    patience   seconds of waits that servers asked for which, together, use up no attempts; the deadline may end them before.
    """

    attempts: int = 6
    base: float = 0.5
    cap: float = 30.0
    obedience: float = 120.0
    patience: float = 900.0
    seed: int = 0
    on_retry: OnRetry = _unheard
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self, node: str, attempt: Callable[[], Awaitable[T]], time_left: Callable[[], float]) -> T:
        """The result of the first attempt that gives one. Raises UnavailableError, and whatever is not a TransientError."""
        used, made, waited = 0, 0, 0.0
        while True:
            try:
                return await attempt()
            except TransientError as error:
                made += 1
                wait = self._wait(error, node, made)
                asked = error.kind == "rate limit" and error.retry_after is not None
                if not asked or waited + wait > self.patience:
                    used += 1
                waited += wait if asked else 0.0
                if used >= self.attempts:
                    raise UnavailableError(_told(error, made)) from None
                if wait >= time_left():
                    raise UnavailableError(
                        f"{error}; the next attempt in {wait:.0f} s would come after the deadline"
                    ) from None
                self.on_retry(node, made, error.kind, str(error), wait)
            await self.sleep(wait)

    def _wait(self, error: TransientError, node: str, made: int) -> float:
        if error.retry_after is not None:
            return min(max(error.retry_after, 0.0), self.obedience)
        bound = min(self.base * 2.0 ** (made - 1), self.cap)
        return random.Random(f"{self.seed}:{node}:{made}").uniform(0.0, bound)


def _told(error: TransientError, made: int) -> str:
    """One line that says what to do."""
    return f"no answer in {made} attempts, the last one: {error}; {_ADVICE.get(error.kind, 'try again later')}"


_ADVICE = {
    "rate limit": "lower --concurrency or try again later",
    "connection": "check that the endpoint is up and its URL right",
    "time-out": "raise --timeout or lower --concurrency",
    "truncated": "check the endpoint's log",
    "empty": "check the endpoint's log, or ask another model",
    "server error": "check the endpoint's log, or try again later",
}
