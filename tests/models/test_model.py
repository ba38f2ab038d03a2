"""The layers together: the books are right however a call ends."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from models.server import Step, hang, later, refusal, reset, serving, text

from rao_review.errors import BudgetError, OverflowingError, RejectedError, UnavailableError
from rao_review.models.budget import Budget, Limits
from rao_review.models.model import connect
from rao_review.models.profile import Profile
from rao_review.models.retry import Retry
from rao_review.models.wire import Message, Request

ASK = Request((Message("user", "What is wrong with this? " * 20),), max_output=50)


def ending(budget: Budget, *steps: Step, attempts: int = 1) -> None:
    async def run() -> None:
        retry = Retry(attempts=attempts, base=0.001)
        async with serving(*steps) as server, connect(Profile("m", (server.url,)), budget, retry) as model:
            await model.complete(ASK, "0")

    asyncio.run(run())


def test_refused_and_failed_calls_in_the_books() -> None:
    budget = Budget()
    with pytest.raises(RejectedError):
        ending(budget, refusal(401, "no"))
    assert (budget.spent_calls, budget.spent_tokens, budget.reserved_calls) == (1, 0, 0)
    with pytest.raises(OverflowingError):
        ending(budget, refusal(400, "prompt is too long"))
    with pytest.raises(UnavailableError):
        ending(budget, refusal(500, "no"), attempts=2)
    assert (budget.spent_calls, budget.spent_tokens, budget.reserved_calls) == (4, 0, 0)
    with pytest.raises(UnavailableError):
        ending(budget, reset)
    assert budget.spent_tokens > 50
    ending(budget, text("ok"))
    assert (budget.spent_calls, budget.reserved_calls, budget.reserved_tokens) == (6, 0, 0)


def test_every_attempt_needs_its_budget() -> None:
    budget = Budget(Limits(max_calls=3))
    with pytest.raises(BudgetError) as caught:
        ending(budget, refusal(500, "no"), attempts=9)
    assert caught.value.limit == "max-calls"
    assert budget.spent_calls == 3


def test_the_deadline_ends_a_call_under_way() -> None:
    budget = Budget(Limits(deadline=0.1))
    with pytest.raises(BudgetError) as caught:
        ending(budget, hang)
    assert caught.value.limit == "deadline"
    assert (budget.spent_calls, budget.reserved_calls) == (1, 0)
    assert budget.spent_tokens > 50


def test_cancelled_calls_leave_nothing_behind() -> None:
    async def run() -> tuple[Budget, int]:
        budget = Budget()
        async with serving(hang) as server, connect(Profile("m", (server.url,), concurrency=1), budget) as model:
            tasks = [asyncio.create_task(model.complete(ASK, f"0.{n}")) for n in range(3)]
            while not server.posts:
                await asyncio.sleep(0.005)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return budget, model._limiter.under_way

    budget, under_way = asyncio.run(run())
    assert (budget.reserved_calls, under_way) == (0, 0)
    assert budget.spent_calls == 1  # the others had only waited


def test_no_more_at_once_than_allowed() -> None:
    async def run() -> tuple[int, int]:
        async with serving(later(0.01, text("x"))) as server:
            async with connect(Profile("m", (server.url,), concurrency=4)) as model:
                await asyncio.gather(*(model.complete(ASK, f"0.{n}") for n in range(20)))
            return server.most_at_once, server.connections

    at_once, connections = asyncio.run(run())
    assert at_once == 4
    assert connections <= 5


def test_a_slot_is_free_while_its_call_waits_for_another_attempt() -> None:
    async def run() -> list[str]:
        order: list[str] = []
        steps = (refusal(503, "busy", {"retry-after-ms": "1"}), text("x"))
        woken = asyncio.Event()

        async def sleep(_: float) -> None:
            await woken.wait()

        async with serving(*steps) as server:
            profile = Profile("m", (server.url,), concurrency=1)
            async with connect(profile, retry=Retry(sleep=sleep)) as model:

                async def call(node: str) -> None:
                    await model.complete(ASK, node)
                    order.append(node)
                    woken.set()

                await asyncio.gather(call("0.1"), call("0.2"))
        return order

    assert asyncio.run(run()) == ["0.2", "0.1"]


def test_the_key_is_in_no_repr() -> None:
    assert "sk-1234" not in repr(Profile("m", ("http://h",), "sk-1234", headers={"x": "sk-1234"}))


def test_heavy_libraries_are_not_imported_before_they_are_needed() -> None:
    code = (
        "import sys, rao_review.models.model as m, rao_review.models.profile as p\n"
        "m.connect(p.Profile('m', ('http://h/v1',)))\n"
        "print([n for n in ('openai', 'httpx', 'httpx2', 'tiktoken', 'pydantic') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
