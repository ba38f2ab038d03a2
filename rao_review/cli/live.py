"""The live tree of a review by a model: nodes at work, calls in flight, tokens, findings as they are verified."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from rao_review.cli.screen import Screen
from rao_review.report.words import count
from rao_review.trace.events import (
    CallFailed,
    CallFinished,
    CallRetried,
    CallStarted,
    Event,
    ModelChosen,
    NodeFailed,
    NodeReturned,
    NodeStarted,
    Reported,
    RunStarted,
    Split,
    StageFinished,
)
from rao_review.trace.usage import CallCount

_TICK = 0.2
_PATIENCE = 1.0
_ROWS = 14
_ESCAPE = "\x1b["


class LiveTree:
    """A recorder and context manager that draws on a terminal. Findings scroll by above; the tree below goes away at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._screen = Screen(stream)
        self._lock = threading.Lock()
        self._news: list[str] = []
        self._count = CallCount()
        self._open: dict[str, NodeStarted] = {}
        self._calls: Counter[str] = Counter()
        self._doing: dict[str, str] = {}
        self._done = self._found = 0
        self._head = ""
        self._drawn = 0
        self._begin = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._animate, name="live-tree", daemon=True)

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────

    def record(self, event: Event) -> None:
        with self._lock:
            self._count.record(event)
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case RunStarted(change=change):
                self._head = f"{count(change.get('files', 0), 'file')}, +{change.get('added', 0):,} -{change.get('removed', 0):,}"
            case ModelChosen(model=model, window=window):
                self._news += [event.shortage] if event.shortage else []
                self._head = f"{self._head} · {model}, window {window:,}"
            case StageFinished(stage=stage, detail=detail):
                self._doing[""] = f"{stage}: {detail}"
            case NodeStarted(node=node):
                self._open[node] = event
            case Split(node=node, children=children, accepted=True):
                self._doing[node] = f"split into {len(children)}"
            case CallStarted(node=node, call=call):
                self._calls[node] += 1
                self._doing[node] = f"call {call}"
            case CallRetried(node=node, kind=kind, wait=wait):
                self._doing[node] = f"{kind}, again in {wait:.0f} s"
            case CallFinished(node=node) | CallFailed(node=node):
                self._calls[node] -= 1
            case NodeReturned(node=node) | NodeFailed(node=node):
                self._open.pop(node, None)
                self._doing.pop(node, None)
                self._done += 1
                if isinstance(event, NodeFailed):
                    self._news.append(f"node {node} failed: {event.reason}")
            case Reported(finding=finding) if finding.status != "refuted":
                self._found += 1
                place = f"{finding.anchor.path}:{finding.anchor.line}"
                self._news.append(f"{finding.status} {finding.severity} {place} {finding.title}")

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────

    def __enter__(self) -> LiveTree:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        with self._lock:
            self._draw([self._screen.fitting(line) for line in self._news])

    def _animate(self) -> None:
        while not self._over.wait(_TICK):
            with self._lock:
                news, self._news = self._news, []
                frame = self._frame()
                self._draw([self._screen.fitting(line) for line in (*news, *frame)])
                self._drawn = len(frame)

    def _erased(self) -> str:
        drawn, self._drawn = self._drawn, 0
        return f"{_ESCAPE}{drawn}F{_ESCAPE}J" if drawn else "\r"

    def _frame(self) -> list[str]:
        """What is going on: one line of totals, then nodes at work, those with calls in flight first."""
        tokens = self._count.prompt + self._count.completion
        totals = [
            f"{time.monotonic() - self._begin:.0f} s",
            self._head,
            f"{self._done:,} of {count(self._done + len(self._open), 'node')}" if self._done or self._open else "",
            f"{self._count.in_flight} in flight, {count(self._count.calls, 'call')} done"
            if tokens or self._calls
            else "",
            f"{tokens:,} tokens" if tokens else "",
            count(self._found, "finding") if self._found else "",
        ]
        if not self._head and time.monotonic() - self._begin < _PATIENCE:  # most errors come before anything has begun
            return []
        rows = [" · ".join(filter(None, totals))]
        if not self._open and "" in self._doing:
            rows.append(f"  {self._doing['']}")
        busy = sorted(self._open, key=lambda n: (self._calls[n] <= 0, _order(n)))
        shown = sorted(busy[: _ROWS - 2], key=_order)
        for node in shown:
            started = self._open[node]
            what = self._doing.get(node, "waiting")
            rows.append(
                f"{'  ' * (started.depth + 1)}{node} {count(len(started.hunks), 'hunk')} [{what}] {started.goal}"
            )
        if len(busy) > len(shown):
            rows.append(f"  … {len(busy) - len(shown)} more at work")
        return rows

    def _draw(self, lines: list[str]) -> None:
        """Below what stays, after what was drawn before has been erased."""
        if not self._screen.write(self._erased() + "".join(f"{line}\n" for line in lines)):
            self._over.set()


class PlainLines:
    """A recorder that says what happens on standard error, a line each: stages, splits, findings, failures."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._count = CallCount()

    def record(self, event: Event) -> None:
        self._count.record(event)
        match event:
            case ModelChosen(model=model, window=window, source=source, protocol=protocol):
                self._say(f"model {model}: window {window:,} tokens ({source}), protocol {protocol}")
                if event.shortage:
                    self._say(event.shortage)
            case StageFinished(stage=stage, detail=detail, seconds=seconds):
                self._say(f"{stage}: {detail} ({seconds:.2f} s)")
            case Split(node=node, children=children, accepted=True, left_over=left) if not _is_structural(node):
                more = f", {count(len(left), 'hunk')} left over" if left else ""
                self._say(f"node {node} splits into {len(children)}{more}")
            case NodeReturned(node=node, findings=findings) if not _is_structural(node):
                calls = f"{self._count.calls:,} calls, {self._count.prompt + self._count.completion:,} tokens"
                self._say(f"node {node} returned {count(len(findings), 'finding')} ({calls} so far)")
            case NodeFailed(node=node, reason=reason):
                self._say(f"node {node} failed: {reason}")
            case Reported(finding=finding) if finding.status != "refuted":
                self._say(
                    f"{finding.status} {finding.severity} {finding.anchor.path}:{finding.anchor.line} {finding.title}"
                )

    def __enter__(self) -> PlainLines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def _is_structural(node: str) -> bool:
    """Whether this is one of the many quick nodes of the structural pass."""
    return node.startswith("0.0.")


def _order(node: str) -> list[int]:
    return [int(part) for part in node.split(".") if part.isdecimal()]
