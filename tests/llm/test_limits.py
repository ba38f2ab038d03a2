"""Budgets, windows and endpoints that refuse: never more than was allowed, never silent about what was left out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Repository
from llm.stage import Stage, books_are_right, server, shop

from rao_review.simulate.latency import Latency
from rao_review.simulate.reviewer import Behaviour

Invoke = Callable[..., tuple[int, str, str]]
CURIOUS = Behaviour(curious=True)
STALE = "stale-call"


@pytest.fixture
def wide(stages: Callable[[int], Stage]) -> Stage:
    return stages(32)


@pytest.fixture
def own(make_repository: Callable[..., Repository]) -> Stage:
    """A repository of the test's own, with the journals in its git directory."""
    repository = shop(make_repository(), 16)
    return Stage(repository, repository.path / ".git" / "rao-review" / "runs")


@pytest.mark.parametrize("tokens", [1_500, 4_000, 8_000, 12_000])
def test_not_a_token_more_than_allowed(wide: Stage, tokens: int) -> None:
    # The server's tokens are larger than ours, so that what is set aside always covers what is used.
    with server(bytes_per_token=6.0) as endpoint:
        played = wide.play(endpoint.url, window=4_000, max_tokens=tokens)
        stats = endpoint.stats()
    books_are_right(played, wide)
    assert stats["prompt_tokens"] + stats["completion_tokens"] <= tokens
    assert played.code == 2
    assert {reason.split(": ")[1] for reason in played.reasons} == {"max-tokens"}
    assert all(reason.startswith("budget: max-tokens: ") for reason in played.reasons)
    # All that an answer reported is in the report.
    assert {e.finding.title for e in played.of("reported")} == {f["title"] for f in played.report["findings"]}


@pytest.mark.parametrize("fault", ["truncated", "hang", "reset", "no-usage"])
def test_what_was_sent_and_lost_counts(wide: Stage, fault: str) -> None:
    with server(bytes_per_token=6.0, faults={fault: 0.3}, hang_seconds=0.1) as endpoint:
        played = wide.play(endpoint.url, window=4_000, max_tokens=15_000, timeout=0.3)
        stats = endpoint.stats()
    books_are_right(played, wide)
    assert stats["prompt_tokens"] + stats["completion_tokens"] <= 15_000


@pytest.mark.parametrize("calls", [1, 3, 6])
def test_not_a_call_more_than_allowed(wide: Stage, calls: int) -> None:
    with server(faults={"500": 0.2}, seed=3) as endpoint:
        played = wide.play(endpoint.url, window=4_000, max_calls=calls)
        assert endpoint.stats()["requests"] == calls
    books_are_right(played, wide)
    assert played.code == 2
    assert all(reason.startswith("budget: max-calls: ") for reason in played.reasons)
    assert {f.get("rule") for f in played.report["findings"]} >= {STALE}


@pytest.mark.parametrize(
    ("flags", "nodes", "depth"), [({"max_depth": 1}, 99, 1), ({"max_nodes": 5}, 5, 4), ({"strategy": "flat"}, 1, 0)]
)
def test_the_books_count_what_the_limits_are_for(wide: Stage, flags: dict[str, object], nodes: int, depth: int) -> None:
    """The nodes of the rules' pass are named beside those of the model."""
    with server() as endpoint:
        played = wide.play(endpoint.url, **{"window": 4_000, "strategy": "recursive", **flags})
    usage = played.report["usage"]
    own = [e for e in played.of("node_started") if not f"{e.node}.".startswith("0.0.")]
    assert (usage["nodes"], usage["depth"]) == (len(own), max(e.depth for e in own))
    assert usage["nodes"] <= nodes
    assert usage["depth"] <= depth
    structural = len(played.of("node_started")) - len(own)
    assert played.result.review.usage.structural == structural >= 1
    (agent,) = (e.detail for e in played.of("stage_finished") if e.stage == "agent")
    assert f"depth {usage['depth']}, + {structural} of the built-in reviewer" in agent


def test_calls_that_failed_are_named_where_calls_ran_out(own: Stage, invoke: Invoke) -> None:
    with server(faults={"500": 0.4}, seed=3) as endpoint:
        played = own.play(endpoint.url, window=4_000, max_calls=6)
        requests = endpoint.stats()["requests"]
    answered = played.report["usage"]["calls"]
    assert answered < requests == 6
    (note,) = (n for n in played.report["notes"] if "--max-calls" in n)
    assert note.startswith(f"{requests - answered} more call")
    code, out, _ = invoke("replay", "last", "-q", "--format", "json", cwd=own.repository.path)
    assert (code, json.loads(out)) == (2, json.loads(json.dumps(played.report)))


def test_not_a_cent_more_than_allowed(wide: Stage) -> None:
    with server(bytes_per_token=6.0) as endpoint:
        played = wide.play(endpoint.url, window=4_000, max_cost=0.04, price="3/15")
        stats = endpoint.stats()
    books_are_right(played, wide)
    assert (stats["prompt_tokens"] * 3 + stats["completion_tokens"] * 15) / 1e6 <= 0.04
    assert played.report["usage"]["cost"] <= 0.04
    assert all(reason.startswith("budget: max-cost: ") for reason in played.reasons)


