"""Running the program: as a process of its own, or, where many short runs are held against a table, in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pytest

from rao_review.cli.app import run as run_command_line


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`run(*arguments, cwd=…, stdin=…, **environment)` runs the program as a process of its own."""

    def start(
        *arguments: str, cwd: Path, stdin: str | bytes = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RAO_REVIEW", "NO_COLOR", "FORCE_COLOR"))}
        done = subprocess.run(
            [sys.executable, "-m", "rao_review", *arguments],
            cwd=cwd,
            env={**inherited, "XDG_STATE_HOME": str(tmp_path / "state"), "COLUMNS": "100", **environment},
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            check=False,
            timeout=60,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        )

    return start


@pytest.fixture
def invoke(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`invoke(*arguments, cwd=…)` → (exit code, standard output, standard error), without the cost of a process.

    The streams are caught at their descriptors, so that what git writes past us is seen as well.
    """

    def start(*arguments: str, cwd: Path) -> tuple[int, str, str]:
        capfd.readouterr()
        with chdir(cwd):
            code = run_command_line(arguments)
        return code, *capfd.readouterr()

    return start
