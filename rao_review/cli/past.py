"""An earlier run, to be resumed or replayed: what it was asked, and everything it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rao_review.diff.source import STDIN, Source
from rao_review.errors import JournalError, UsageError
from rao_review.reviewers import Past
from rao_review.trace.events import Event, RunFinished, RunStarted
from rao_review.trace.journal import SUFFIX, read


@dataclass(frozen=True, slots=True)
class PastRun:
    """`settings` are those of the run, `asked` what it was asked to review."""

    past: Past
    asked: Mapping[str, object]
    settings: Mapping[str, object]

    @property
    def source(self) -> Source:
        """What the run reviewed. Raises UsageError when that was a patch from standard input."""
        return _source(self.asked, self.past.run)


def load_past(journal: Path, complete: bool = False) -> PastRun:
    """Reads a journal to go on with, or (`complete`) to replay. Raises JournalError, UsageError."""
    events = tuple(record.event for record in read(journal))
    started, last = (events[0], events[-1]) if events else (None, None)
    if not isinstance(started, RunStarted):
        raise JournalError(f"{journal}: the run ended before it began: there is nothing to go on with")
    if not complete:
        events = (*_before(started, journal), *events)
    elif not isinstance(last, RunFinished):
        raise JournalError(
            f"run {journal.stem} never came to its end: `rao-review diff --resume {journal.stem}` goes on with it"
        )
    elif "findings" not in last.report:
        raise JournalError(
            f"run {journal.stem} has no report to come to again: {last.report.get('error', 'it failed')}"
        )
    return PastRun(Past(journal.stem, events, complete), started.source, started.settings)


def _before(started: RunStarted, journal: Path) -> tuple[Event, ...]:
    """The events of the runs that a run had gone on with, as far as their journals are still there: it may have been cut off before
    it had taken over all that they had paid for."""
    events: tuple[Event, ...] = ()
    seen = {journal.stem}
    while started.resumes and started.resumes not in seen:
        seen.add(started.resumes)
        path = journal.with_name(f"{started.resumes}{SUFFIX}")
        found = tuple(record.event for record in read(path)) if path.exists() else ()
        if not found or not isinstance(found[0], RunStarted):
            break
        events, started = (*found, *events), found[0]
    return events


def _source(asked: Mapping[str, object], run: str) -> Source:
    target, mode, paths = str(asked.get("target", "")), asked.get("mode", "target"), asked.get("paths", ())
    if mode not in ("target", "staged", "uncommitted") or not asked:
        raise JournalError(f"run {run} does not say what it reviewed")
    if target == STDIN:
        raise UsageError(f"run {run} reviewed a patch from standard input: give the patch again, with --resume {run}")
    return Source(
        target, mode, Path(str(asked.get("repo", "."))), tuple(map(str, paths if isinstance(paths, list) else ()))
    )
