"""Worker processes that may be killed: bytes in, bytes out, one answer or one reason for every job.

Parsing can hang (deep nesting is quadratic in tree-sitter), crash, or eat memory, and it holds the interpreter lock. So it runs
in processes of which the caller loses at most the one job that was at fault: when a worker dies, the job that it had begun ends
with the reason; what it had not begun goes to another worker.

Workers are fresh interpreters, not forks: a fork of a program with threads (a live display, an event loop) may deadlock. They
are started when the first job comes, ignore Ctrl-C, and end by themselves when the parent dies, since their socket closes then.
"""

from __future__ import annotations

import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rao_review.graph.interpreter import start
from rao_review.graph.worker import BEGUN, FROM_WORKER, JOB, SETUP, TO_WORKER, UP, Entry, main, main_shared

TIMED_OUT = "parser timed out"
NOT_TRIED = "not parsed: too many files timed out"
NOT_STARTED = "no parser process could be started"

_PIECE = 1 << 18
_AHEAD = 1 << 17
"""Bytes of jobs a worker may have beyond the one it works on, so that it never waits for the parent."""
_TOGETHER = 16
"""Small jobs that are handed out in one go."""
_STARTS = 3
_WALL_FACTOR = 15 if sys.platform != "win32" else 1


@dataclass(frozen=True, slots=True)
class Job:
    """`key` is the caller's own, unique in a run; jobs are answered in any order."""

    key: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """Exactly one of `answer` and `failure` is set. A `lasting` failure is the job's own fault and would come again."""

    key: int
    answer: bytes | None
    failure: str = ""
    lasting: bool = False


@dataclass(slots=True, eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: socket.socket
    outgoing: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)
    unanswered: deque[Job] = field(default_factory=deque)
    load: int = 0
    begun: bool = False
    setup: bytes = b""
    overdue: bool = False
    since: float = 0.0

    def give(self, job: Job, setup: bytes) -> None:
        if setup != self.setup:
            self.outgoing += TO_WORKER.pack(SETUP, len(setup)) + setup
            self.setup = setup
        self.outgoing += TO_WORKER.pack(JOB, len(job.payload))
        self.outgoing += job.payload
        if not self.unanswered:
            self.since = time.monotonic()
        self.unanswered.append(job)
        self.load += len(job.payload)

    def send(self) -> None:
        """Write what the socket takes now."""
        try:
            while self.outgoing:
                with memoryview(self.outgoing) as view:
                    sent = self.connection.send(view[:_PIECE])
                del self.outgoing[:sent]
        except BlockingIOError:
            return
        except OSError:
            self.outgoing.clear()  # dead: the end of its answers tells

    def receive(self) -> bool:
        """Read what is there; False at the end of the stream."""
        try:
            while data := self.connection.recv(_PIECE):
                self.received += data
                self.since = time.monotonic()
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def answers(self) -> Iterator[Outcome]:
        """The outcomes that have come in whole."""
        size = FROM_WORKER.size
        while len(self.received) >= size:
            (length,) = FROM_WORKER.unpack_from(self.received)
            if length in (UP, BEGUN):
                self.begun = length == BEGUN
                del self.received[:size]
                continue
            if len(self.received) < size + length:
                return
            body = bytes(memoryview(self.received)[size : size + length])
            del self.received[: size + length]
            self.begun = False
            job = self.unanswered.popleft()
            self.load -= len(job.payload)
            yield Outcome(job.key, body)

    def end(self) -> int:
        """Make sure that the process is gone and reaped; its return code."""
        self.connection.close()
        self.process.kill()
        return self.process.wait()


