"""What a review by a model costs beside the model: every figure is against a *simulated* endpoint on loopback.

    python tests/benchmarks/model_speed.py overhead          300 calls of 1 s, 32 at a time: wall-clock against the list-scheduling bound
                                                             of that very tree, own processor time a call
    python tests/benchmarks/model_speed.py memory            1,000 nodes, 256 calls in flight: peak memory of our process
    python tests/benchmarks/model_speed.py tokens --range wagtail.git v5.0..v6.0 '*.py' [--files 30,300,1000] [--windows 32768,131072]
    python tests/benchmarks/model_speed.py start             a change of 5 files, 0.4 s a call: seconds more than the model's own chain

Linux only (memory is read from /proc). Own processor time is that of our process from the first call to the end of the review: graph and
structural pass, which come before, are not in it; facts that a node is told are.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simulated import diff_tokens, review

from rao_review.diff.source import Source
from rao_review.pipeline import Request
from rao_review.pipeline import review as review_here
from rao_review.settings import Layers
from rao_review.simulate.latency import Latency
from rao_review.simulate.options import Options
from rao_review.trace.events import CallFinished, CallStarted, Event, NodeReturned, NodeStarted

_SLOTS = 512


def made(directory: Path, files: int, functions: int) -> Path:
    """A repository of two commits that differ in every file: `functions` small functions each, of which every body changes."""
    path = directory / "made"
    path.mkdir(parents=True)

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(path), "-c", "user.name=b", "-c", "user.email=b@example.org", *arguments], check=True)  # fmt: skip

    git("init", "-q", "-b", "main")
    for side in ("old", "new"):
        for number in range(files):
            module = path / f"package{number // 40:02}" / f"module{number:04}.py"
            module.parent.mkdir(exist_ok=True)
            used = (
                f"from package{(number - 1) // 40:02}.module{number - 1:04} import first{number - 1}\n\n\n"
                if number % 40
                else ""
            )
            body = "\n\n".join(
                f"def {'first' if not n else f'part{n}_of_'}{number}(value, limit):\n"
                f"    reached = value * {n + 2} + {number if side == 'old' else number + 7}  # the {side} way of module {number}\n"
                f"    return min(reached, limit) if {'value' if side == 'old' else 'limit'} else {n}\n"
                for n in range(functions)
            )
            module.write_text(used + body)
        git("add", "-A")
        git("commit", "-q", "-m", side)
    return path


# ── overhead ─────────────────────────────────────────────────────────────────────────────────────────────────


class Stopwatch:
    """A recorder that notes clock and own processor time of what matters."""

    def __init__(self) -> None:
        self.events: list[tuple[float, float, Event]] = []

    def record(self, event: Event) -> None:
        if isinstance(event, CallStarted | CallFinished | NodeStarted | NodeReturned):
            self.events.append((time.monotonic(), time.process_time(), event))


@dataclass(frozen=True, slots=True)
class Chain:
    """What a call waits for: the calls before it. `seconds` is how long the endpoint takes for it."""

    waits_for: tuple[tuple[str, int], ...]
    seconds: float


def calls_of(events: Sequence[Event], seconds: float) -> dict[tuple[str, int], Chain]:
    """(node, call) → what it waits for, in the order in which they were asked. A node's first call waits for its parent's call that
    split; a call after a split waits for the last calls of all children."""
    last: dict[str, tuple[str, int]] = {}
    parent_call: dict[str, tuple[tuple[str, int], ...]] = {}
    children: dict[str, list[str]] = defaultdict(list)
    calls: dict[tuple[str, int], Chain] = {}
    for event in events:
        if isinstance(event, NodeStarted):
            parent_call[event.node] = (last[event.parent],) if event.parent in last else ()
            children[event.parent].append(event.node)
        elif isinstance(event, CallStarted):
            key = (event.node, event.call)
            before = (last[event.node],) if event.node in last else parent_call.get(event.node, ())
            done = tuple(last[child] for child in children[event.node] if child in last)
            calls[key] = Chain((*before, *done), seconds)
            last[event.node] = key
    return calls


def bound(calls: dict[tuple[str, int], Chain], slots: int) -> float:
    """Seconds that list scheduling takes for these calls on so many slots, when nothing else takes any time."""
    waiting = {key: len(chain.waits_for) for key, chain in calls.items()}
    heirs: dict[tuple[str, int], list[tuple[str, int]]] = defaultdict(list)
    order = {key: number for number, key in enumerate(calls)}
    for key, chain in calls.items():
        for before in chain.waits_for:
            heirs[before].append(key)
    ready = [(order[key], key) for key, count in waiting.items() if not count]
    heapq.heapify(ready)
    running: list[tuple[float, int, tuple[str, int]]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < slots:
            number, key = heapq.heappop(ready)
            heapq.heappush(running, (now + calls[key].seconds, number, key))
        now, _, key = heapq.heappop(running)
        for heir in heirs[key]:
            waiting[heir] -= 1
            if not waiting[heir]:
                heapq.heappush(ready, (order[heir], heir))
    return now


@contextmanager
def endpoint(*flags: str) -> Iterator[str]:
    """A simulated endpoint in a process of its own."""
    command = [sys.executable, "-m", "rao_review", "simulate", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[2].rstrip("/").removesuffix("/v1") + "/v1"
        finally:
            process.terminate()


def overhead(files: int, seconds: float, concurrency: int) -> None:
    with tempfile.TemporaryDirectory() as directory, endpoint("--window", "8192", "--latency", f"base={seconds}", "--slots", str(_SLOTS)) as url:  # fmt: skip
        repository = made(Path(directory), files, 12)
        flags = {"model": "simulated", "base_url": [url], "concurrency": concurrency, "recurse_above": 0.25}
        watch = Stopwatch()
        gc.disable()  # as the command does
        review_here(Request(Source("HEAD~1..HEAD", repo=repository), Layers(flags)), watch)
        gc.enable()
    first = next(n for n, (_, _, event) in enumerate(watch.events) if isinstance(event, CallStarted))
    begun = [n for n, (_, _, e) in enumerate(watch.events) if isinstance(e, NodeStarted) and e.node == "0"]
    noted = watch.events[max(n for n in begun if n < first) :]
    root = next(n for n in range(len(noted) - 1, -1, -1) if isinstance(noted[n][2], CallFinished))
    calls = calls_of([event for _, _, event in noted], seconds)
    wall, cpu = noted[root][0] - watch.events[first][0], noted[root][1] - watch.events[first][1]
    least = bound(calls, concurrency)
    print(
        f"overhead, simulated: {len(calls)} calls of {seconds:g} s, {concurrency} at a time: {wall:.2f} s, bound by list scheduling"
        f" {least:.2f} s: {wall / least:.3f} x; own processor time {1000 * cpu / len(calls):.1f} ms a call",
        flush=True,
    )


# ── memory ───────────────────────────────────────────────────────────────────────────────────────────────────


def memory(files: int, in_flight: int) -> None:
    peak = 0

    def watch(process: subprocess.Popen[bytes]) -> None:
        nonlocal peak
        while process.poll() is None:
            try:
                status = Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                break
            peak = max(peak, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)
            time.sleep(0.05)

    with tempfile.TemporaryDirectory() as directory:
        repository = made(Path(directory), files, 24)
        options = Options(window=8192, latency=Latency(base=4.0), slots=_SLOTS)
        flags = [
            "--concurrency",
            str(in_flight),
            "--recurse-above",
            "0.12",
            "--max-nodes",
            "4000",
            "--max-calls",
            "8000",
        ]
        done = review(repository, "HEAD~1..HEAD", options, flags, watch)
    usage, lines = done.report["usage"], done.report["coverage"]["lines"]
    print(
        f"memory, simulated: {usage['calls']:,} calls, at most {done.stats['max_in_flight']} in flight, {usage['nodes']:,} nodes with those of the structural pass,"
        f" depth {usage['depth']}: peak {peak / 1024:.0f} MB of our process, {done.seconds:.0f} s, lines {lines['reviewed']:,} of {lines['total']:,}",
        flush=True,
    )


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────


def tokens(path: str, span: str, glob: str, sizes: Sequence[int], windows: Sequence[int]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        clone = Path(directory) / "clone"
        subprocess.run(["git", "clone", "-q", "--bare", "--shared", path, str(clone)], check=True)
        base, head = span.split("..")
        listed = subprocess.run(["git", "-C", str(clone), "diff", "--name-only", "-z", base, head, "--", glob], capture_output=True, check=True)  # fmt: skip
        names = [n for n in listed.stdout.decode("utf-8", "surrogateescape").split("\0") if n]
        for size in sizes:
            # Neighbours belong together: the first so many files, not a sample.
            paths = names[:size]
            for window in windows:
                done = review(clone, span, Options(window=window), ["--", *paths])
                change, usage = done.report["change"], done.report["usage"]
                diff, sent = diff_tokens(clone, span, done.skipped, paths), done.stats["prompt_tokens"]
                lines = change["added"] + change["removed"]
                print(
                    f"tokens, simulated: {span} {change['files']} files, {lines:,} changed lines, window {window:,}: {usage['calls']} calls,"
                    f" {sent:,} prompt tokens, {sent / lines:.1f} a changed line, {sent / diff:.2f} x the diff's {diff:,}, {done.seconds:.0f} s",
                    flush=True,
                )


# ── start ────────────────────────────────────────────────────────────────────────────────────────────────────


def start(seconds: float, runs: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        repository = made(Path(directory), 5, 4)
        rows = []
        for _ in range(runs):
            done = review(repository, "HEAD~1..HEAD", Options(latency=Latency(base=seconds)))
            chain = bound(calls_of([record.event for record in done.records], seconds), 32)
            rows.append((done.seconds - chain, done.seconds, chain))
        rows.sort()
        more, whole, chain = rows[len(rows) // 2]
    print(
        f"start, simulated: 5 files, {seconds:g} s a call: {whole:.2f} s for the whole command (median of {runs}), the model's chain {chain:.2f} s:"
        f" {more:.2f} s more (best {rows[0][0]:.2f} s)"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("overhead", "memory", "tokens", "start"))
    parser.add_argument("--range", nargs=3, action="append", default=[], metavar=("REPOSITORY", "BASE..HEAD", "GLOB"))
    parser.add_argument("--files", default="30,300,1000")
    parser.add_argument("--windows", default="32768,131072")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    match options.what:
        case "overhead":
            overhead(560, 1.0, 32)
        case "memory":
            memory(1000, 256)
        case "start":
            start(0.4, options.runs)
        case "tokens":
            for path, span, glob in options.range:
                tokens(path, span, glob, [*map(int, options.files.split(","))], [*map(int, options.windows.split(","))])
    return 0


if __name__ == "__main__":
    sys.exit(main())
