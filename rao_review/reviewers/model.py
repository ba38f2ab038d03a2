"""A model over the built-in reviewer: endpoint, budget and prompts are put together, the loop runs, the bill is added up."""

from __future__ import annotations

import os
from dataclasses import replace

from rao_review.agent.protocol import Limits, Policy
from rao_review.agent.review import review_change
from rao_review.errors import JournalError
from rao_review.models.budget import Budget, Prices
from rao_review.models.budget import Limits as Allowance
from rao_review.models.connection import preload
from rao_review.models.ledger import Ledger, answers, spent
from rao_review.models.memory import Memory
from rao_review.models.model import Stack, connect
from rao_review.models.profile import Profile
from rao_review.models.retry import Retry
from rao_review.models.tokens import Calibration, Counter
from rao_review.models.wire import TokenUsage
from rao_review.policy.builtin import BuiltinPolicy
from rao_review.policy.llm import FlatPolicy, LlmPolicy, MapReducePolicy, Shared, Shares
from rao_review.policy.llm.estimate import Estimate, estimate
from rao_review.policy.llm.footing import Footing
from rao_review.policy.llm.masking import Masker
from rao_review.policy.llm.prompts import Prompts
from rao_review.policy.llm.shared import lacks
from rao_review.reviewers.choice import as_chosen, check, choosing, prices_of, profile_of, said_by_user
from rao_review.reviewers.job import Expectation, Job, Reviewed
from rao_review.settings import Settings
from rao_review.trace.events import CallRetried, ModelChosen
from rao_review.trace.journal import Fanout
from rao_review.trace.usage import CallCount

__all__ = ["check", "choosing", "expect", "preload", "review"]

# What a run may take when nobody said: this many times the estimate, and never less than the floor.
_SLACK = 8
_FLOOR = 200_000
# The share of the budget at which nodes are told to finish.
_LOW = 0.1
_SIMULATED = "the endpoint is simulated: no model read this change"
# One reading of a tool, in characters for each token of the window.
_READING = 0.6


async def review(job: Job) -> Reviewed:
    """By the model of `job.choice`. What the endpoint does is part of the result."""
    assert job.choice is not None
    settings, prices = job.settings, prices_of(job.settings)
    profile, chosen = job.choice.profile, job.choice.chosen
    counter = Counter(_encoding(settings.model))
    shared = _shared(job, chosen, counter)
    policy, limits = _policy(job, shared, chosen)
    expected = _expected(job, shared)
    chosen = replace(
        chosen,
        budget=_budget(settings, expected),
        expected_calls=0 if chosen.strategy == "flat" else expected.calls,
    )
    job.recorder.record(chosen)

    count = CallCount()
    recorder = Fanout(job.recorder, count)
    budget = Budget(Allowance(**chosen.budget), prices)
    for usage in spent(job.past.events):
        budget.count_past(usage)
    connection = None if job.past.complete else _connect(job, profile, budget, counter, recorder)
    known = answers(job.past.events, job.past.complete)
    ledger = Ledger(connection, settings.model, recorder, known, lambda: budget.share < _LOW)
    shared.model, shared.low = ledger, ledger.low
    structural = BuiltinPolicy(job.graph, job.rules, job.line_findings)
    try:
        outcome = await review_change(policy, job.graph, limits, recorder, structural)
    finally:
        if connection is not None:
            await connection.close()
    if ledger.missing:
        raise JournalError(
            f"run {job.past.run} cannot be replayed: its journal has no answer to {ledger.missing}; was it written by another version?"
        )
    _remember(shared, chosen)
    used = replace(
        outcome.usage,
        calls=count.calls,
        prompt_tokens=count.prompt,
        completion_tokens=count.completion,
        cost=_cost(count, prices),
    )
    notes = (_SIMULATED,) if chosen.simulated else ()
    return Reviewed(
        replace(outcome, usage=used),
        policy.name,
        settings.model,
        (*notes, *_failed_calls(job, count)),
        structural.faults,
    )


def expect(job: Job) -> Expectation:
    """What a review would take. Asks nobody, so the window must be known without asking. Raises UsageError."""
    settings = job.settings
    said = said_by_user(settings)
    chosen = as_chosen(settings, profile_of(settings), said, job.template)
    shared = _shared(job, chosen, Counter(_encoding(settings.model)))
    expected, prices = _expected(job, shared), prices_of(settings)
    cost = prices.most(expected.prompt_tokens, expected.completion_tokens) if prices else None
    return Expectation(
        window=said.window,
        diff_tokens=expected.diff,
        nodes=expected.nodes,
        depth=expected.depth,
        calls=expected.calls,
        prompt_tokens=expected.prompt_tokens,
        completion_tokens=expected.completion_tokens,
        cost=cost,
    )


