"""What `diff` and `demo` have in common: run the pipeline, show progress, deliver the report, give the exit code."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Mapping
from pathlib import Path

from rao_review.cli.deliver import Delivery, deliver, exit_code
from rao_review.cli.progress import progress_for
from rao_review.diff.source import Source
from rao_review.pipeline import STAGES, Request, review
from rao_review.report.display import Detail
from rao_review.settings import Layers


def flags(fail_on: str | None, jobs: int | None, no_cache: bool, **globs: list[str] | None) -> dict[str, object]:
    """The settings that the user gave on the command line, and only those."""
    given: dict[str, object | None] = {"fail_on": fail_on, "jobs": jobs, "cache": False if no_cache else None, **globs}
    return {name: value for name, value in given.items() if value not in (None, [])}


def run_review(source: Source, given: Mapping[str, object], delivery: Delivery, runs: Path | None = None) -> int:
    """Review `source` and deliver the report; the exit code of design §7."""
    progress = progress_for(STAGES, delivery.detail is Detail.QUIET, delivery.detail is Detail.FULL)
    with progress or contextlib.nullcontext():
        gc.disable()  # one review and the end: what it builds lives as long as the process
        result = review(Request(source, Layers(given), runs), *([progress] if progress else []))
    deliver(result.report, delivery)
    return exit_code(result.report, result.settings.fail_on)