class Pool:
    """Up to `workers` processes that run `entry`. Not for several threads at once; one `run` at a time.

    After `timeouts` jobs that timed out, no more are handed out: all that wait fail. `in_flight_bytes` bounds the payloads
    held here that have no answer yet.
    """

    def __init__(self, entry: Entry, *, workers: int, timeouts: int = 16, in_flight_bytes: int = 8 << 20) -> None:
        self._entry = entry
        self._size = workers
        self._in_flight_bytes = in_flight_bytes
        self._setup = b""
        self._workers: list[_Worker] = []
        self._waiting: deque[Job] = deque()
        self._selector = selectors.DefaultSelector()
        self._failed_starts = 0
        self._timeouts_left = timeouts
        self._open: dict[int, int] = {}
        self._open_bytes = 0

    def setup(self, data: bytes) -> None:
        """What the handler is made from, for all jobs of later runs."""
        self._setup = data

    def run(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """One outcome for each job, as they come. `jobs` is drawn from only as fast as answers come back."""
        source = iter(jobs)
        more = True
        try:
            while more or self._open:
                while more and self._open_bytes < self._in_flight_bytes:
                    job = next(source, None)
                    if job is None:
                        more = False
                        break
                    self._add(job)
                    if len(self._waiting) % _TOGETHER == 0 or len(job.payload) > _AHEAD // _TOGETHER:
                        yield from map(self._settle, self._step(0))
                if self._open:
                    yield from map(self._settle, self._step(None))
        finally:
            if self._open:
                self.close()

    def close(self) -> None:
        """End all workers. They have nothing to lose, so they are killed. A later `run` starts new ones."""
        self._waiting.clear()
        self._open.clear()
        self._open_bytes = 0
        while self._workers:
            self._drop(self._workers[-1])

    def _add(self, job: Job) -> None:
        self._waiting.append(job)
        self._open[job.key] = len(job.payload)
        self._open_bytes += len(job.payload)

    def _settle(self, outcome: Outcome) -> Outcome:
        self._open_bytes -= self._open.pop(outcome.key)
        return outcome

    def _step(self, wait: float | None) -> Iterator[Outcome]:
        """Hand out jobs, then move bytes: at once with `wait` 0, else when a worker or a deadline is ready."""
        yield from self._hand_out()
        for worker in tuple(self._workers):
            worker.send()
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.outgoing else 0)
            if self._selector.get_key(worker.connection).events != events:
                self._selector.modify(worker.connection, events, worker)
        if not self._workers:
            return
        for key, _ in self._selector.select(self._until_deadline() if wait is None else wait):
            worker = key.data
            alive = worker.receive()
            for outcome in worker.answers():
                self._failed_starts = 0
                yield outcome
            if not alive:
                yield from self._lost(worker)
        for worker in self._workers:
            if worker.unanswered and time.monotonic() >= worker.since + self._wall_limit and not worker.overdue:
                worker.overdue = True
                worker.process.kill()

    @property
    def _wall_limit(self) -> float:
        """Seconds after which a job ends even when the kernel does not count its CPU time (stopped, swapped out)."""
        return self._entry.cpu_seconds * _WALL_FACTOR

    def _until_deadline(self) -> float:
        ends = [worker.since + self._wall_limit for worker in self._workers if worker.unanswered and not worker.overdue]
        return max(0.0, min(ends, default=time.monotonic() + 1.0) - time.monotonic())

    def _hand_out(self) -> Iterator[Outcome]:
        while self._waiting:
            if self._timeouts_left <= 0:
                yield Outcome(self._waiting.popleft().key, None, NOT_TRIED)
                continue
            worker = min(self._workers, key=lambda candidate: candidate.load, default=None)
            if (worker is None or worker.unanswered) and len(self._workers) < self._size:
                worker = self._start() or worker
            if worker is None:
                if self._failed_starts >= _STARTS:
                    yield Outcome(self._waiting.popleft().key, None, NOT_STARTED)
                continue
            if worker.unanswered and worker.load > _AHEAD:
                return
            worker.give(self._waiting.popleft(), self._setup)

    def _start(self) -> _Worker | None:
        if self._failed_starts >= _STARTS:
            return None
        here, there = socket.socketpair()
        try:
            process = _launch(there, self._entry)
        except OSError:
            here.close()
            self._failed_starts += 1
            return None
        finally:
            there.close()
        here.setblocking(False)
        worker = _Worker(process, here)
        self._workers.append(worker)
        self._selector.register(here, selectors.EVENT_READ, worker)
        return worker

    def _lost(self, worker: _Worker) -> Iterator[Outcome]:
        """A worker died: blame the job it had begun, give the others back."""
        code = self._drop(worker)
        left = worker.unanswered
        if worker.begun:
            reason, lasting = _reason(code, worker.overdue)
            self._timeouts_left -= reason == TIMED_OUT
            yield Outcome(left.popleft().key, None, reason, lasting)
        elif left:
            self._failed_starts += 1
        self._waiting.extendleft(reversed(left))

    def _drop(self, worker: _Worker) -> int:
        self._workers.remove(worker)
        self._selector.unregister(worker.connection)
        return worker.end()


def _reason(code: int, overdue: bool) -> tuple[str, bool]:
    """(why a job has no answer, whether it would fail again) from a worker's return code."""
    if overdue:
        return TIMED_OUT, sys.platform == "win32"  # elsewhere it may have been the machine's fault
    if sys.platform != "win32" and code == -signal.SIGPROF:
        return TIMED_OUT, True
    if code >= 0:
        return f"parser crashed (exit code {code})", True
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"parser crashed ({name})", name in {"SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE"}


def _launch(end: socket.socket, entry: Entry) -> subprocess.Popen[bytes]:
    """A worker with its end of the socket pair."""
    arguments = (entry.target, entry.cpu_seconds, entry.memory_bytes)
    if sys.platform == "win32":
        process = start(main_shared, *arguments, stdin=subprocess.PIPE)
        assert process.stdin is not None
        with process.stdin:
            process.stdin.write(end.share(process.pid))
        return process
    return start(main, end.fileno(), *arguments, descriptors=(end.fileno(),))
