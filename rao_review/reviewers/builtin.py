"""The built-in reviewer alone."""

from __future__ import annotations

from rao_review.agent.review import review_change
from rao_review.policy.builtin import BuiltinPolicy
from rao_review.reviewers.job import Job, Reviewed

_HINT = "no model was asked, only rules: --model NAME --base-url URL lets one read the change"


async def review(job: Job) -> Reviewed:
    policy = BuiltinPolicy(job.graph, job.rules, job.line_findings)
    outcome = await review_change(policy, job.graph, job.limits, job.recorder)
    return Reviewed(outcome, policy.name, notes=(_HINT,) if outcome.usage.nodes else (), faults=policy.faults)