def test_the_deadline(wide: Stage) -> None:
    with server(latency=Latency(base=0.04)) as endpoint:
        played = wide.play(endpoint.url, window=4_000, deadline=0.1, concurrency=1)
    books_are_right(played, wide)
    assert played.code == 2
    assert all(reason.startswith("budget: deadline: ") for reason in played.reasons)


def test_nodes_are_told_when_the_budget_is_nearly_gone(wide: Stage) -> None:
    """A node that looks things up is told to submit when nine calls of ten are made."""
    with server(behaviour=CURIOUS) as endpoint:
        free = wide.play(endpoint.url, window=4_000, concurrency=1)
        tight = wide.play(endpoint.url, window=4_000, concurrency=1, max_calls=6)
    told = [m["text"] for e in tight.of("call_started") for m in e.messages if "nearly gone" in m["text"]]
    assert told
    assert not any("nearly gone" in m["text"] for e in free.of("call_started") for m in e.messages)
    assert any(e.low for e in tight.of("call_finished"))


# ── windows ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A new file of 5,000 lines, 60 tiny files, and a name of 200 characters."""
    place = tmp_path_factory.mktemp("awkward")
    repository = Repository(place / "repository")
    repository.commit({"a.py": "x = 1\n"})
    giant = "".join(f"row_{n} = compute({n}, 'entry {n}')\n" for n in range(5_000))
    tiny = {f"tiny/t{n}.py": f"t = {n}\n" for n in range(60)}
    repository.commit({"giant.py": giant, **tiny, f"{'long_' * 39}name.py": "value = 1\n"})
    return Stage(repository, place / "runs")


@pytest.mark.parametrize("window", [4_000, 8_000, 32_000, 128_000])
@pytest.mark.parametrize("strategy", ["auto", "mapreduce", "flat"])
def test_every_window_holds_every_change(awkward: Stage, window: int, strategy: str) -> None:
    with server(window=window, bytes_per_token=4.0, planted=()) as endpoint:
        played = awkward.play(endpoint.url, window=window, strategy=strategy)
        assert endpoint.stats()["requests"] < 400
    books_are_right(played, awkward)
    if strategy == "flat" and window < 128_000:
        assert (played.code, played.report["usage"]["calls"]) == (2, 1)
        assert played.reasons == {"window: does not fit one prompt"}
    else:
        assert played.report["run"]["outcome"] == "complete", played.reasons


@pytest.mark.parametrize("window", [10, 1_000])
@pytest.mark.parametrize("flags", [(), ("--estimate",)])
def test_no_room_at_all(own: Stage, invoke: Invoke, window: int, flags: tuple[str, ...]) -> None:
    """What prompts alone do not fit is no window, and no run."""
    with server() as endpoint:
        asked = ("--model", "simulated", "--base-url", endpoint.url, "--window", str(window))
        code, out, err = invoke("diff", own.target, "-q", *asked, *flags, cwd=own.repository.path)
        assert endpoint.stats()["requests"] == 0
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"a window of {window:,} tokens is too small for simulated: prompts and an answer of" in err
    assert not own.runs.exists()


def test_too_few_calls_are_told_beforehand(own: Stage, invoke: Invoke) -> None:
    with server() as endpoint:
        asked = ("--model", "simulated", "--base-url", endpoint.url, "--window", "4000", "--strategy", "recursive")
        _, _, err = invoke("diff", own.target, *asked, "--max-calls", "2", cwd=own.repository.path)
        _, _, free = invoke("diff", own.target, *asked, cwd=own.repository.path)
    assert re.search(r"about \d+ calls are expected; with --max-calls 2 parts will not be reviewed", err)
    assert "calls are expected" not in free


# ── endpoints that refuse ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"key": "wrong"}, "Incorrect API key"),
        ({"model": "gpt-unheard-of"}, "gpt-unheard-of"),
        ({"path": "/nowhere"}, "404"),
        ({"path": "dead"}, "check that the endpoint is up"),
    ],
)
def test_nothing_can_be_asked(stage: Stage, flags: dict[str, str], says: str) -> None:
    """With the window given, the review goes as far as it can: all that is reviewable has failed, with one reason that says why."""
    with server(key="right-key-here") as endpoint:
        path = flags.get("path", "")
        url = "http://127.0.0.1:9/v1" if path == "dead" else endpoint.url + path
        played = stage.play(url, key=flags.get("key", "right-key-here"), model=flags.get("model", "simulated"))
    books_are_right(played, stage)
    assert (played.code, played.report["run"]["outcome"]) == (2, "failed")
    (reason,) = played.reasons
    assert reason.startswith("model: ")
    assert says in reason
    assert "\n" not in reason
    assert {f.get("rule") for f in played.report["findings"]} == {STALE}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "simulated"], "refuses the key"),
        (["--model", "simulated", "--base-url", "http://127.0.0.1:9/v1"], "is it up?"),
    ],
)
def test_one_line_where_the_window_is_not_known(
    stage: Stage, invoke: Invoke, arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "wrong-key-here")
    with server(key="right-key-here") as endpoint:
        base = [] if "--base-url" in arguments else ["--base-url", endpoint.url]
        code, out, err = invoke("diff", stage.target, "-q", *arguments, *base, cwd=stage.repository.path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err
    assert "key-here" not in err
