"""A model over the built-in reviewer: endpoint, budget and prompts are put together, the loop runs, the bill is added up."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rao_review.agent.protocol import Limits, Policy
from rao_review.agent.review import review_change
from rao_review.errors import UsageError
from rao_review.models.budget import Budget, Prices
from rao_review.models.budget import Limits as Allowance
from rao_review.models.connect import Connection, connect
from rao_review.models.ledger import Ledger, answers
from rao_review.models.profile import Profile
from rao_review.models.tokens import Calibration, Counter, counter_for
from rao_review.policy.builtin import BuiltinPolicy
from rao_review.policy.llm import FlatPolicy, LlmPolicy, MapReducePolicy, Shared, Shares
from rao_review.policy.llm.estimate import Estimate, estimate
from rao_review.policy.llm.footing import Footing
from rao_review.policy.llm.masking import Masker
from rao_review.policy.llm.prompts import Prompts
from rao_review.reviewers.job import Job, Reviewed
from rao_review.settings import Settings
from rao_review.trace.events import CallRetried, ModelChosen
from rao_review.trace.usage import CallCount

_OPENAI = "https://api.openai.com/v1"
# What a run may take when nobody said: this many times the estimate, and never less than the floor.
_SLACK = 8
_FLOOR = 200_000
_LOW = 0.1
_SHARE_OF_OUTPUT = 8
_LEAST_OUTPUT, _MOST_OUTPUT = 512, 8_192


async def review(job: Job) -> Reviewed:
    """Raises UsageError when settings do not go together; what the endpoint does is part of the result."""
    settings = job.settings
    counter = counter_for(settings.model)
    chosen = await _chosen(job)
    job.recorder.record(chosen)
    shared = _shared(job, chosen, counter)
    budget = Budget(_allowance(settings, chosen), _prices(settings))
    count = CallCount()
    recorder = _Both(job.recorder, count)
    connection = None if job.past.complete else _connect(job, chosen, budget, counter)
    shared.model = Ledger(connection and connection.model, settings.model, recorder, answers(job.past.events))
    shared.low = lambda: budget.share < _LOW
    policy, limits = _policy(settings, shared, job.limits, chosen)
    try:
        outcome = await review_change(policy, job.graph, limits, recorder, BuiltinPolicy(job.graph, job.rules))
    finally:
        if connection is not None:
            await connection.close()
    prices = _prices(settings)
    usage = replace(
        outcome.usage,
        calls=count.calls,
        prompt_tokens=count.prompt,
        completion_tokens=count.completion,
        cost=round(prices.cost(count.usage), 6) if prices else None,
    )
    return Reviewed(replace(outcome, usage=usage), policy.name, settings.model, _notes(count))
