"""Past and present runs: where their journals lie, which there are, and how each ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from rao_review.errors import JournalError
from rao_review.trace.events import RunFinished, RunStarted
from rao_review.trace.journal import SUFFIX, Record, open_journal, parse

if sys.platform != "win32":
    import fcntl

Outcome = Literal["running", "killed", "complete", "partial", "failed", "unreadable"]

_TAIL = 1 << 16
_SECOND = len("20261126-031209")


@dataclass(frozen=True, slots=True)
class Run:
    """One journal at a glance. `change` and `report` are empty when the journal does not have them (yet); `resumes` is the run
    that this one went on with, '' for none."""

    id: str
    path: Path
    outcome: Outcome
    started: datetime | None
    policy: str
    change: Mapping[str, Any]
    report: Mapping[str, Any]
    detail: str = ""
    resumes: str = ""

    @property
    def was_cut_off(self) -> bool:
        """Whether there is something to go on with: it was killed, or its report says that parts were not reviewed."""
        if self.outcome == "failed":  # with a report: nothing at all was reviewed
            return "findings" in self.report
        return self.outcome in ("killed", "partial") and self.started is not None


def runs_directory(git_directory: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """Where journals go: below the common git directory, else in the user's state directory."""
    return (git_directory or state_directory(environ)) / "rao-review" / "runs"


def state_directory(environ: Mapping[str, str]) -> Path:
    """XDG_STATE_HOME where it is set, else the platform's place for what programs remember of a user."""
    if chosen := environ.get("XDG_STATE_HOME"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path.home() / ".local" / "state"


def list_runs(directory: Path) -> list[Run]:
    """All runs, newest first. Reads the two ends of each journal only."""
    try:
        runs = [load_run(p) for p in directory.iterdir() if p.suffix == SUFFIX]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise JournalError(f"{directory}: {error.strerror or error}") from None
    return sorted(runs, key=_age, reverse=True)


def _age(run: Run) -> tuple[str, str, str]:
    """Ids sort by the second; what began within one second sorts by what the journals say."""
    return run.id[:_SECOND], f"{run.started or ''}", run.id


def _newest(directory: Path, ids: Sequence[str]) -> Path:
    """The journal that was begun last."""
    rivals = [run for run in ids if run[:_SECOND] == ids[-1][:_SECOND]]
    return max((load_run(directory / f"{run}{SUFFIX}") for run in rivals), key=_age).path


def find_run(directory: Path, wanted: str) -> Path:
    """The journal of the run whose id is or begins with `wanted`; 'last' is the newest.

    Raises JournalError when there is none or more than one.
    """
    ids = sorted(p.stem for p in directory.glob(f"*{SUFFIX}")) if directory.is_dir() else []
    if not ids:
        raise JournalError(f"no runs yet in {directory}")
    if wanted == "last":
        return _newest(directory, ids)
    found = [run for run in ids if run == wanted] or _beginning(ids, wanted)
    if not found:
        raise JournalError(f"no run {wanted!r}; `rao-review runs` lists them")
    if len(found) > 1:
        raise JournalError(
            f"{wanted!r} could be any of {len(found)} runs: {', '.join(found[:3])}, …; give more of the id"
        )
    return directory / f"{found[0]}{SUFFIX}"


def find_cut_off(directory: Path) -> Path:
    """The journal of the newest run that was cut off and that no other run has brought to its end.

    Raises JournalError, saying what there is instead, when there is none.
    """
    runs = list_runs(directory)
    if not runs:
        raise JournalError(f"no runs yet in {directory}")
    resumes = {run.id: run.resumes for run in runs}
    ended: set[str] = set()
    for run in runs:
        if run.was_cut_off and run.id not in ended:
            return run.path
        before = run.id if run.outcome == "complete" else ""
        while before and before not in ended:
            ended.add(before)
            before = resumes.get(before, "")
    newest = runs[0]
    how = {"running": "is still going on", "unreadable": f"is unreadable: {newest.detail}"}
    raise JournalError(f"run {newest.id} {how.get(newest.outcome, f'was {newest.outcome}')}: nothing to resume")


def _beginning(ids: list[str], prefix: str) -> list[str]:
    return [run for run in ids if prefix and run.startswith(prefix)]


def load_run(path: Path) -> Run:
    """What the first and the last line of a journal say of its run."""
    try:
        first, last = _ends(path)
    except JournalError as error:
        return Run(path.stem, path, "unreadable", None, "", {}, {}, str(error))
    started = first.event if first and isinstance(first.event, RunStarted) else None
    finished = last.event if last and isinstance(last.event, RunFinished) else None
    if finished is None:
        outcome: Outcome = "running" if _is_locked(path) else "killed"
    else:
        outcome = _outcome(finished.outcome)
    return Run(
        id=path.stem,
        path=path,
        outcome=outcome,
        started=first.at if first else None,
        policy=started.policy if started else "",
        change=started.change if started else {},
        report=finished.report if finished else {},
        resumes=started.resumes if started else "",
    )


def _outcome(text: str) -> Outcome:
    return text if text in ("complete", "partial") else "failed"  # type: ignore[return-value]  # narrowed by the test


def _ends(path: Path) -> tuple[Record | None, Record | None]:
    """The first and the last whole record, None where there is none."""
    try:
        with open_journal(path) as file:
            head = file.readline()
            size = file.seek(0, os.SEEK_END)
            step, tail = _TAIL, b""
            # A report can be long: step back until the block holds a whole last line.
            while size:
                file.seek(max(0, size - step))
                tail = file.read()
                if step >= size or tail.rstrip(b"\n").count(b"\n") > 1:
                    break
                step *= 4
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror or error}") from None
    whole = tail[: tail.rfind(b"\n") + 1]
    last = whole[whole.rstrip(b"\n").rfind(b"\n") + 1 :]
    first = parse(head, f"{path}:1") if head.endswith(b"\n") else None
    return first, parse(last, f"{path}: last line") if last else None


def _is_locked(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    with open_journal(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
