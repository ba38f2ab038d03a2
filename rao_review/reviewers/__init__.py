"""Who reviews: the built-in reviewer alone, or a model with the built-in reviewer before it.

The model's side is loaded only when a model is asked: its libraries cost a second of start-up time.
"""

from __future__ import annotations

from importlib import import_module

from rao_review.reviewers.job import Job, Past, Reviewed

__all__ = ["Job", "Past", "Reviewed", "review_by"]

_REVIEWERS = {"builtin": "rao_review.reviewers.builtin", "model": "rao_review.reviewers.model"}


async def review_by(job: Job) -> Reviewed:
    """The whole agent stage: by the model that the settings name, else by the built-in reviewer."""
    module = import_module(_REVIEWERS["model" if job.settings.model else "builtin"])
    reviewed: Reviewed = await module.review(job)
    return reviewed
