"""The command line as its users see it: real processes, real repositories, exit codes and one-line errors."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rao_review.report.display import Display
from rao_review.report.tree_view import render_runs
from rao_review.trace.runs import list_runs

Run = Callable[..., subprocess.CompletedProcess[str]]

STALE = {
    "app/conf.py": "def load(path):\n    return path\n",
    "app/main.py": "from app.conf import load\n\n\ndef main():\n    return load('x')\n",
}
BROKEN = {"app/conf.py": "def read(path, *, strict):\n    return [path, strict]\n"}


@pytest.fixture
def broken(make_repository: Callable[..., Any]) -> Path:
    """A repository whose last commit removes a function that is still used."""
    repository = make_repository("broken")
    repository.commit(STALE)
    repository.git("tag", "base")
    repository.commit(BROKEN)
    return repository.path


@pytest.fixture
def clean(make_repository: Callable[..., Any]) -> Path:
    """A repository whose last commit harms nothing."""
    repository = make_repository("clean")
    repository.commit({**STALE, "go.sum": "a\n"})
    repository.commit({"app/conf.py": STALE["app/conf.py"] + "\n\nLIMIT = 3\n", "go.sum": "a\nb\nc\n"})
    return repository.path


def test_a_stale_use_is_found_and_fails_the_build(run: Run, broken: Path) -> None:
    done = run("diff", "base..HEAD", cwd=broken)
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("✗ ")
    assert "\x1b" not in done.stdout
    assert re.search(r"^  app/main\.py:[15]$", done.stdout, re.M)


def test_json_is_the_contract_and_the_ledger_is_that_of_git(run: Run, clean: Path) -> None:
    done = run("diff", "HEAD", "--format", "json", cwd=clean)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    numstat = subprocess.run(
        ["git", "diff", "--numstat", "HEAD^", "HEAD"], cwd=clean, capture_output=True, text=True, check=True
    ).stdout.split()
    assert numstat[::3] == ["3", "2"]
    assert (report["change"]["added"], report["change"]["removed"]) == (5, 0)
    assert report["coverage"]["lines"] == {"total": 5, "reviewed": 3, "skipped": 2, "failed": 0}
    assert report["coverage"]["unreviewed"][0]["reason"] == "lock file"


def test_the_schema_is_printed_and_fits_a_report(run: Run, broken: Path) -> None:
    printed = run("schema", cwd=broken)
    assert (printed.returncode, printed.stderr) == (0, "")
    report = json.loads(run("diff", "base..HEAD", "--format", "json", cwd=broken).stdout)
    jsonschema.validate(report, json.loads(printed.stdout))
    assert "rao-review schema" in " ".join(run("diff", "--help", cwd=broken).stdout.split())


def test_the_same_change_gives_the_same_bytes_whatever_the_hash_seed(run: Run, broken: Path) -> None:
    reports = []
    for seed in ("0", "1", "2"):
        report = json.loads(run("diff", "base..HEAD", "--format", "json", cwd=broken, PYTHONHASHSEED=seed).stdout)
        report["run"] |= {"id": "", "seconds": 0}
        reports.append(json.dumps(report))
    assert len(set(reports)) == 1


@pytest.mark.parametrize(
    ("fail_on", "code"), [("info", 1), ("high", 1), ("critical", 0), ("never", 0)], ids=lambda value: str(value)
)
def test_fail_on_decides_between_0_and_1(run: Run, broken: Path, fail_on: str, code: int) -> None:
    assert run("diff", "base..HEAD", "-q", "--fail-on", fail_on, cwd=broken).returncode == code


def test_settings_come_from_the_base_side_only(run: Run, make_repository: Callable[..., Any]) -> None:
    repository = make_repository("configured")
    repository.commit({**STALE, ".rao-review.toml": 'fail_on = "never"\n'})
    repository.commit(BROKEN)
    assert run("diff", "HEAD", "-q", cwd=repository.path).returncode == 0
    assert run("diff", "HEAD", "-q", cwd=repository.path, RAO_REVIEW_FAIL_ON="low").returncode == 1
    repository.commit({".rao-review.toml": 'fail_on = "low"\n'})
    repository.commit(
        {**STALE, **BROKEN, "app/other.py": STALE["app/main.py"], ".rao-review.toml": 'fail_on = "never"\n'}
    )
    assert run("diff", "HEAD~2..HEAD", "-q", cwd=repository.path).returncode == 0  # as the base says
    repository.git("commit", "-q", "--allow-empty", "-m", "x")
    repository.commit({".rao-review.toml": "oops = 1\n"})
    assert run("diff", "HEAD", "-q", cwd=repository.path).returncode in (0, 1)
    done = run("diff", "HEAD..HEAD~1", "-q", cwd=repository.path)
    assert done.returncode == 2
    assert "unknown key 'oops'" in done.stderr


def test_what_settings_take_away_is_said_with_where_they_stand(run: Run, make_repository: Callable[..., Any]) -> None:
    repository = make_repository("configured")
    repository.commit({**STALE, ".rao-review.toml": 'disable = ["removed-symbol"]\nexclude = ["docs/**"]\n'})
    repository.commit({**BROKEN, "docs/a.md": "a\n"})
    done = run("diff", "HEAD", cwd=repository.path)
    assert "1 rule switched off: removed-symbol (disable in .rao-review.toml on the base side)" in done.stdout
    assert "excluded by .rao-review.toml docs/**" in done.stdout
    assert run("show", cwd=repository.path).stdout == run("replay", cwd=repository.path).stdout == done.stdout
    done = run("diff", "HEAD", cwd=repository.path, RAO_REVIEW_DISABLE="secret", RAO_REVIEW_EXCLUDE="*.md")
    assert "1 rule switched off: secret (RAO_REVIEW_DISABLE)" in done.stdout
    assert "excluded by RAO_REVIEW_EXCLUDE *.md" in done.stdout
    # A replay asks neither the environment nor what the tree says by now where the settings came from.
    assert run("replay", cwd=repository.path).stdout == done.stdout
    assert "excluded by --exclude docs/" in run("diff", "HEAD", "--exclude", "docs/", cwd=repository.path).stdout


def test_a_configuration_counts_from_the_next_change_on_and_the_report_says_so(
    run: Run, make_repository: Callable[..., Any]
) -> None:
    repository = make_repository("configured")
    repository.commit(STALE)
    repository.write({".rao-review.toml": 'disable = ["removed-symbol"]\n', **BROKEN})
    done = run("diff", "--uncommitted", cwd=repository.path)
    assert done.returncode == 1
    assert "`.rao-review.toml` is new in this change: it counts from the next one" in done.stdout
    repository.commit({})
    repository.commit({".rao-review.toml": 'fail_on = "low"\n'})
    assert "`.rao-review.toml` is altered in this change" in run("diff", "HEAD", cwd=repository.path).stdout
    repository.commit({".rao-review.toml": None})
    assert "`.rao-review.toml` is removed in this change" in run("diff", "HEAD", cwd=repository.path).stdout
    repository.commit({"a.py": "x = 1\n"})
    assert ".rao-review.toml" not in run("diff", "HEAD", cwd=repository.path).stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["diff"], "what should be reviewed? Give one of: a range such as main...feature"),
        (["diff", "HEAD", "--staged"], "give only one of RANGE, --staged, --uncommitted"),
        (["diff", "nowhere..HEAD"], "nowhere"),
        (["diff", "HEAD", "--fail-on", "severe"], "'severe' is not one of critical, high"),
        (["diff", "HEAD", "--format", "pdf"], "'pdf' is not one of terminal, json"),
        (["diff", "HEAD", "--bogus"], "--bogus"),
        (["diff", "HEAD", "--jobs", "x"], "jobs"),
        (["diff", "HEAD", "-q", "-v"], "-q and -v exclude each other"),
        (["diff", "HEAD", "--output", "missing/report.json"], "there is no directory"),
        (["diff", "HEAD", "--output", "app"], "is a directory"),
        (["diff", "HEAD", "--repo", "missing"], "missing"),
        (["diff", "HEAD", "--", "no-such-file"], "no-such-file"),
        (["reviw"], "no such command 'reviw'"),
        (["help"], "no such command 'help': did you mean `rao-review --help`?"),
        (["help", "diff"], "did you mean `rao-review diff --help`?"),
        (["review", "main"], "no such command 'review': did you mean `rao-review diff main`?"),
        (["--repo", ".", "diff", "HEAD"], "--repo goes after diff: `rao-review diff --repo …`"),
        (["--bogus", "diff", "HEAD"], "no such option: --bogus"),
        (["show", "2019"], "no runs yet"),
        (["trace"], "no runs yet"),
        (["explain", "no-such-rule"], "there is no rule 'no-such-rule'"),
        (["diff", "--staged", "--exclude", "[z-a]"], "[z-a]"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_every_misuse_is_one_line_and_exit_2(run: Run, clean: Path, arguments: list[str], complaint: str) -> None:
    done = run(*arguments, cwd=clean)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("rao-review: ")
    assert done.stderr.count("\n") == 1
    assert complaint in done.stderr


def test_a_bad_patch_names_file_and_line(run: Run, clean: Path) -> None:
    (clean / "bad.patch").write_text("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n")
    done = run("diff", "bad.patch", cwd=clean)
    assert done.returncode == 2
    assert re.match(r"rao-review: bad\.patch:\d+: ", done.stderr)


def test_a_patch_without_a_repository(run: Run, broken: Path, tmp_path: Path) -> None:
    patch = subprocess.run(
        ["git", "diff", "base", "HEAD"], cwd=broken, capture_output=True, text=True, check=True
    ).stdout
    alone = tmp_path / "alone"
    alone.mkdir()
    done = run("diff", "-", cwd=alone, stdin=patch, GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert done.returncode in (0, 1), done.stderr
    assert "reviewed all 4 changed lines" in done.stdout
    assert (tmp_path / "state" / "rao-review" / "runs").is_dir()


def test_what_a_comment_silences_is_told_in_the_verdict(run: Run, make_repository: Callable[..., Any]) -> None:
    repository = make_repository()
    repository.commit({"a.py": "x = 1\n"})
    repository.commit({"a.py": "breakpoint()  # rao-review: ignore[debugger]\n"})
    for flags in ((), ("-q",)):
        done = run("diff", "HEAD", *flags, cwd=repository.path)
        assert done.returncode == 0
        assert "1 finding silenced by a comment (-v shows)" in " ".join(done.stdout.split())
    shown = " ".join(run("diff", "HEAD", "-v", cwd=repository.path).stdout.split())
    assert "silenced by comment at a.py:1, added by this change" in shown


def test_most_of_a_change_too_large_to_read_is_no_green_tick(run: Run, make_repository: Callable[..., Any]) -> None:
    repository = make_repository()
    repository.commit({"a.py": "x = 1\n"})
    repository.commit({"a.py": "x = 2\n", "b.py": "".join(f"x{n} = {n}\n" for n in range(30_000))})
    done = run("diff", "HEAD", cwd=repository.path)
    assert done.stdout.startswith("● no findings in 2 files")
    assert run("diff", "HEAD", "--", "a.py", cwd=repository.path).stdout.startswith("✓ no findings in 1 file")


def test_an_empty_model_is_no_review_without_one(run: Run, clean: Path) -> None:
    done = run("diff", "HEAD", "--model", "", cwd=clean)
    assert done.returncode == 2
    assert done.stderr == ("rao-review: --model is empty (a variable that is not set?): give a name, or leave it out\n")


def test_staged_uncommitted_and_paths(run: Run, clean: Path) -> None:
    (clean / "app" / "conf.py").write_text("")
    (clean / "new.py").write_text("a = 1\nb = 2\n")
    staged, everything = ("--staged", "--uncommitted")
    assert "nothing to review" in run("diff", staged, cwd=clean).stdout
    subprocess.run(["git", "add", "new.py"], cwd=clean, check=True)
    report = json.loads(run("diff", staged, "--format", "json", cwd=clean).stdout)
    assert report["change"]["added"] == 2
    report = json.loads(run("diff", everything, "--format", "json", cwd=clean).stdout)
    assert (report["change"]["files"], report["change"]["removed"]) == (2, 5)
    report = json.loads(run("diff", everything, "--format", "json", "--", "new.py", cwd=clean).stdout)
    assert (report["change"]["files"], report["change"]["added"]) == (1, 2)
    assert run("diff", "--", "new.py", cwd=clean).returncode == 2
    subprocess.run(["git", "checkout", "-q", "."], cwd=clean, check=True)
    report = json.loads(run("diff", "HEAD", "app", "--format", "json", "--", "go.sum", cwd=clean).stdout)
    assert report["change"]["files"] == 2


def test_include_and_exclude_mark_and_never_drop(run: Run, clean: Path) -> None:
    report = json.loads(run("diff", "HEAD", "--exclude", "*.py", "--format", "json", cwd=clean).stdout)
    assert report["coverage"]["lines"] == {"total": 5, "reviewed": 0, "skipped": 5, "failed": 0}
    report = json.loads(run("diff", "HEAD", "--include", "go.sum", "--format", "json", cwd=clean).stdout)
    assert report["coverage"]["lines"] == {"total": 5, "reviewed": 2, "skipped": 3, "failed": 0}


def test_output_replaces_a_file_whole_and_prints_the_verdict(run: Run, clean: Path) -> None:
    target = clean / "report.json"
    target.write_text("old")
    target.chmod(0o640)
    done = run("diff", "HEAD", "--format", "json", "--output", "report.json", cwd=clean)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "rao-review: ✓ no findings in 2 files — reviewed 3 of 5 changed lines, skipped 2 (lock file 2); "
        "the report is in report.json\n"
    )
    assert run("diff", "HEAD", "--format", "json", "-q", "--output", "report.json", cwd=clean).stderr == ""
    assert json.loads(target.read_text())["schema"] == "rao-review/report@1"
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in clean.iterdir()) == [".git", "app", "go.sum", "report.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="/dev/stdout")
def test_output_to_a_device_is_written_not_replaced(run: Run, clean: Path) -> None:
    done = run("diff", "HEAD", "--format", "json", "-o", "/dev/stdout", cwd=clean)
    assert json.loads(done.stdout)["run"]["outcome"] == "complete"


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_a_reader_that_goes_away_is_no_error(broken: Path) -> None:
    for command in ("diff base..HEAD", "diff base..HEAD --format json", "--help"):
        done = subprocess.run(
            ["sh", "-c", f"'{sys.executable}' -m rao_review {command} | head -c 1"],
            cwd=broken,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr, len(done.stdout)) == (0, b"", 1)


def test_past_runs_are_listed_shown_and_traced(run: Run, broken: Path) -> None:
    first = run("diff", "base..HEAD", cwd=broken).stdout
    runs = run("runs", cwd=broken)
    (line,) = runs.stdout.splitlines()
    assert re.match(r"\d{8}-\d{6}-[0-9a-f]{4}  complete ", line)
    assert "base → HEAD" in line
    whole = run("runs", cwd=broken, COLUMNS="50").stdout
    assert whole == runs.stdout
    assert "…" not in whole
    narrow = render_runs(list_runs(broken / ".git" / "rao-review" / "runs"), Display(width=50))
    assert re.match(r"\d{8}-\d{6}-[0-9a-f]{4}  complete  \d high", narrow)
    assert narrow.endswith("…\n")
    identity = line.split()[0]
    assert run("show", "last", cwd=broken).stdout == first
    assert run("show", identity, "--format", "json", cwd=broken).stdout.startswith(
        '{\n  "schema": "rao-review/report@1"'
    )
    trace = run("trace", identity[:12], cwd=broken).stdout
    for stage in ("load", "select", "graph", "agent", "assemble"):
        assert re.search(rf"^  {stage} +\d+\.\d\d s", trace, re.M)
    assert re.search(r"^0  \d+ hunks?, 4 lines", trace, re.M)
    assert "base → HEAD: 1 file, +2 -2" in run("trace", cwd=broken, COLUMNS="50").stdout


def test_runs_never_dirty_the_work_tree(run: Run, broken: Path) -> None:
    run("diff", "base..HEAD", cwd=broken)
    status = subprocess.run(["git", "status", "--porcelain"], cwd=broken, capture_output=True, text=True, check=True)
    assert status.stdout == ""


def test_a_failed_run_is_recorded_with_its_error(run: Run, broken: Path) -> None:
    run("diff", "base..HEAD", "--include", "[z-a]", cwd=broken)
    (line,) = run("runs", cwd=broken).stdout.splitlines()
    assert "  failed " in line
    done = run("show", cwd=broken)
    assert done.returncode == 2
    assert "has no report" in done.stderr


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_repository_is_reviewed_with_a_note(run: Run, broken: Path) -> None:
    (broken / ".git").chmod(0o555)
    try:
        done = run("diff", "base..HEAD", cwd=broken)
    finally:
        (broken / ".git").chmod(0o755)
    assert done.returncode == 1
    assert "this run is not recorded" in done.stdout


def test_a_place_for_runs_that_is_taken_is_a_note(run: Run, broken: Path) -> None:
    (broken / ".git" / "rao-review").write_text("in the way")
    done = run("diff", "base..HEAD", cwd=broken)
    assert done.returncode == 1, done.stderr
    assert "this run is not recorded" in done.stdout


def test_version_and_help_are_instant_because_they_load_nothing() -> None:
    """No timing here: what makes the start slow is what gets imported."""
    program = "import sys; from rao_review.cli.app import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "rao-review diff main...feature" in done.stdout
    for heavy in (
        "rich",
        "git",
        "tree_sitter",
        "re2",
        "asyncio",
        "sqlite3",
        "pygments",
        "rao_review.pipeline",
        "rao_review.graph",
    ):
        assert heavy not in loaded


def test_help_of_every_command_has_its_options_and_no_stub(run: Run, clean: Path) -> None:
    for command in ("diff", "demo", "explain", "runs", "schema", "show", "trace"):
        done = run(command, "--help", cwd=clean)
        assert done.returncode == 0, done.stderr
        assert f"Usage: rao-review {command}" in done.stdout
        assert "Stands for a command" not in done.stdout


def test_without_arguments_the_help_is_an_error_and_not_a_clean_review(run: Run, clean: Path) -> None:
    done = run(cwd=clean)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: rao-review" in done.stderr
    assert "rao-review diff main...feature" in done.stderr


def test_version(run: Run, clean: Path) -> None:
    assert re.fullmatch(r"rao-review \d+\.\d+\.\d+\n", run("--version", cwd=clean).stdout)


def test_colour_only_when_asked_for_without_a_terminal(run: Run, broken: Path) -> None:
    assert "\x1b[" in run("diff", "base..HEAD", cwd=broken, FORCE_COLOR="1").stdout
    assert "\x1b[" not in run("diff", "base..HEAD", cwd=broken, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_an_ascii_locale_gets_ascii(run: Run, broken: Path) -> None:
    done = run("diff", "base..HEAD", cwd=broken, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 1, done.stderr
    assert done.stdout.isascii()
    assert done.stdout.startswith("x ")


def test_verbose_progress_without_a_terminal_is_plain_lines(run: Run, clean: Path) -> None:
    lines = run("diff", "HEAD", "-v", cwd=clean).stderr.splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["load", "select", "graph", "agent", "assemble"]


def test_hostile_names_in_a_change_are_escaped_everywhere(run: Run, make_repository: Callable[..., Any]) -> None:
    repository = make_repository("hostile")
    name = "a\x1b[31m\u202e[red].py"
    repository.commit({name: STALE["app/conf.py"]})
    repository.commit({name: BROKEN["app/conf.py"] + "# \x1b[2J\x07\n"})
    for arguments in (
        ["diff", "HEAD", "-v"],
        ["diff", "HEAD", "--format", "json"],
        ["trace"],
        ["runs"],
        ["diff", "\x1b[2J"],
    ):
        done = run(*arguments, cwd=repository.path)
        text = done.stdout + done.stderr
        assert not any((ord(c) < 0x20 and c != "\n") or c in "\u202e\x7f" for c in text), arguments


def test_a_bug_is_one_line_and_a_saved_traceback(tmp_path: Path) -> None:
    """The bug is real: the program is started with a report format that lacks `render`."""
    program = (
        "from rao_review.cli.app import COMMANDS, run\n"
        "COMMANDS['diff'] = ('json.decoder', '')\n"
        "raise SystemExit(run(['diff']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 2
    assert re.fullmatch(
        r"rao-review: a bug in rao-review: AttributeError; the traceback is in \S+, please report it\n", done.stderr
    )
    (saved,) = tmp_path.glob("rao-review-bug-*.txt")
    assert "Traceback (most recent call last)" in saved.read_text()