def _encoding(model: str) -> str:
    """The tiktoken encoding of OpenAI's own models, '' for all others."""
    name = model.rpartition("/")[2]
    newest = ("gpt-5", "gpt-4o", "gpt-4.1", "gpt-oss", "o1", "o3", "o4")
    if name.startswith(newest):
        return "o200k_base"
    return "cl100k_base" if name.startswith(("gpt-4", "gpt-3.5")) else ""


def _shared(job: Job, chosen: ModelChosen, counter: Counter) -> Shared:
    footing = Footing(
        protocol="json" if chosen.protocol == "json" else "tools",
        settled=chosen.protocol != "auto",
        schema=True,
        window=chosen.window,
        max_output=chosen.max_output,
        calibration=Calibration(),
    )
    prompts = Prompts(chosen.seed, job.template)
    if lacks(prompts, counter, footing):
        footing = replace(footing, schema=False)
    shared = Shared(
        graph=job.graph,
        model=Ledger(None, chosen.model, job.recorder),
        counter=counter,
        prompts=prompts,
        masker=Masker(chosen.seed, job.settings.mask),
        first=footing,
        shares=Shares(inline=job.settings.recurse_above),
    )
    if chosen.protocol == "auto":
        shared.first = shared.thrifty(footing)
    return shared


def _policy(job: Job, shared: Shared, chosen: ModelChosen) -> tuple[Policy, Limits]:
    limits = replace(job.limits, characters=max(int(chosen.window * _READING), 1_000), repairs=1)
    match chosen.strategy:
        case "flat":
            shared.shares = Shares(inline=1.0, room=0.9)  # the whole window: there is only one prompt
            return FlatPolicy(shared), replace(limits, depth=0)
        case "mapreduce":
            return MapReducePolicy(shared), replace(limits, children=limits.nodes)
    return LlmPolicy(shared, forced=chosen.strategy == "recursive"), limits


def _budget(settings: Settings, expected: Estimate) -> dict[str, float | int | None]:
    """The limits in force, by the names of `Allowance`."""
    return {
        "max_tokens": settings.max_tokens or max(expected.tokens * _SLACK, _FLOOR),
        "max_calls": settings.max_calls,
        "max_cost": settings.max_cost or None,
        "deadline": settings.deadline,
    }


def _expected(job: Job, shared: Shared) -> Estimate:
    hunks = tuple(h.id for h in job.graph.change.reviewable())
    return estimate(shared, job.limits, hunks, job.settings.strategy == "recursive")


def _connect(job: Job, profile: Profile, budget: Budget, counter: Counter, recorder: Fanout) -> Stack:
    def retried(node: str, attempt: int, kind: str, detail: str, wait: float) -> None:
        recorder.record(CallRetried(node, attempt, kind, detail, round(wait, 3)))

    return connect(profile, budget, Retry(base=job.settings.backoff, on_retry=retried), counter)


def _cost(count: CallCount, prices: Prices | None) -> float | None:
    """What the calls of the whole tree cost, those included that a resumed run had paid for before."""
    if prices is None:
        return None
    return round(prices.cost(TokenUsage(count.prompt, count.completion, count.cached)), 6)


def _failed_calls(job: Job, count: CallCount) -> tuple[str, ...]:
    """Why fewer calls were answered than the limit on calls allowed. A replay makes no attempt: its journal has those there were."""
    made = CallCount()
    for event in job.past.events if job.past.complete else ():
        made.record(event)
    failed = count.failed + (made.retries if job.past.complete else count.retries)
    if not failed or not count.refused:
        return ()
    verb = "calls failed and count" if failed > 1 else "call failed and counts"
    return (f"{failed:,} more {verb} among the {job.settings.max_calls:,} of --max-calls",)


def _remember(shared: Shared, chosen: ModelChosen) -> None:
    """The protocol that worked at the root works next time."""
    footing = shared.footing("0")
    if chosen.protocol == "auto" and footing.settled:
        Memory(os.environ).note(chosen.endpoints[0], chosen.model, footing.protocol)
