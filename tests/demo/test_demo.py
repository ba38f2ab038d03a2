"""The bundled demo: its data is consistent, its repository is reproducible, and the reviewer tells faults from look-alikes.

The labels of `expected.json` were written by hand and checked against mypy, tsc, go vet, javac, cargo and the interpreter.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path
from typing import Any

import pytest

from rao_review import demo
from rao_review.errors import UsageError
from rao_review.types import Severity

DATA = Path(demo.__file__).parent
SIDES = ("base", "head")
TRUTH: dict[str, Any] = json.loads(demo.EXPECTED.read_text(encoding="utf-8"))
FAULTS: list[dict[str, Any]] = TRUTH["faults"]
HARMLESS: list[dict[str, Any]] = TRUTH["harmless"]
KINDS = {
    "removed-symbol", "stale-call", "async-mismatch", "property-mismatch", "return-shape", "generator-mismatch", "override-mismatch",
    "abstract-method", "unresolved-import", "circular-import", "renamed-key", "sibling-edit", "conflict-marker", "secret", "debugger",
    "assert-tuple", "except-order", "self-comparison", "unreachable-code", "mutable-default", "unawaited-coroutine", "weakened-test",
}  # fmt: skip
# Importing a name that its module no longer has is a fair case of either.
NAME_IS_GONE = {"removed-symbol", "unresolved-import"}
SHAPE = {"return-shape", "generator-mismatch"}  # one rule tells both
BUILD = "import sys; from pathlib import Path; from rao_review.demo import build; build(Path(sys.argv[1]))"

Place = tuple[str, int]


def identify(labels: list[dict[str, Any]]) -> dict[str, Any]:
    return {"argvalues": labels, "ids": [label["id"] for label in labels]}


def bundled(side: str, pattern: str) -> list[Path]:
    return sorted(p for p in (DATA / side).rglob(pattern) if p.is_file() and "__pycache__" not in p.parts)


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.build(tmp_path_factory.mktemp("demo") / "orchard")


@pytest.fixture(scope="module")
def changed(repository: Path) -> dict[str, int]:
    """Changed lines by path, as git counts them; a binary file has none."""
    numstat = git(repository, "diff", "--numstat", "--no-renames", "base", "head")
    rows = (line.split("\t") for line in numstat.splitlines())
    return {path: 0 if added == "-" else int(added) + int(removed) for added, removed, path in rows}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a user gets from `rao-review demo --format json`."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, "-m", "rao_review", "demo", "--format", "json"],
        cwd=home,
        env={**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home), "XDG_CACHE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


# ── the data ──


def test_is_a_large_change_of_small_files(changed: dict[str, int]) -> None:
    assert len(changed) >= 40
    assert 1_200 <= sum(changed.values()) <= 2_500
    assert sum(path.stat().st_size for side in SIDES for path in bundled(side, "*")) < 300_000


def test_has_enough_of_everything() -> None:
    assert len(FAULTS) >= 14
    assert len(HARMLESS) >= 22
    assert {label["kind"] for label in FAULTS} == KINDS
    assert {label["kind"] for label in HARMLESS} <= KINDS
    assert len({label["language"] for label in FAULTS}) >= 5
    assert sum(label["outside_diff"] for label in FAULTS) >= len(FAULTS) // 2
    assert len({label["id"] for label in FAULTS + HARMLESS}) == len(FAULTS + HARMLESS)


@pytest.mark.parametrize("label", **identify(FAULTS + HARMLESS))
def test_label_points_to_its_line(label: dict[str, Any]) -> None:
    lines = (DATA / label["side"] / label["path"]).read_text(encoding="utf-8").split("\n")
    assert lines[label["line"] - 1].strip() == label["quote"]


@pytest.mark.parametrize("label", **identify(FAULTS))
def test_fault_is_labelled_in_full(label: dict[str, Any], changed: dict[str, int]) -> None:
    assert label["outside_diff"] == (label["path"] not in changed)
    assert label["cause_path"] in changed
    assert label["cause"]
    Severity(label["min_severity"])
    for place in label["also"]:
        text = (DATA / "head" / place["path"]).read_text(encoding="utf-8")
        assert 1 <= place["line"] <= text.count("\n")


def test_no_line_is_both_a_fault_and_harmless() -> None:
    at_fault = {place for label in FAULTS for place in places(label)}
    assert not at_fault & {(label["path"], label["line"]) for label in HARMLESS}


@pytest.mark.parametrize("side", SIDES)
def test_python_compiles_and_configuration_parses(side: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # the planted assertion on a tuple
        for path in bundled(side, "*.py"):
            compile(path.read_text(encoding="utf-8"), path.name, "exec", dont_inherit=True)
    for path in bundled(side, "*.toml"):
        tomllib.loads(path.read_text(encoding="utf-8"))
    for path in bundled(side, "*.json"):
        json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize("side", SIDES)
def test_javascript_parses(side: str) -> None:
    for path in bundled(side, "*.js"):
        subprocess.run(["node", "--check", str(path)], check=True)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("side", SIDES)
def test_shell_scripts_parse(side: str) -> None:
    for path in bundled(side, "*.sh"):
        subprocess.run(["bash", "-n", str(path)], check=True)


# ── the repository ──


def test_repository_is_whole_and_clean(repository: Path) -> None:
    assert git(repository, "fsck", "--strict", "--no-dangling") == ""
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "log", "--format=%S", "--no-walk", "base", "head").split() == ["head", "base"]
    assert git(repository, "rev-parse", "head^") == git(repository, "rev-parse", "base")


@pytest.mark.parametrize("side", SIDES)
def test_commit_holds_exactly_the_bundled_files(repository: Path, side: str) -> None:
    listing = git(repository, "ls-tree", "-r", "--format=%(path) %(objectname)", side)
    stored = dict(line.split(" ") for line in listing.splitlines())
    files = bundled(side, "*")
    ids = git(repository, "hash-object", "--no-filters", *map(str, files)).split()
    assert stored == {path.relative_to(DATA / side).as_posix(): oid for path, oid in zip(files, ids, strict=True)}


def test_has_a_rename_a_mode_change_a_deletion_and_a_binary_file(repository: Path) -> None:
    summary = git(repository, "diff", "--summary", "-M", "base", "head")
    assert "rename orchard/{payments/tax.py => taxes.py}" in summary
    assert "mode change 100644 => 100755 scripts/backup.sh" in summary
    assert all(f"delete mode 100644 {label['path']}" in summary for label in TRUTH["deleted"])
    assert "-\t-\tweb/public/logo.png" in git(repository, "diff", "--numstat", "base", "head")


def test_ids_do_not_depend_on_the_users_configuration(repository: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    hook = home / "hooks" / "pre-commit"
    hook.parent.mkdir(parents=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[commit]\ngpgSign = true\n[core]\nautocrlf = true\nhooksPath = {hook.parent}\n[i18n]\ncommitEncoding = latin1\n"
    )
    (home / ".config" / "git").mkdir(parents=True)
    (home / ".config" / "git" / "ignore").write_text("*.toml\n")
    (home / ".config" / "git" / "attributes").write_text("*.py working-tree-encoding=latin1\n")
    other = tmp_path / "other"
    git(tmp_path, "init", "--quiet", str(other))
    environment = {
        **os.environ, "HOME": str(home), "TZ": "Asia/Tokyo", "GIT_DEFAULT_HASH": "sha256",
        "GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / ".git" / "index"),
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", BUILD, str(tmp_path / "again")], env=environment, check=True)
    assert git(tmp_path / "again", "rev-parse", "base", "head") == git(repository, "rev-parse", "base", "head")
    assert not (other / ".git" / "index").exists()


def test_takes_only_an_empty_directory(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(UsageError, match="not an empty directory"):
        demo.build(tmp_path)
    with pytest.raises(UsageError, match="not an empty directory"):
        demo.build(tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


# ── the review ──


def places(fault: dict[str, Any]) -> list[Place]:
    """Where a fault may be reported: its line, and the other lines on which the same fault shows."""
    return [(fault["path"], fault["line"]), *((place["path"], place["line"]) for place in fault["also"])]


def stands_at(finding: dict[str, Any], place: Place) -> bool:
    path, line = place
    lines = range(finding["line"], finding["end_line"] + 1)
    return finding["side"] == "head" and finding["path"] == path and line in lines


def serious(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for finding in report["findings"] if Severity(finding["severity"]).at_least(Severity.MEDIUM)]


@pytest.mark.parametrize("fault", **identify(FAULTS))
def test_planted_fault_is_found(fault: dict[str, Any], report: dict[str, Any]) -> None:
    there = [finding for finding in report["findings"] if any(stands_at(finding, place) for place in places(fault))]
    assert there, fault["cause"]
    kinds = next((family for family in (NAME_IS_GONE, SHAPE) if fault["kind"] in family), {fault["kind"]})
    fitting = [finding for finding in there if finding["rule"] in kinds]
    assert fitting, [finding["rule"] for finding in there]
    assert any(Severity(finding["severity"]).at_least(Severity(fault["min_severity"])) for finding in fitting)


@pytest.mark.parametrize("label", **identify(HARMLESS))
def test_look_alike_is_left_alone(label: dict[str, Any], report: dict[str, Any]) -> None:
    here = [finding for finding in serious(report) if stands_at(finding, (label["path"], label["line"]))]
    assert not here, label["why"]


def test_nothing_else_is_reported_at_medium_or_above(report: dict[str, Any]) -> None:
    planted = [place for fault in FAULTS for place in places(fault)]
    noise = [finding for finding in serious(report) if not any(stands_at(finding, place) for place in planted)]
    assert not [f"{finding['path']}:{finding['line']} {finding['rule']}: {finding['title']}" for finding in noise]


def test_ledger_accounts_for_every_line(report: dict[str, Any], repository: Path) -> None:
    rows = [line.split("\t")[:2] for line in git(repository, "diff", "--numstat", "-M", "base", "head").splitlines()]
    counted = sum(int(number) for row in rows for number in row if number != "-")
    assert report["run"]["outcome"] == "complete"
    assert report["coverage"]["lines"]["total"] == counted
    assert report["coverage"]["lines"]["failed"] == 0
    reasons = {row["path"]: row["reason"] for row in report["coverage"]["unreviewed"]}
    for skipped in TRUTH["skipped"]:
        assert skipped["reason"] in reasons[skipped["path"]]
