"""When there is another attempt, and after how long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from rao_review.errors import BudgetError, RejectedError, TransientError, UnavailableError
from rao_review.models.retry import Retry


def run(failures: Sequence[Exception], left: float = float("inf"), retry: Retry | None = None) -> list[float]:
    """The waits of a call that fails in these ways and then works."""
    waits: list[float] = []
    coming = iter(failures)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def attempt() -> str:
        for error in coming:
            raise error
        return "answer"

    made = replace(retry or Retry(), sleep=sleep)
    assert asyncio.run(made.run("0.1", attempt, lambda: left - sum(waits))) == "answer"
    return waits


def broken(kind: str = "connection", after: float | None = None) -> TransientError:
    return TransientError(kind, f"http://h: {kind}", after)


def test_the_bound_doubles_and_the_jitter_is_the_same_every_time() -> None:
    waits = run([broken()] * 5)
    assert all(0 <= wait <= 0.5 * 2**n for n, wait in enumerate(waits))
    assert waits == run([broken()] * 5)
    assert waits != run([broken()] * 5, retry=Retry(seed=1))
    assert max(run([broken()] * 40, retry=Retry(attempts=50))) <= 30


def test_the_server_says_how_long() -> None:
    assert run([broken("rate limit", 7.0), broken("server error", 3.0), broken("rate limit", 1e6)]) == [7.0, 3.0, 120.0]


def test_after_the_last_attempt() -> None:
    run([broken("server error")] * 5)
    with pytest.raises(UnavailableError, match=r"no answer in 6 attempts, the last one: http://h: server error; check"):
        run([broken("server error")] * 6)


def test_a_rate_limit_that_says_how_long_uses_up_no_attempts() -> None:
    assert len(run([broken("rate limit", 1.0)] * 50)) == 50
    with pytest.raises(UnavailableError):
        run([broken("rate limit")] * 6)
    with pytest.raises(UnavailableError, match="lower --concurrency"):
        run([broken("rate limit", 100.0)] * 50)


def test_no_wait_beyond_the_deadline() -> None:
    with pytest.raises(UnavailableError, match="after the deadline"):
        run([broken("rate limit", 5.0)] * 50, left=22.0)
    assert len(run([broken("rate limit", 5.0)] * 4, left=22.0)) == 4


@pytest.mark.parametrize("error", [RejectedError("no", 401), BudgetError("gone", "max-calls"), ValueError("bug")])
def test_nothing_else_is_tried_again(error: Exception) -> None:
    with pytest.raises(type(error)):
        run([error])


def test_every_wait_is_told() -> None:
    told: list[tuple[str, int, str, str, float]] = []
    waits = run([broken(), broken("rate limit", 2.0)], retry=Retry(on_retry=lambda *what: told.append(what)))
    assert told == [
        ("0.1", 1, "connection", "http://h: connection", waits[0]),
        ("0.1", 2, "rate limit", "http://h: rate limit", 2.0),
    ]
