"""Reading changes the way the pipeline does, and git's own totals to hold them against."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from rao_review.diff.source import Source, load
from rao_review.types import ChangeSet


def read_change(
    repo: Path,
    target: str = "",
    mode: Literal["target", "staged", "uncommitted"] = "target",
    paths: tuple[str, ...] = (),
) -> ChangeSet:
    with load(Source(target, mode, repo, paths)) as loaded:
        return loaded.change


def read_numstat(output: str) -> dict[str, tuple[int, int]]:
    """{head path: (added, removed)} from `git diff --numstat -z`; a binary file has (0, 0)."""
    fields = iter(output.split("\0"))
    totals = {}
    for field in fields:
        if not field:
            break
        added, removed, path = field.split("\t", 2)
        if not path:
            next(fields)
            path = next(fields)
        totals[path] = (0, 0) if added == "-" else (int(added), int(removed))
    return totals


@pytest.fixture(scope="session")
def change_of() -> Callable[..., ChangeSet]:
    """`change_of(repo, target='', mode='target', paths=())`."""
    return read_change


@pytest.fixture(scope="session")
def numstat() -> Callable[[str], dict[str, tuple[int, int]]]:
    return read_numstat


@pytest.fixture(autouse=True)
def no_leftovers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever happened, no temporary directory of ours stays behind."""
    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("temporary"))
    own = Path(tempfile.tempdir)
    yield
    tempfile.tempdir = before
    assert os.listdir(own) == []  # noqa: PTH208 - the names are the message
