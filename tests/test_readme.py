"""The README's commands do what it says: each `rao-review` line is run as written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rao_review.simulate import Options, serve_in_thread

README = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    command.strip()
    for block in BLOCKS
    for line in block.splitlines()
    for command in line.split("#")[0].split(";")
    if command.strip().startswith("rao-review ")
]


def test_the_two_commands_set_up_and_run() -> None:
    setup, tests = BLOCKS[0], BLOCKS[1]
    assert ".venv/bin/rao-review demo" in setup
    assert ".venv/bin/rao-review diff" in setup
    assert "pytest -n auto" in tests
    assert tests.strip().rpartition("&& .venv/bin/")[2] in Path(__file__).parents[1].joinpath(".ci/run").read_text(
        encoding="utf-8"
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small repository with everything that the README's examples name."""
    path = tmp_path_factory.mktemp("readme")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    environment |= {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=path, env=environment, check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q", "-b", "main")
    (path / "a.py").write_text("def old():\n    return 1\n")
    (path / "b.py").write_text("from a import old\n\nold()\n")
    git("add", "-A")
    git("commit", "-q", "-m", "base")
    git("tag", "v1.0")
    git("checkout", "-q", "-b", "feature")
    (path / "a.py").write_text("def new():\n    return 1\n")
    git("commit", "-q", "-a", "-m", "change")
    git("tag", "v2.0")
    (path / "fix.patch").write_text(git("diff", "v1.0", "v2.0"))
    return path


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Stands for the endpoints of the examples."""
    with serve_in_thread(Options()) as url:
        yield url


@pytest.mark.parametrize("command", [c for c in COMMANDS if "gguf:" not in c and " simulate" not in c])
def test_a_command_of_the_readme_runs(command: str, project: Path, endpoint: str) -> None:
    command = re.sub(r"--base-url \S+", f"--base-url {endpoint}", command)
    command = command if "--estimate" in command else re.sub(r"--model \S+", "--model simulated", command)
    words = [sys.executable, "-m", "rao_review", *command.split()[1:]]
    if command.endswith(("last", "runs", "--resume")):
        subprocess.run(
            [sys.executable, "-m", "rao_review", "diff", "v1.0..v2.0"], cwd=project, check=False, capture_output=True
        )
    if command.endswith("--resume"):
        # What a kill leaves: a journal without its end.
        journal = max((project / ".git" / "rao-review" / "runs").iterdir())
        journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    environment = {**os.environ, "OPENAI_BASE_URL": endpoint, "OPENAI_API_KEY": "none"}
    done = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout or (project / "review.json").exists()


def test_the_simulated_endpoint_of_the_readme_serves(project: Path) -> None:
    (command,) = [c for c in COMMANDS if " simulate" in c]
    words = re.sub(r"--port \d+", "--port 0", command).split()[1:]
    with subprocess.Popen([sys.executable, "-m", "rao_review", *words], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert "http://127.0.0.1:" in server.stdout.readline()
        server.terminate()
    assert server.returncode == 0


def test_the_stale_import_of_the_example_is_found(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rao_review", "diff", "main...feature", "-q"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "b.py:1: high: `old` is still imported here but was" in done.stdout
