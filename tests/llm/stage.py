"""A stage for whole reviews by a simulated model: a real git change with planted faults, real HTTP on loopback, no patching."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from rao_review.cli.deliver import exit_code
from rao_review.cli.past import load_past
from rao_review.diff.source import Source
from rao_review.pipeline import Request, Result, review
from rao_review.reviewers import Past
from rao_review.settings import Layers
from rao_review.simulate import Options, serve_in_thread
from rao_review.simulate.planted import Planted
from rao_review.trace.journal import MemoryJournal
from rao_review.trace.runs import find_run

FILES = 24


@dataclass(frozen=True)
class Server:
    """A simulated endpoint that is up."""

    url: str

    def stats(self) -> dict[str, Any]:
        return self._get("stats")

    def log(self) -> list[dict[str, Any]]:
        return self._get("log")["requests"]

    def reported(self) -> dict[str, int]:
        """How often each planted fault was in an answer."""
        return {name: seen["reported"] for name, seen in self._get("log")["planted"].items()}

    def _get(self, page: str) -> Any:
        with urlopen(f"{self.url}/{page}", timeout=10) as response:
            return json.load(response)


@contextmanager
def server(**options: Any) -> Iterator[Server]:
    options = {"window": 8_000, "bytes_per_token": 5.0, "planted": PLANTED, **options}
    with serve_in_thread(Options(**options)) as url:
        yield Server(url)


def module(number: int, *, after: bool) -> str:
    """A module of some functions. The change gives `scale` another parameter and new lines to every function."""
    lines = [f'"""Part {number} of the shop."""', ""]
    if number % 4 == 1:
        lines = [f"from shop.part{number - 1:02d} import scale{number - 1}", *lines]
    signature = "value, factor" if after and number % 4 == 0 else "value"
    lines += [f"def scale{number}({signature}):", f"    return value * {number}", ""]
    for step in range(4):
        lines += [f"def step{step}_of_{number}(order, items):", f"    total = {number + step}"]
        if after:
            lines += [f"    # entries are counted before they are priced, part {number} step {step}"]
            lines += [f"    total += items.get('kind{number}{step}', {step})", "    order.note(total)"]
        lines += [f"    return total + {step}", ""]
    if number % 4 == 1:
        call = f"scale{number - 1}(order)"
        lines += [f"def use{number}(order):"]
        lines += [f"    return {call} + {number}" if after else f"    return {call}", ""]
    return "\n".join(lines) + "\n"


def planted(number: int) -> Planted:
    """The caller in part `number` still gives one argument to what its neighbour changed."""
    path, call = f"shop/part{number:02d}.py", f"return scale{number - 1}(order) + {number}"
    return Planted(
        f"stale-{number}",
        f"def scale{number - 1}(value, factor):",
        call,
        {"path": path, "side": "head", "quote": call, "title": f"call {number} misses the factor", "severity": "high",
         "category": "planted", "checks": [{"kind": "regex", "path": path, "pattern": rf"\+ {number}$"}]},
    )  # fmt: skip


PLANTED = tuple(planted(n) for n in range(1, FILES, 4))


def shop(repository: Any, files: int = FILES) -> Any:
    """A repository with the change main~1..main; gives it back."""
    for after in (False, True):
        repository.commit(
            {"shop/__init__.py": "", **{f"shop/part{n:02d}.py": module(n, after=after) for n in range(files)}}
        )
    return repository


@dataclass(frozen=True)
class Played:
    """What came of a review, and every event of it."""

    result: Result
    events: MemoryJournal

    @property
    def report(self) -> Any:
        return self.result.report

    @property
    def code(self) -> int:
        return exit_code(self.result.report, self.result.settings.fail_on)

    @property
    def reasons(self) -> set[str]:
        return {row["reason"] for row in self.report["coverage"]["unreviewed"]}

    def titles(self) -> list[str]:
        return sorted(f["title"] for f in self.report["findings"] if f["category"] == "planted")

    def of(self, *kinds: str) -> list[Any]:
        """The events of these names."""
        return [e for e in self.events.events if e.event in kinds]


@dataclass
class Stage:
    """Plays reviews of one change.

    repository  with the change main~1..main.
    runs        where journals go.
    """

    repository: Any
    runs: Path
    target: str = "main~1..main"
    given: Mapping[str, Any] = field(default_factory=dict)

    def play(self, url: str = "", past: Past | None = None, key: str = "", **flags: Any) -> Played:
        """One review, with short waits between attempts. Only a test of time-outs has short ones: a busy machine is no silent server."""
        settings: dict[str, Any] = {
            "model": "simulated", "window": 8_000, "backoff": 0.005, "timeout": 60, "jobs": 1, "cache": False, **self.given, **flags,
        }  # fmt: skip
        if url:
            settings.setdefault("base_url", [url])
        events = MemoryJournal()
        environ = {"XDG_STATE_HOME": str(self.runs / "state")}
        request = Request(
            Source(self.target, repo=self.repository.path), Layers(settings, environ), self.runs, key, past or Past()
        )
        return Played(review(request, events), events)

    def numstat(self) -> int:
        """Added and removed lines of the change by git's own count."""
        done = subprocess.run(
            ["git", "diff", "--numstat", self.target.replace("..", " ").split()[0], self.target.split("..")[1]],
            cwd=self.repository.path,
            capture_output=True,
            check=True,
            text=True,
        )
        return sum(int(n) for row in done.stdout.splitlines() for n in row.split("\t")[:2] if n.isdigit())


