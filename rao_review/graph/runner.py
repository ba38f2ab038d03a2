"""Runs the tasks of `blob`: here when they are small and harmless, else in the killable workers of `pool`.

Harmless means that nothing is parsed: 64 KB without any deep nesting (`a<b,a<b,…` as TypeScript) kept a parser busy for half a
minute, and other inputs take all memory, so that no cheap look at a source tells that it is safe.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from rao_review.graph.blob import Answer, Extract, Task, encode_names, handler, work_out
from rao_review.graph.coding import encode
from rao_review.graph.facts import FileFacts
from rao_review.graph.pool import Job, Outcome, Pool
from rao_review.graph.tokens import Wanted
from rao_review.graph.worker import Entry

T = TypeVar("T")

_HERE_BYTES = 1 << 20
_MOST_WORKERS = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file, and all of them together, may take.

    parse_bytes     a larger file is not parsed; its facts are unknown
    search_bytes    a larger file is not searched for names
    parse_seconds   CPU time for one file, and as much again for each megabyte of it; a worker that needs more is killed
    memory_bytes    address space of one worker
    timeouts        after so many files that timed out no further file is given to the workers
    grown_bytes     workers that have parsed more together hold memory that is worth giving back
    cache_bytes     size above which the cache forgets what was not used for long
    """

    parse_bytes: int = 2_000_000
    search_bytes: int = 8_000_000
    parse_seconds: float = 2.0
    memory_bytes: int = 512 << 20
    timeouts: int = 16
    grown_bytes: int = 8 << 20
    cache_bytes: int = 256 << 20


DEFAULT_LIMITS = Limits()


class Runner:
    """Gives one answer for every task, whatever happens to the worker that has it."""

    def __init__(self, limits: Limits, workers: int | None) -> None:
        self._limits = limits
        self._workers = workers or max(1, min(_MOST_WORKERS, os.cpu_count() or 1))
        self._pool: Pool | None = None
        self._parsed_bytes = 0

    def run(self, tasks: Iterable[tuple[T, Task]], names: Collection[str] = ()) -> Iterator[tuple[T, Answer, bool]]:
        """(label, answer, whether the answer may be kept for later runs) of each task, in any order.

        `names` are the wanted ones of tasks that extract `IF_WANTED`.
        """
        source = iter(tasks)
        small: list[tuple[T, Task]] = []
        total = 0
        for label, task in source:
            small.append((label, task))
            total += len(task.source)
            if total > _HERE_BYTES or (task.language and task.extract != Extract.NEVER):
                yield from self._in_pool(chain(small, source), names)
                return
        wanted = Wanted(names)
        for label, task in small:
            yield label, work_out(task, wanted), True

    def rest(self) -> None:
        """Ends workers that have parsed so much that the memory they keep matters; one new worker is enough for what is still to come."""
        if self._parsed_bytes > self._limits.grown_bytes:
            self.close()
            self._workers = 1

    def close(self) -> None:
        self._parsed_bytes = 0
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _in_pool(self, tasks: Iterable[tuple[T, Task]], names: Collection[str]) -> Iterator[tuple[T, Answer, bool]]:
        pool = self._started()
        pool.setup(encode_names(names))
        wanted = Wanted(names)
        waiting: dict[int, tuple[T, Task]] = {}

        def jobs() -> Iterator[Job]:
            for number, (label, task) in enumerate(tasks):
                waiting[number] = (label, task)
                yield Job(number, task.encode())

        for outcome in pool.run(jobs()):
            label, task = waiting.pop(outcome.key)
            if outcome.answer is None:
                yield label, _without_worker(task, outcome, wanted), outcome.lasting
                continue
            answer = Answer.decode(outcome.answer)
            self._parsed_bytes += len(task.source) if answer.facts is not None else 0
            yield label, answer, True

    def _started(self) -> Pool:
        if self._pool is None:
            limits = self._limits
            entry = Entry(f"{handler.__module__}:{handler.__name__}", limits.parse_seconds, limits.memory_bytes)
            self._pool = Pool(entry, workers=self._workers, timeouts=limits.timeouts)
        return self._pool


def _without_worker(task: Task, outcome: Outcome, wanted: Wanted) -> Answer:
    """The answer for a task that no worker could finish: the tokens are harmless to take here, the facts are unknown."""
    tokens = work_out(replace(task, extract=Extract.NEVER), wanted).tokens
    facts = encode(FileFacts(task.language, unknown=outcome.failure)) if task.asks_facts(tokens, wanted) else None
    return Answer(tokens, facts)
