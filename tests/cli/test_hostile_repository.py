"""A repository made to hurt whoever reviews it: nothing of it runs, nothing hangs, nothing is written elsewhere, and what could not
be reviewed is said."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Repository

Run = Callable[..., subprocess.CompletedProcess[str]]
Invoke = Callable[..., tuple[int, str, str]]

COMMANDS = (
    "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "core.gitProxy", "core.alternateRefsCommand",
    "diff.external", "diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
    "merge.evil.driver", "pager.diff", "pager.diff-tree", "gpg.program", "credential.helper", "uploadpack.packObjectsHook",
)  # fmt: skip
"""Settings that name a program."""
SHADOWS = (
    "sitecustomize",
    "usercustomize",
    "re2",
    "unidiff",
    "git",
    "rich",
    "typer",
    "tree_sitter",
    "json",
    "conftest",
)
"""Modules that a program run in this directory might import from it."""
NAMES = (
    "-rf", "--output=x", "\x1b[31mred\x1b[0m.py", "\u202egpj.py", "[red]markup[/red].py", "line\r\nend.py", "\x9b31m.py",
    "\x1b]8;;http:x\x07.py", "::error::x.py", "%0Aend.py",
)  # fmt: skip
SIGNATURE = 'def used(x, y):\n    """\x1b[2J [bold red]x[/] \u202e"""\n    return x\n'
DEEP = ("{" * 40 + "\n") * 2500
"""In C this keeps the parser busy far beyond its time-out."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """`marker` is written by whatever of the repository runs."""

    repository: Repository
    marker: Path


@pytest.fixture
def hostile(make_repository: Callable[..., Repository], tmp_path: Path) -> Hostile:
    repository, marker, trap = make_repository("hostile"), tmp_path / "marker", tmp_path / "trap.sh"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> "{marker}"\ncat\nexit 0\n')
    trap.chmod(0o755)
    repository.commit(
        {
            "keep.py": "def used(x):\n    return x\n",
            "user.py": "from keep import used\nused(1)\n",
            ".gitattributes": "* filter=evil diff=evil merge=evil -diff\n",
        }
    )
    repository.git("tag", "base")
    (repository.path / "link").symlink_to("/etc/passwd")
    (repository.path / "loop").symlink_to("loop")
    (repository.path / "up").symlink_to("../../..")
    shadow = f'open({str(marker)!r}, "a").write(__name__)\n'
    repository.commit(
        {
            **dict.fromkeys(NAMES, "v = 1  # \x1b[2J\u202e [red]\n"),
            **{f"{name}.py": shadow for name in SHADOWS},
            **{f"many/f{n}.py": f"def f{n}():\n    return {n}\n" for n in range(60)},
            "keep.py": SIGNATURE,
            ".rao-review.toml": 'fail_on = "never"\nexclude = ["**"]\n',
            ".gitattributes": "* linguist-generated\n",
            "line.py": "a = '" + "x" * 2_000_000 + "'\n",
            "deep.py": "x = " + "(" * 200_000 + ")" * 200_000 + "\n",
            "deep.c": DEEP,
            "Deep.java": "class A { int x = " + "(" * 200_000 + "; }\n",
        }
    )
    for name in COMMANDS:
        repository.git("config", name, str(trap))
    for command in ("diff", "diff-tree", "rev-parse", "merge-base", "ls-files", "cat-file", "config"):
        repository.git("config", f"alias.{command}", f"!{trap}")
    (repository.path / ".git" / "evil").write_text(f"[core]\n\tfsmonitor = {trap}\n\thooksPath = {tmp_path}/hooks\n")
    repository.git("config", "include.path", "evil")
    (tmp_path / "hooks").mkdir()
    for hook in ("post-index-change", "pre-commit", "reference-transaction", "post-checkout", "pre-auto-gc"):
        (tmp_path / "hooks" / hook).symlink_to(trap)
    marker.unlink(missing_ok=True)
    return Hostile(repository, marker)


def _assert_harmless(text: str) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_nothing_runs_and_what_was_not_reviewed_is_said(hostile: Hostile, run: Run) -> None:
    place = hostile.repository.path
    done = run("diff", "base..HEAD", "--format", "json", cwd=place)
    assert done.stderr == ""
    assert done.returncode == 1  # the head's own configuration would have made it 0
    _assert_harmless(done.stdout)
    report = json.loads(done.stdout)
    assert [f["path"] for f in report["findings"]] == ["user.py"]
    assert report["change"]["files"] == 60 + len(NAMES) + len(SHADOWS) + 10
    reasons = {part["path"]: part["reason"] for part in report["coverage"]["unreviewed"]}
    assert reasons["line.py"] == "over-size: 1.9 MiB of diff"
    assert reasons["deep.py"] == "over-size: a line of 400,004 characters"
    assert reasons.keys() == {"line.py", "deep.py", "Deep.java"}
    unknown = {part["path"]: part["reason"] for part in report["unknown"]}
    assert unknown["deep.c"] == "parser timed out"
    lines = report["coverage"]["lines"]
    numstat = hostile.repository.git("-c", "core.fsmonitor=", "diff-tree", "--numstat", "-r", "base", "HEAD")
    assert lines["total"] == sum(int(n) for row in numstat.split("\n") for n in row.split("\t")[:2])
    for arguments in (
        ["diff", "base..HEAD", "-v"],
        ["diff", "--uncommitted"],
        ["diff", "--staged"],
        ["trace"],
        ["runs"],
    ):
        done = run(*arguments, cwd=place, FORCE_COLOR="0")
        assert done.returncode in (0, 1), done.stderr
        _assert_harmless(done.stdout + done.stderr)
    assert not hostile.marker.exists()
    assert sorted(os.listdir(place)) == sorted(  # noqa: PTH208 - the names are the message
        {path.split("/")[0] for path in hostile.repository.git("ls-files", "-z").split("\0") if path} | {".git"}
    )


def test_the_traps_work(hostile: Hostile) -> None:
    """Plain git and plain Python fall into them, or the test above would prove nothing."""
    hostile.repository.git("diff", "base")
    assert hostile.marker.exists()
    hostile.marker.unlink()
    subprocess.run([sys.executable, "-c", "import unidiff"], cwd=hostile.repository.path, check=True)
    assert hostile.marker.read_text() == "unidiff"


@pytest.fixture
def small(make_repository: Callable[..., Repository]) -> Repository:
    repository = make_repository("small")
    repository.commit({"keep.py": "def used(x):\n    return x\n", "user.py": "from keep import used\nused(1)\n"})
    repository.commit({"keep.py": SIGNATURE})
    return repository


LINKS = {
    "all": ("rao-review", "folder"),
    "runs": ("rao-review/runs", "folder"),
    "cache": ("rao-review/facts.sqlite", "file"),
    "no-cache-yet": ("rao-review/facts.sqlite", "missing"),
    "write-ahead-log": ("rao-review/facts.sqlite-wal", "file"),
    "shared-memory": ("rao-review/facts.sqlite-shm", "file"),
    "rollback-journal": ("rao-review/facts.sqlite-journal", "file"),
}
"""name: (the link below the git directory, what it leads to)."""


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
@pytest.mark.parametrize(("link", "leads_to"), LINKS.values(), ids=LINKS)
def test_links_in_the_git_directory_are_not_written_through(
    small: Repository, tmp_path: Path, run: Run, link: str, leads_to: str
) -> None:
    outside = tmp_path / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_text("precious")
    place = small.path / ".git" / link
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(outside / leads_to)
    done = run("diff", "HEAD", cwd=small.path)
    assert done.returncode == 1, done.stderr
    assert re.search("no graph cache|this run is not recorded", done.stdout)
    assert sorted(path.name for path in outside.rglob("*")) == ["file", "folder"]
    assert (outside / "file").read_text() == "precious"


def _event(name: str, **fields: object) -> bytes:
    common = {"schema": "rao-review/journal@1", "run": "r", "at": "2026-01-01T00:00:00+00:00", "event": name}
    return json.dumps(common | fields).encode() + b"\n"


BEGIN = _event("run_started", policy="\x1b[2J", model=None, change={"base": "\u202e", "head": "[red]", "files": "many"})
JOURNALS = {
    "empty": b"",
    "garbage": b"\0\xff" * 999 + b"\n",
    "nested": b"[" * 200_000 + b"\n",
    "foreign": b'{"schema": "x"}\n',
    "wrong types": _event("run_started", policy=7, model=[], change="x"),
    "no end": BEGIN,
    "odd report": BEGIN + _event("run_finished", outcome="complete", report={"findings": [1], "run": 2}),
    "half a report": BEGIN + _event("run_finished", outcome="\x1b[2J", report={"findings": [{}], "run": {"seconds": "x"}}),
}  # fmt: skip


def test_journals_may_hold_anything(small: Repository, invoke: Invoke) -> None:
    runs = small.path / ".git" / "rao-review" / "runs"
    runs.mkdir(parents=True)
    for number, content in enumerate(JOURNALS.values()):
        (runs / f"20260101-000000-000{number}.jsonl").write_bytes(content)
    if sys.platform != "win32":
        os.mkfifo(runs / "20260101-000000-a000.jsonl")
        (runs / "20260101-000000-b000.jsonl").symlink_to("/dev/zero")
        (runs / "20260101-000000-c000.jsonl").mkdir()
    code, out, err = invoke("runs", cwd=small.path)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == sum(1 for _ in runs.iterdir())
    _assert_harmless(out)
    for name in ("0002", "0006", "0007", *(["a000", "b000"] if sys.platform != "win32" else [])):
        for command in ("show", "trace"):
            code, out, err = invoke(command, f"20260101-000000-{name}", cwd=small.path)
            _assert_harmless(out + err)
            assert "bug" not in err
            assert (code, err.count("\n")) == (2, 1) or (command, code, err) == ("trace", 0, "")


def test_a_cache_of_garbage_is_rebuilt(small: Repository, run: Run) -> None:
    cache = small.path / ".git" / "rao-review" / "facts.sqlite"
    cache.parent.mkdir()
    cache.write_bytes(os.urandom(9000))
    done = run("diff", "HEAD", cwd=small.path)
    assert done.returncode == 1
    assert "graph cache was rebuilt" in done.stdout
    assert cache.read_bytes().startswith(b"SQLite format 3\0")
