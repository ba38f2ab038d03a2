"""The same change gives the same bytes, but for the run's id and time: whatever the hash seed, the processes, the cache."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from rao_review.demo import build

Run = Callable[..., subprocess.CompletedProcess[str]]


def _without_id_and_time(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    del report["run"]["id"], report["run"]["seconds"]
    return json.dumps(report)


def test_the_demo_gives_the_same_bytes_whatever_the_seed_and_the_processes(run: Run, tmp_path: Path) -> None:
    reports = {
        _without_id_and_time(run("demo", "--format", "json", "--jobs", jobs, cwd=tmp_path, PYTHONHASHSEED=seed))
        for seed, jobs in (("0", "1"), ("77", "2"))
    }
    assert len(reports) == 1


def test_a_warm_cache_gives_the_same_bytes_as_a_cold_one_and_none(run: Run, tmp_path: Path) -> None:
    repository = build(tmp_path / "demo")
    command = ("diff", "base..head", "--format", "json")
    cold, warm = (_without_id_and_time(run(*command, cwd=repository)) for _ in range(2))
    without = _without_id_and_time(run(*command, "--no-cache", cwd=repository))
    assert cold == warm == without