def books_are_right(played: Played, stage: Stage) -> None:
    """What holds of every review, however it went."""
    report = played.report
    lines = report["coverage"]["lines"]
    assert lines["total"] == lines["reviewed"] + lines["skipped"] + lines["failed"] == stage.numstat()
    assert sum(row["lines"] for row in report["coverage"]["unreviewed"]) == lines["skipped"] + lines["failed"]
    assert all(row["reason"] for row in report["coverage"]["unreviewed"])
    assert len({f["id"] for f in report["findings"]}) == len(report["findings"])
    assert len({f["fingerprint"] for f in report["findings"]}) == len(report["findings"])
    assert (report["run"]["outcome"] == "complete") == (lines["failed"] == 0)
    assert (played.code == 2) == (lines["failed"] > 0)
    assert report["usage"]["calls"] == len(played.of("call_finished"))


def without_time(report: Any) -> Any:
    """The report as it must be equal after a kill: all but the run's id and seconds."""
    return {**report, "run": {k: v for k, v in report["run"].items() if k not in ("id", "seconds")}}


@dataclass
class Survivor:
    """A review that is killed and goes on. All its runs begin with one stem, a journal that ends before the first call, so that they
    share what is drawn by chance.

    stage  whose `runs` are the repository's own place, so that processes find them.
    """

    stage: Stage
    url: str
    concurrency: int = 2
    kills: int = 0
    stem: str = "20260101-000000-0000"

    def __post_init__(self) -> None:
        self.stage.runs.mkdir(parents=True, exist_ok=True)
        self.stage.play(self.url, concurrency=self.concurrency, max_calls=1)
        (journal,) = self.stage.runs.glob("*.jsonl")
        lines = journal.read_bytes().splitlines(keepends=True)
        end = next(n for n, line in enumerate(lines) if b'"event":"model_chosen"' in line)
        (self.stage.runs / f"{self.stem}.jsonl").write_bytes(b"".join(lines[: end + 1]))
        journal.unlink()

    def finish(self, run: str = "last") -> Played:
        """Goes on with a run to its end, in this process."""
        past = load_past(find_run(self.stage.runs, run)).past
        return self.stage.play(self.url, past, concurrency=self.concurrency, max_calls=2_000)

    def kill(self, run: str, answers: int) -> str:
        """Goes on with a run in a process of its own, kills that once the server has given so many answers more, gives the new run's id."""
        server, before = Server(self.url), set(self.stage.runs.glob("*.jsonl"))
        start = server.stats()["answered"]
        environment = {**os.environ, "XDG_STATE_HOME": str(self.stage.runs / "state"), "RAO_REVIEW_JOBS": "1"}
        command = [
            sys.executable,
            "-m",
            "rao_review",
            "diff",
            "--resume",
            run,
            "--base-url",
            self.url,
            "--max-calls",
            "2000",
        ]
        process = subprocess.Popen(
            command,
            cwd=self.stage.repository.path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while server.stats()["answered"] - start < answers and process.poll() is None:
            time.sleep(0.003)
        process.kill()
        process.wait()
        self.kills += 1
        new = set(self.stage.runs.glob("*.jsonl")) - before
        return new.pop().stem if new else run
