"""The budget's law, and each of its limits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rao_review.errors import BudgetError
from rao_review.models.budget import Budget, Limits, Prices, Reservation
from rao_review.models.wire import TokenUsage


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


steps = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "settle", "charge", "release", "cancel"]),
        st.integers(0, 400),
        st.integers(0, 200),
        st.floats(0, 1),
        st.integers(0, 50),
    ),
    max_size=60,
)


@given(steps, st.integers(0, 3000), st.integers(0, 12), st.floats(0, 0.02), st.floats(0, 9))
def test_spent_and_reserved_never_exceed_the_limits(
    script: list[tuple[str, int, int, float, int]], tokens: int, calls: int, cost: float, cached: float
) -> None:
    budget = Budget(Limits(tokens, calls, cost), Prices(3.0, 15.0, cached))
    under_way: list[Reservation] = []
    for step, prompt, output, share, which in script:
        if step == "reserve":
            try:
                under_way.append(budget.reserve(prompt, output))
            except BudgetError as error:
                assert error.limit in ("max-tokens", "max-calls", "max-cost")
        elif under_way:
            taken = under_way.pop(which % len(under_way))
            if step == "settle":
                told = int(taken.prompt * share)
                budget.settle(taken, TokenUsage(told, int(taken.output * share), int(told * share)))
            else:
                {"charge": budget.charge, "release": budget.release, "cancel": budget.cancel}[step](taken)
        assert budget.spent_tokens + budget.reserved_tokens <= tokens
        assert budget.spent_calls + budget.reserved_calls <= calls
        assert budget.spent_cost + budget.reserved_cost <= cost + 1e-9
        assert 0 <= budget.share <= 1
    assert budget.reserved_calls == len(under_way)


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(max_tokens=149), "max-tokens"),
        (Limits(max_calls=0), "max-calls"),
        (Limits(max_cost=0.00104), "max-cost"),
    ],
)
def test_each_limit_is_named(limits: Limits, name: str) -> None:
    budget = Budget(limits, Prices(3.0, 15.0))
    with pytest.raises(BudgetError, match=name) as caught:
        budget.reserve(100, 50)
    assert caught.value.limit == name
    assert budget.reserved_calls == 0
    assert Budget(Limits(150, 1, 0.00106), Prices(3.0, 15.0)).reserve(100, 50).tokens == 150


def test_the_deadline() -> None:
    clock = Clock()
    budget = Budget(Limits(deadline=60), clock=clock)
    assert budget.time_left == 60
    clock.now += 45
    assert (budget.time_left, budget.share) == (15, 0.25)
    clock.now += 15
    with pytest.raises(BudgetError) as caught:
        budget.reserve(1, 1)
    assert caught.value.limit == "deadline"
    assert budget.time_left == budget.share == 0


def test_what_counts_how() -> None:
    budget = Budget(Limits(max_tokens=1000, max_calls=10), Prices(1.0, 2.0, 0.1))
    budget.settle(budget.reserve(100, 100), TokenUsage(100, 20, cached=50))
    assert (budget.spent_tokens, budget.spent_calls) == (120, 1)
    assert budget.spent_cost == pytest.approx((50 * 1 + 50 * 0.1 + 20 * 2) / 1e6)
    budget.charge(budget.reserve(100, 100))
    assert (budget.spent_tokens, budget.spent_calls) == (320, 2)
    budget.release(budget.reserve(100, 100))
    assert (budget.spent_tokens, budget.spent_calls) == (320, 3)
    budget.cancel(budget.reserve(100, 100))
    assert (budget.spent_tokens, budget.spent_calls, budget.reserved_tokens) == (320, 3, 0)
    assert budget.share == pytest.approx(0.68)
    assert Budget().share == 1


def test_a_call_waits_for_what_calls_under_way_leave_over() -> None:
    async def play() -> list[str]:
        budget = Budget(Limits(max_tokens=1000))
        said: list[str] = []

        async def second() -> None:
            reservation = await budget.acquire(300, 300)
            said.append("second")
            budget.settle(reservation, TokenUsage(300, 300))

        first = budget.reserve(400, 400)
        task = asyncio.create_task(second())
        await asyncio.sleep(0)
        said.append("first")
        budget.settle(first, TokenUsage(300, 50))
        await task
        with pytest.raises(BudgetError):  # nobody is under way: what does not fit now never will
            await budget.acquire(300, 300)
        return said

    assert asyncio.run(play()) == ["first", "second"]


def test_nobody_waits_for_calls_that_will_count() -> None:
    async def play() -> None:
        budget = Budget(Limits(max_calls=1))
        budget.reserve(1, 1)
        with pytest.raises(BudgetError, match="max-calls"):
            await budget.acquire(1, 1)

    asyncio.run(play())
