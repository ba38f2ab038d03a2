"""Where the journals of runs lie, seen from where the user stands."""

from __future__ import annotations

from pathlib import Path

from rao_review.diff.git import Repository
from rao_review.errors import GitError, JournalError
from rao_review.trace.runs import find_cut_off, find_run, runs_directory


def journals(directory: Path | None) -> Path:
    """Where runs over the repository at `directory` (None: here) are written; without one, the user's state directory."""
    try:
        return runs_directory(Repository.discover(directory or Path.cwd()).common_dir)
    except GitError:
        return runs_directory(None)


def find_journal(directory: Path | None, wanted: str) -> Path:
    """The journal of a run: of this repository, else, if it is named by its id, of the user (demo runs, patches outside a repository).

    Raises JournalError when neither has it.
    """
    here, user = journals(directory), runs_directory(None)
    try:
        return find_run(here, wanted)
    except JournalError as error:
        if wanted == "last":  # of this repository, never of another one
            raise
        try:
            return find_run(user, wanted)
        except JournalError:
            raise error from None


def find_to_resume(directory: Path | None, wanted: str) -> Path:
    """The journal to go on with: 'last' is the newest run of this repository that was cut off. Raises JournalError."""
    return find_cut_off(journals(directory)) if wanted == "last" else find_journal(directory, wanted)
