"""Who reviews: the built-in reviewer alone, or a model with the built-in reviewer before it.

The model's side is loaded only when a model is asked: its libraries cost a second of start-up time.
"""

from __future__ import annotations

from importlib import import_module

from rao_review.errors import UsageError
from rao_review.reviewers.job import Expectation, Job, Past, Reviewed

__all__ = ["Expectation", "Job", "Past", "Reviewed", "expected_of", "review_by"]

_REVIEWERS = {"builtin": "rao_review.reviewers.builtin", "model": "rao_review.reviewers.model"}


async def review_by(job: Job) -> Reviewed:
    """The whole agent stage: by the model that the settings name, else by the built-in reviewer."""
    module = import_module(_REVIEWERS["model" if job.settings.model else "builtin"])
    reviewed: Reviewed = await module.review(job)
    return reviewed


def expected_of(job: Job) -> Expectation:
    """What the review would take, without asking anybody. Raises UsageError when no model is named."""
    if not job.settings.model:
        raise UsageError("--estimate needs --model NAME: the built-in reviewer costs nothing")
    expectation: Expectation = import_module(_REVIEWERS["model"]).expect(job)
    return expectation
