"""Killed anywhere, paid once: resuming, resuming what was resumed, and replaying."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Repository
from llm.stage import Stage, Survivor, books_are_right, server, shop, without_time

from rao_review.cli.past import load_past
from rao_review.errors import JournalError, UsageError
from rao_review.simulate.latency import Latency
from rao_review.trace.runs import find_run

Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture
def own(make_repository: Callable[..., Repository]) -> Stage:
    """A repository of the test's own, with the journals in its git directory."""
    repository = shop(make_repository(), 32)
    given = {"window": 4_000, "strategy": "recursive"}
    return Stage(repository, repository.path / ".git" / "rao-review" / "runs", given=given)


def test_killed_again_and_again(own: Stage) -> None:
    with server(latency=Latency(base=0.02)) as endpoint:
        survivor = Survivor(own, endpoint.url)
        whole = survivor.finish(survivor.stem)
        calls = whole.report["usage"]["calls"]
        assert calls >= 8
        before = endpoint.stats()["repeated_answered"]
        # Other answers of the same server must not help: the runs differ from the whole one in nothing that the server sees.
        paid = endpoint.stats()["answered"]
        run = survivor.stem
        for answers in (2, 1, 3):
            run = survivor.kill(run, answers)
        resumed = survivor.finish(run)
        stats = endpoint.stats()
    books_are_right(resumed, own)
    assert without_time(resumed.report) == without_time(whole.report)
    assert sum(e.replayed for e in resumed.of("call_finished")) >= 6 - survivor.kills * survivor.concurrency
    # Each call of the disturbed run repeats one of the whole run; beyond that only what was under way at a kill is paid again.
    assert stats["answered"] - paid <= calls + survivor.kills * survivor.concurrency
    assert stats["repeated_answered"] - before <= calls + survivor.kills * survivor.concurrency


@pytest.mark.parametrize("answers", [0, 5])
def test_killed_once(own: Stage, answers: int) -> None:
    with server(latency=Latency(base=0.02)) as endpoint:
        survivor = Survivor(own, endpoint.url)
        run = survivor.kill(survivor.stem, answers)
        resumed = survivor.finish(run)
        repeated = endpoint.stats()["repeated_answered"]
        # what the first, single call of the stem's run has paid for is not on record
        assert repeated <= survivor.concurrency + 1
        assert without_time(resumed.report) == without_time(survivor.finish(survivor.stem).report)


def test_what_was_cut_off_before_it_took_over_all_is_not_paid_again(own: Stage) -> None:
    """The second run was killed when it had replayed one call of the first: the third has them all."""
    with server() as endpoint:
        first = own.play(endpoint.url)
        journal = find_run(own.runs, "last")
        lines = journal.read_bytes().splitlines(keepends=True)
        finished = [n for n, line in enumerate(lines) if b'"event":"call_finished"' in line]
        journal.write_bytes(b"".join(lines[: finished[5] + 1]))
        cut = journal.with_name("20990101-000000-0000.jsonl")
        started = {**json.loads(lines[0]), "resumes": journal.stem}
        cut.write_bytes(json.dumps(started).encode() + b"\n" + b"".join(lines[1 : finished[0] + 1]))
        paid = endpoint.stats()["answered"]
        third = own.play(endpoint.url, load_past(cut).past)
        again = endpoint.stats()["answered"] - paid
    assert again == len(finished) - 6
    assert without_time(third.report) == without_time(first.report)


def test_a_replay_gives_the_same_bytes_and_asks_nobody(own: Stage, invoke: Invoke, tmp_path: Path) -> None:
    with server(faults={"500": 0.2, "malformed-json": 0.1}) as endpoint:
        own.play(endpoint.url)
    shown = invoke("show", "last", "--format", "json", cwd=own.repository.path)
    replayed = invoke("replay", "last", "-q", "--format", "json", cwd=own.repository.path)
    assert replayed[2] == ""
    assert shown[1] == replayed[1]
    assert replayed[0] == 1


@pytest.mark.parametrize("limit", [{"max_calls": 4}, {"max_tokens": 10_000}, {"deadline": 0.12}])
def test_a_run_that_was_cut_short_replays_as_it_was(own: Stage, invoke: Invoke, limit: dict[str, float]) -> None:
    with server(latency=Latency(base=0.05)) as endpoint:
        played = own.play(endpoint.url, concurrency=2, **limit)
    assert played.code == 2
    code, out, err = invoke("replay", "last", "-q", "--format", "json", cwd=own.repository.path)
    assert (code, err) == (2, "")
    assert json.loads(out) == json.loads(json.dumps(played.report))


def test_a_dead_endpoint_replays_as_it_was(own: Stage, invoke: Invoke) -> None:
    played = own.play("http://127.0.0.1:9/v1")
    assert played.code == 2
    code, out, _ = invoke("replay", "last", "-q", "--format", "json", cwd=own.repository.path)
    assert (code, json.loads(out)) == (2, json.loads(json.dumps(played.report)))


def test_a_branch_that_moved(own: Stage, invoke: Invoke) -> None:
    with server() as endpoint:
        own.play(endpoint.url, max_calls=3)
        own.repository.commit({"shop/part00.py": "x = 1\n"})
        for command in (["replay", "last"], ["diff", "--resume"]):
            code, out, err = invoke(*command, cwd=own.repository.path)
            assert (code, out, err.count("\n")) == (2, "", 1)
            assert "is not the change that run" in err


def test_a_killed_run_cannot_be_replayed_and_says_what_to_do(own: Stage) -> None:
    with server() as endpoint:
        survivor = Survivor(own, endpoint.url)
    with pytest.raises(JournalError, match=f"--resume {survivor.stem}"):
        load_past(find_run(own.runs, survivor.stem), complete=True)


@pytest.mark.parametrize("change", [{"model": "simulated-other"}, {"window": 9_000}, {"strategy": "flat"}])
def test_resuming_with_another_model_is_no_resuming(own: Stage, change: dict[str, object]) -> None:
    with server() as endpoint:
        own.play(endpoint.url)
        past = load_past(find_run(own.runs, "last")).past
        with pytest.raises(UsageError, match="resume"):
            own.play(endpoint.url, past, **change)
