"""The child's side of `pool`: answers one job after the other over a socket until the parent is gone.

Frames to the worker: kind (SETUP or JOB), length, bytes. Frames from it: UP once; then for each job, in their order, BEGUN (so that
a death is blamed on the right job) and length, bytes. Nothing that a job holds outlives its answer.

The time-out of a job is CPU time, kept by the kernel: SIGPROF ends the process even while C code holds the interpreter, and a
busy machine does not turn a slow file into an unknown one.
"""

from __future__ import annotations

import gc
import importlib
import signal
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass

if sys.platform != "win32":
    import resource

Handler = Callable[[bytes], bytes]

SETUP, JOB = 0, 1
TO_WORKER = struct.Struct("<BI")
FROM_WORKER = struct.Struct("<I")
UP, BEGUN = 0xFFFF_FFFF, 0xFFFF_FFFE

_SWEEP_BYTES = 1 << 20
"""After so many bytes of jobs the memory in cycles is taken back."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a worker runs: `module:function`, called with the setup bytes, gives the handler of the jobs. A job may take
    `cpu_seconds`, and as much again for every megabyte that it is long."""

    target: str
    cpu_seconds: float
    memory_bytes: int

    def factory(self) -> Callable[[bytes], Handler]:
        module, _, name = self.target.partition(":")
        made: Callable[[bytes], Handler] = getattr(importlib.import_module(module), name)
        return made


def serve(connection: socket.socket, entry: Entry) -> None:
    """Answer jobs until the other end closes."""
    _restrain(entry)
    factory = entry.factory()
    handle = factory(b"")
    gc.freeze()
    gc.disable()
    unswept = 0
    connection.sendall(FROM_WORKER.pack(UP))
    with connection.makefile("rb", buffering=1 << 18) as frames:
        while len(header := frames.read(TO_WORKER.size)) == TO_WORKER.size:
            kind, length = TO_WORKER.unpack(header)
            if kind == JOB:
                connection.sendall(FROM_WORKER.pack(BEGUN))
            body = frames.read(length)
            if len(body) < length:
                return
            if kind == SETUP:
                handle = factory(body)
                continue
            _limit_cpu(entry.cpu_seconds * (1 + length / 1_000_000))
            answer = handle(body)
            _limit_cpu(0)
            del body
            connection.sendall(FROM_WORKER.pack(len(answer)))
            connection.sendall(answer)
            unswept += length
            if unswept > _SWEEP_BYTES:
                del answer
                gc.collect()
                unswept = 0


def main(descriptor: int, target: str, cpu_seconds: float, memory_bytes: int) -> None:
    """Run as a process: `descriptor` is the inherited end of the socket pair (POSIX)."""
    connection = socket.socket(fileno=descriptor)
    try:
        serve(connection, Entry(target, cpu_seconds, memory_bytes))
    except (BrokenPipeError, ConnectionResetError):
        return  # the parent is gone


def main_shared(target: str, cpu_seconds: float, memory_bytes: int) -> None:
    """`main` for Windows, where a socket is not inherited but handed over on standard input."""
    if sys.platform == "win32":
        serve(socket.fromshare(sys.stdin.buffer.read()), Entry(target, cpu_seconds, memory_bytes))


def _restrain(entry: Entry) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGPROF})
    if sys.platform == "linux":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or hard > entry.memory_bytes:
            resource.setrlimit(resource.RLIMIT_AS, (entry.memory_bytes, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(seconds: float) -> None:
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, seconds)
