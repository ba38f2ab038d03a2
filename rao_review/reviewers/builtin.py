"""The built-in reviewer alone."""

from __future__ import annotations

from rao_review.agent.review import review_change
from rao_review.policy.builtin import BuiltinPolicy
from rao_review.reviewers.job import Job, Reviewed

_HINT = "no model was asked, only rules: --model NAME --base-url URL lets one read the change"


async def review(job: Job) -> Reviewed:
    outcome = await review_change(BuiltinPolicy(job.graph, job.rules), job.graph, job.limits, job.recorder)
    return Reviewed(outcome, BuiltinPolicy.name, notes=(_HINT,))
