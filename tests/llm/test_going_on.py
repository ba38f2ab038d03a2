"""Which run `--resume` goes on with, and what a start that is refused leaves behind: nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Repository
from llm.stage import Server, server, shop

from rao_review.simulate.latency import Latency

Invoke = Callable[..., tuple[int, str, str]]
Diff = Callable[..., tuple[int, str, str]]

WINDOW = ("--window", "4000")


@pytest.fixture
def shopped(make_repository: Callable[..., Repository]) -> Repository:
    return shop(make_repository(), 16)


@pytest.fixture
def endpoint() -> Iterator[Server]:
    with server(window=4_000) as up:
        yield up


@pytest.fixture
def diff(shopped: Repository, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Diff:
    """`diff(*arguments)` is `rao-review diff -q …` in the repository, with a home of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("RAO_REVIEW_JOBS", "1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        return invoke("diff", "-q", *arguments, cwd=shopped.path)

    return run


def asking(endpoint: Server) -> tuple[str, ...]:
    return ("main~1..main", "--model", "simulated", "--base-url", endpoint.url)


def journals(repository: Repository) -> list[Path]:
    """Oldest first, also of those that began within one second."""
    found = (repository.path / ".git" / "rao-review" / "runs").glob("*.jsonl")
    return sorted(found, key=lambda journal: str(first(journal)["at"]))


def first(journal: Path) -> dict[str, object]:
    return dict(json.loads(journal.read_text("utf-8").splitlines()[0]))


def test_a_refused_resume_leaves_nothing_and_the_next_one_goes_on(
    diff: Diff, shopped: Repository, endpoint: Server
) -> None:
    assert diff(*asking(endpoint), "--max-calls", "3")[0] == 2
    (partial,) = journals(shopped)
    code, out, err = diff("--resume", "--strategy", "flat")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"run {partial.stem} had --strategy auto, not flat" in err
    assert journals(shopped) == [partial]
    code, _, err = diff("--resume", "--max-calls", "500")
    assert (code, err) == (1, "")
    assert first(journals(shopped)[-1])["resumes"] == partial.stem


def test_what_a_resume_has_brought_to_its_end_is_not_gone_on_with(
    diff: Diff, shopped: Repository, endpoint: Server
) -> None:
    diff(*asking(endpoint), "--max-calls", "2")
    diff("--resume", "--max-calls", "3")
    diff("--resume", "--max-calls", "500")
    before = journals(shopped)
    assert [first(j)["resumes"] for j in before] == ["", before[0].stem, before[1].stem]
    paid = endpoint.stats()["answered"]
    code, out, err = diff("--resume")
    assert (code, out) == (2, "")
    assert err == f"rao-review: run {before[-1].stem} was complete: nothing to resume\n"
    assert (journals(shopped), endpoint.stats()["answered"]) == (before, paid)


def test_the_newest_that_was_cut_off_and_not_the_newest(diff: Diff, shopped: Repository, endpoint: Server) -> None:
    diff(*asking(endpoint), "--max-calls", "3")
    diff("main~1..main")  # the built-in reviewer, complete
    partial, _ = journals(shopped)
    assert diff("--resume", "--max-calls", "500")[0] == 1
    assert first(journals(shopped)[-1])["resumes"] == partial.stem


def test_nothing_reviewed_can_be_gone_on_with(diff: Diff, shopped: Repository, endpoint: Server) -> None:
    diff(*asking(endpoint), "--max-calls", "1", "--strategy", "recursive")
    (failed,) = journals(shopped)
    assert '"outcome":"failed"' in failed.read_text("utf-8").splitlines()[-1]
    assert diff("--resume", "--max-calls", "500")[0] == 1


def test_a_patch_from_standard_input_can_be_given_again(
    diff: Diff, shopped: Repository, endpoint: Server, tmp_path: Path
) -> None:
    patch = tmp_path / "fix.patch"
    patch.write_text(shopped.git("diff", "main~1", "main") + "\n", "utf-8")
    diff(str(patch), *asking(endpoint)[1:], "--max-calls", "3")
    (partial,) = journals(shopped)
    lines = partial.read_text("utf-8").replace(json.dumps(str(patch)), '"-"')
    partial.write_text(lines, "utf-8")
    code, _, err = diff("--resume")
    assert (code, f"give the patch again, with --resume {partial.stem}" in err) == (2, True)
    assert diff(str(patch), "--resume", "--max-calls", "500")[0] == 1


@pytest.mark.parametrize(
    ("key", "says"), [("", "HTTP 401"), ("wrong-key-here", "HTTP 401"), ("a key\nof two lines", "white space")]
)
def test_a_resume_with_a_bad_key_is_one_line_and_loses_nothing(
    diff: Diff, shopped: Repository, monkeypatch: pytest.MonkeyPatch, key: str, says: str
) -> None:
    with server(window=4_000, key="right-key-here") as endpoint:
        monkeypatch.setenv("OPENAI_API_KEY", "right-key-here")
        diff(*asking(endpoint), "--max-calls", "3")
        before = journals(shopped)
        monkeypatch.setenv("OPENAI_API_KEY", key)
        code, out, err = diff("--resume", "--max-calls", "500")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert says in err
        assert journals(shopped) == before
        monkeypatch.setenv("OPENAI_API_KEY", "right-key-here")
        assert diff("--resume", "--max-calls", "500")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--model", "gpt-5"), "no key for api.openai.com"),
        (("--model", "m", "--window", "8000", "--base-url", "http://127.0.0.1:9/v1", "--max-cost", "1"), "--price"),
        (("--model", "gguf:nowhere.gguf"), "gguf"),
        (("--model", "m", "--strategy", "clever"), "--strategy"),
        (("--model", "m", "--base-url", "http://127.0.0.1:9/v1"), "--window TOKENS"),
        (("--model", "m", "--estimate"), "--window TOKENS"),
        (("--estimate",), "--estimate needs --model"),
    ],
)
def test_a_start_that_is_refused_is_no_run(
    diff: Diff, shopped: Repository, arguments: tuple[str, ...], says: str
) -> None:
    code, out, err = diff("main~1..main", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err
    assert journals(shopped) == []


@pytest.mark.parametrize(
    "arguments",
    [("--model", "gpt-5"), ("--model", "m", "--max-cost", "1"), ("--model", "gguf:nowhere.gguf"), ("--estimate",)],
)
def test_what_can_be_told_without_the_change_is_told_before_it_is_read(diff: Diff, arguments: tuple[str, ...]) -> None:
    """A range that cannot be read is never come to."""
    code, _, err = diff("no-such..main", *arguments)
    assert (code, "no-such" in err) == (2, False)


def test_a_word_after_resume_that_is_neither_run_nor_revision(
    diff: Diff, shopped: Repository, endpoint: Server
) -> None:
    diff(*asking(endpoint), "--max-calls", "2")
    code, out, err = diff("--resume", "nosuch")
    assert (code, out) == (2, "")
    assert (
        err == "rao-review: --resume nosuch: 'nosuch' is neither a run (`rao-review runs` lists them) nor a revision\n"
    )
    assert len(journals(shopped)) == 1


def test_an_interrupt_says_how_to_go_on(shopped: Repository, diff: Diff, invoke: Invoke) -> None:
    with server(window=4_000, latency=Latency(base=0.2)) as slow:
        command = [sys.executable, "-m", "rao_review", "diff", *asking(slow), "--strategy", "recursive"]
        with subprocess.Popen(command, cwd=shopped.path, stderr=subprocess.PIPE, text=True) as process:
            while slow.stats()["answered"] < 1:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            assert process.stderr is not None
            said = process.stderr.read().splitlines()[-1]
        assert process.returncode == 130
        assert said.startswith("rao-review: interrupted: `rao-review diff --resume` goes on with it")
        (killed,) = journals(shopped)
        code, _, err = invoke("show", "last", cwd=shopped.path)
        assert (code, f"`rao-review diff --resume {killed.stem}` goes on with it" in err) == (2, True)
        assert diff("--resume")[0] == 1
