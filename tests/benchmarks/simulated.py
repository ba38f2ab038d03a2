"""A review against the simulated endpoint, as a user runs it: the command in a process of its own, the endpoint in this one."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rao_review.simulate.options import Options
from rao_review.simulate.server import serve_in_thread
from rao_review.trace.journal import Record, read
from rao_review.trace.runs import list_runs, runs_directory

BYTES_PER_TOKEN = 4.0


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review gave: its report, the endpoint's log and totals, wall-clock seconds of the command, and its journal."""

    report: dict[str, Any]
    log: dict[str, Any]
    stats: dict[str, Any]
    seconds: float
    journal: Path

    @property
    def records(self) -> list[Record]:
        return list(read(self.journal))

    @property
    def skipped(self) -> set[str]:
        """Paths that no reviewer was meant to see."""
        return {u["path"] for u in self.report["coverage"]["unreviewed"] if u["fate"] == "skipped"}


def review(
    repository: Path, span: str, options: Options, flags: Sequence[str] = (), watch: Callable[[subprocess.Popen[bytes]], None] = lambda process: None
) -> Reviewed:  # fmt: skip
    """Reviews a range. `flags` go to `rao-review diff`, paths after '--' among them; `watch` sees the process while it runs."""
    split = list(flags).index("--") if "--" in flags else len(flags)
    with serve_in_thread(options) as url, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        command = [sys.executable, "-m", "rao_review", "diff", span, "--repo", str(repository), "--model", "simulated"]
        root = url.removesuffix("/v1")
        command += ["--base-url", f"{root}/v1", "--format", "json", "--quiet", "--fail-on", "never"]
        command += [*flags[:split], *flags[split:]]
        started = time.monotonic()
        with subprocess.Popen(command, stdout=out, stderr=err) as process:
            watch(process)
            process.wait()
        seconds = time.monotonic() - started
        out.seek(0)
        err.seek(0)
        report = out.read()
        if process.returncode not in (0, 2) or not report:
            raise SystemExit(f"review failed ({process.returncode}): {err.read().decode(errors='replace')[-500:]}")
        log, stats = (json.load(urllib.request.urlopen(f"{root}/{page}")) for page in ("log", "stats"))
        inside = repository / ".git"
        newest = list_runs(runs_directory(inside if inside.is_dir() else repository))[0].path
        return Reviewed(json.loads(report), log, stats, seconds, newest)


def diff_tokens(repository: Path, span: str, skipped: set[str], paths: Sequence[str] = ()) -> int:
    """Tokens of the range's diff as the endpoint counts them, without the files that are not reviewed."""
    base, head = span.split("..")
    command = ["git", "-C", str(repository), "diff", "--find-renames", "--no-color", "--no-ext-diff", base, head]
    text = subprocess.run([*command, "--", *paths], capture_output=True, check=True).stdout
    size = 0
    for part in text.split(b"\ndiff --git "):
        name = part.partition(b"\n")[0].decode("utf-8", "surrogateescape").rpartition(" b/")[2]
        size += len(part) + 12 if name not in skipped else 0
    return int(size / BYTES_PER_TOKEN)
