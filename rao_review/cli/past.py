"""An earlier run, to be resumed or replayed: what it was asked, and everything it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rao_review.diff.source import STDIN, Source
from rao_review.errors import JournalError, UsageError
from rao_review.reviewers import Past
from rao_review.trace.events import RunStarted
from rao_review.trace.journal import read


@dataclass(frozen=True, slots=True)
class PastRun:
    """`source` and `settings` are those of the run."""

    past: Past
    source: Source
    settings: Mapping[str, object]


def load_past(journal: Path, complete: bool = False) -> PastRun:
    """Reads a journal to go on with, or (`complete`) to replay. Raises JournalError, UsageError."""
    events = tuple(record.event for record in read(journal))
    started = events[0] if events else None
    if not isinstance(started, RunStarted):
        raise JournalError(f"{journal}: the run ended before it began: there is nothing to go on with")
    return PastRun(Past(journal.stem, events, complete), _source(started.source, journal.stem), started.settings)


def _source(asked: Mapping[str, object], run: str) -> Source:
    target, mode, paths = str(asked.get("target", "")), asked.get("mode", "target"), asked.get("paths", ())
    if mode not in ("target", "staged", "uncommitted") or not asked:
        raise JournalError(f"run {run} does not say what it reviewed")
    if target == STDIN:
        raise UsageError(f"run {run} reviewed a patch from standard input: give the patch again, with --resume {run}")
    return Source(
        target, mode, Path(str(asked.get("repo", "."))), tuple(map(str, paths if isinstance(paths, list) else ()))
    )
