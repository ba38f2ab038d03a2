"""What the user sees while a review runs: one live line on a terminal, plain lines with -v, nothing otherwise."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import TextIO

from rao_review.cli.live import LiveTree, PlainLines
from rao_review.cli.output import complain
from rao_review.cli.screen import Screen
from rao_review.report.words import count
from rao_review.trace.events import Event, NodeFailed, NodeReturned, NodeStarted, Reported, RunStarted, StageFinished

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TICK = 0.1
# What is shorter than this ends before anybody could read about it.
_PATIENCE = 0.4


class PlainProgress:
    """A recorder that says each stage on standard error, one line each."""

    def record(self, event: Event) -> None:
        if isinstance(event, StageFinished):
            complain(f"{event.stage}: {event.detail} ({event.seconds:.2f} s)")
        elif isinstance(event, NodeFailed):
            complain(f"node {event.node} failed: {event.reason}")

    def __enter__(self) -> PlainProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class LiveProgress:
    """A recorder and context manager: a spinner, the stage, the time, nodes and findings so far, in one line that goes away.

    `stages` are the names of the stages in order, so that the running one can be named.
    """

    def __init__(self, stream: TextIO, stages: tuple[str, ...]) -> None:
        self._screen = Screen(stream)
        self._stages = stages
        self._stage = 0
        self._change = ""
        self._started = self._ended = self._found = 0
        self._begin = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._animate, name="progress", daemon=True)

    def record(self, event: Event) -> None:
        match event:
            case RunStarted(change=change):
                self._change = count(change.get("files", 0), "file")
            case StageFinished(stage=stage) if stage in self._stages:
                self._stage = self._stages.index(stage) + 1
            case NodeStarted():
                self._started += 1
            case NodeReturned() | NodeFailed():
                self._ended += 1
            case Reported():
                self._found += 1

    def __enter__(self) -> LiveProgress:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _animate(self) -> None:
        shown = False
        wait = _PATIENCE
        while not self._done.wait(wait):
            shown, wait = True, _TICK
            self._write("\r\x1b[2K" + self._line())
        if shown:
            self._write("\r\x1b[2K")

    def _line(self) -> str:
        seconds = time.monotonic() - self._begin
        stage = self._stages[min(self._stage, len(self._stages) - 1)]
        parts = [stage, self._change]
        if self._started:
            parts.append(f"{self._ended:,} of {count(self._started, 'node')}")
        if self._found:
            parts.append(count(self._found, "finding"))
        text = f"{_FRAMES[int(seconds / _TICK) % len(_FRAMES)]} {' · '.join(filter(None, parts))}  {seconds:.0f} s"
        return self._screen.fitting(text)

    def _write(self, text: str) -> None:
        if not self._screen.write(text):
            self._done.set()


Progress = LiveProgress | LiveTree | PlainProgress | PlainLines


def progress_for(stages: tuple[str, ...], quiet: bool, verbose: bool, model: bool) -> Progress | None:
    """What fits standard error: live on a terminal (a tree when a model reviews), else plain lines with a model or -v, else None."""
    if quiet:
        return None
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return LiveTree(sys.stderr) if model else LiveProgress(sys.stderr, stages)
    if model:
        return PlainLines(complain)
    return PlainProgress() if verbose else None
