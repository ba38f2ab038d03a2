"""A run while it is being recorded: its journal, whoever watches, and the time each stage takes."""

from __future__ import annotations

import time
from types import TracebackType

from rao_review.trace.events import Event, RunFinished, StageFinished
from rao_review.trace.journal import Journal, NoJournal, Recorder


class Recording:
    """A recorder and context manager. An error that ends the block ends the run as failed; an interrupt leaves it open,
    as a kill does. `begin` is when the run began, by `time.monotonic()`."""

    def __init__(self, begin: float, journal: Journal | NoJournal, *watchers: Recorder) -> None:
        self._journal = journal
        self._recorders = (journal, *watchers)
        self._begin = self._last = begin

    @property
    def run(self) -> str:
        return self._journal.run

    @property
    def notes(self) -> tuple[str, ...]:
        """One line when the journal could not be written."""
        return (self._journal.failure,) if self._journal.failure else ()

    @property
    def seconds(self) -> float:
        """Since the beginning of the run."""
        return time.monotonic() - self._begin

    def record(self, event: Event) -> None:
        for recorder in self._recorders:
            recorder.record(event)

    def stage(self, name: str, detail: str) -> None:
        """The stage `name` ends here; it took the time since the stage before it ended."""
        now = time.monotonic()
        self.record(StageFinished(name, round(now - self._last, 6), detail))
        self._last = now

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            self.record(RunFinished("failed", {"error": str(error) or type(error).__name__}))
        self._journal.close()
