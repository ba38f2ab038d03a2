"""Who reviews: the built-in reviewer alone, or a model with the built-in reviewer before it.

The model's side is loaded only when a model is asked: its libraries cost a second of start-up time.
"""

from __future__ import annotations

from importlib import import_module
from threading import Thread

from rao_review.errors import UsageError
from rao_review.reviewers.job import Expectation, Job, Past, Reviewed

__all__ = ["Expectation", "Job", "Past", "Reviewed", "expected_of", "preload", "review_by"]

_REVIEWERS = {"builtin": "rao_review.reviewers.builtin", "model": "rao_review.reviewers.model"}


def preload() -> None:
    """Begins to load the model's side, which takes about a second, while the caller does other work."""
    # No daemon: an interpreter that ends within the import of a compiled module may crash.
    Thread(target=_load, name="preload").start()


def _load() -> None:
    import_module(_REVIEWERS["model"]).preload()


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
