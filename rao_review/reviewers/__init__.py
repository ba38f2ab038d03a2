"""Who reviews: the built-in reviewer alone, or a model with the built-in reviewer before it.

The model's side is loaded only when a model is asked: its libraries cost a second of start-up time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from threading import Thread

from rao_review.errors import UsageError
from rao_review.reviewers.job import Choice, Expectation, Job, Past, Reviewed
from rao_review.settings import Settings

__all__ = [
    "Choice",
    "Expectation",
    "Job",
    "Past",
    "Reviewed",
    "check_start",
    "choosing",
    "expected_of",
    "preload",
    "review_by",
]

_REVIEWERS = {"builtin": "rao_review.reviewers.builtin", "model": "rao_review.reviewers.model"}


def preload() -> None:
    """Begins to load the model's side, which takes about a second, while the caller does other work."""
    # No daemon: an interpreter that ends within the import of a compiled module may crash.
    Thread(target=_load, name="preload").start()


def _load() -> None:
    import_module(_REVIEWERS["model"]).preload()


def check_start(settings: Settings, key: str, past: Past, asks: bool = True) -> None:
    """What can be told before anything of the change is read. `asks` is False for an estimate. Raises UsageError."""
    if settings.model:
        import_module(_REVIEWERS["model"]).check(settings, key, past, asks)
    elif not asks:
        raise UsageError("--estimate needs --model NAME: the built-in reviewer costs nothing")


def choosing(
    settings: Settings, key: str, past: Past, template: Callable[[str], bytes | None]
) -> AbstractContextManager[Choice | None]:
    """The model that the settings name, ready to be asked until the end of the block; None when they name none.

    Raises UsageError, before anything is on record, when no review can come of it.
    """
    if not settings.model:
        return nullcontext()
    chosen: AbstractContextManager[Choice] = import_module(_REVIEWERS["model"]).choosing(settings, key, past, template)
    return chosen


async def review_by(job: Job) -> Reviewed:
    """The whole agent stage: by the model that the settings name, else by the built-in reviewer."""
    module = import_module(_REVIEWERS["model" if job.settings.model else "builtin"])
    reviewed: Reviewed = await module.review(job)
    return reviewed


def expected_of(job: Job) -> Expectation:
    """What the review by its model would take, without asking anybody."""
    expectation: Expectation = import_module(_REVIEWERS["model"]).expect(job)
    return expectation
