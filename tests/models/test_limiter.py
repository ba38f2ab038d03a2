"""The limiter in virtual time: who is let in, when, and that nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models.clock import passing

from rao_review.models.limiter import Limiter
from rao_review.models.pool import Pool
from rao_review.models.rates import Rate, Rates

URL = "http://a/v1"


def least(node: str, loads: Mapping[str, int]) -> str:
    return min(loads, key=lambda url: (loads[url], url))


def now() -> float:
    return asyncio.get_running_loop().time()


calls = st.lists(st.tuples(st.floats(0, 3), st.floats(0.01, 2), st.integers(1, 3000), st.floats(0, 4)), max_size=40)


@settings(deadline=None)
@given(calls, st.integers(1, 8), st.integers(1, 3))
def test_never_too_many_and_everybody_gets_in(
    script: list[tuple[float, float, int, float]], concurrency: int, replicas: int
) -> None:
    """Calls come, last, are cancelled, meet 429 and rate headers; in the end nothing is held and nobody waits."""
    urls = tuple(f"http://{n}/v1" for n in range(replicas))

    async def main() -> None:
        limiter = Limiter(concurrency, urls, Pool(urls).pick)
        inside = done = 0

        async def call(start: float, lasts: float, tokens: int, fate: float) -> None:
            nonlocal inside, done
            await asyncio.sleep(start)
            async with limiter.slot("0.1", tokens) as slot:
                inside += 1
                assert inside <= concurrency
                try:
                    await asyncio.sleep(lasts)
                    if fate < 1:
                        slot.limited(None if fate < 0.5 else 3.0)
                    elif fate < 2:
                        slot.heard(Rates(Rate(60, 5, 20.0), Rate(6000, 10, 30.0)))
                    slot.succeeded()
                    done += 1
                finally:
                    inside -= 1

        tasks = [asyncio.create_task(call(*each)) for each in script]
        cancelled = [t for t, each in zip(tasks, script, strict=True) if each[3] > 3.5]
        await asyncio.sleep(1.5)
        for task in cancelled:
            task.cancel()
        async with asyncio.timeout(3600):
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        assert done >= len(tasks) - len(cancelled)
        assert limiter.under_way == 0
        async with limiter.slot("0", 1):
            assert limiter.under_way == 1

    passing(main())


def test_first_come_first_served_and_no_room_unused() -> None:
    async def main() -> tuple[list[int], float]:
        limiter = Limiter(3, (URL,), least)
        order: list[int] = []

        async def call(number: int) -> None:
            async with limiter.slot("0", 1):
                order.append(number)
                await asyncio.sleep(1)

        async with asyncio.TaskGroup() as group:
            for number in range(9):
                group.create_task(call(number))
        return order, now()

    order, took = passing(main())
    assert order == list(range(9))
    assert took == pytest.approx(3)


async def _one(limiter: Limiter, tokens: int = 1, rates: Rates | None = None) -> float:
    async with limiter.slot("0", tokens) as slot:
        if rates is not None:
            slot.heard(rates)
        return now()


def test_what_the_headers_leave_is_shared_out_over_time() -> None:
    async def main() -> list[float]:
        limiter = Limiter(9, (URL,), least)
        await _one(limiter, rates=Rates(requests=Rate(60, 2, 58.0)))
        return [await _one(limiter) for _ in range(5)]

    assert passing(main()) == pytest.approx([0, 0, 1, 2, 3])


def test_tokens_a_minute_and_a_call_larger_than_the_limit() -> None:
    async def main() -> list[float]:
        limiter = Limiter(9, (URL,), least)
        await _one(limiter, rates=Rates(tokens=Rate(6000, 1000, 50.0)))
        return [await _one(limiter, tokens) for tokens in (1000, 500, 90_000)]

    assert passing(main()) == pytest.approx([0, 5, 65], abs=0.5)


def test_a_pause_is_one_replicas_own() -> None:
    async def main() -> tuple[float, str, float]:
        limiter = Limiter(9, (URL, "http://b/v1"), least)
        async with limiter.slot("0", 1) as slot:
            slot.limited(10.0)
        async with limiter.slot("0", 1) as other:
            at, where = now(), other.url
            other.limited(4.0)
        return at, where, await _one(limiter)

    assert passing(main()) == (0, "http://b/v1", pytest.approx(4))


def test_half_as_many_after_429_once_a_burst_then_one_more_at_a_time() -> None:
    async def main() -> list[int]:
        limiter = Limiter(16, (URL,), least)
        bounds: list[int] = []
        async with contextlib.AsyncExitStack() as stack:
            burst = [await stack.enter_async_context(limiter.slot("0", 1)) for _ in range(16)]
            for slot in burst:
                slot.limited(None)
            bounds.append(limiter.bound(URL))
        for _ in range(8 + 9):
            async with limiter.slot("0", 1) as slot:
                slot.succeeded()
            bounds.append(limiter.bound(URL))
        return bounds

    bounds = passing(main())
    assert bounds[0] == 8
    assert bounds[7:10] == [8, 9, 9]
    assert bounds[-1] == 10


def test_a_cancelled_waiter_leaves_the_line() -> None:
    async def main() -> float:
        limiter = Limiter(1, (URL,), least)
        async with limiter.slot("0", 1):
            gone = asyncio.create_task(_one(limiter))
            await asyncio.sleep(1)
            gone.cancel()
            both = asyncio.create_task(_one(limiter)), asyncio.create_task(_one(limiter))
            await asyncio.sleep(0)
            both[0].cancel()
        both[1].cancel()  # granted in this very step
        await asyncio.sleep(0)
        return await _one(limiter)

    assert passing(main()) == pytest.approx(1)
