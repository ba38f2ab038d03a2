"""Every way in which an endpoint fails: the review ends, its books are right, and nothing found is lost or counted twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from llm.stage import Stage, books_are_right, server

from rao_review.simulate.answer import STYLES
from rao_review.simulate.faults import FAULTS
from rao_review.simulate.wording import WORDINGS

QUICK = {"hang_seconds": 100.0, "drip_seconds": 0.001, "retry_after": 0.01}
# Long enough for a real answer on a busy machine: only what hangs is to be given up.
SILENCE = 4.0
ALL_FOUND = [f"call {n} misses the factor (simulated)" for n in (1, 5, 9)]
# Answers with these faults are answers all the same; the server does not count them as such.
STILL_ANSWERS = (
    "drip",
    "tools-as-text",
    "duplicate-ids",
    "no-usage",
    "malformed-json",
    "wrong-schema",
    "reasoning-only",
)


def plays_well(stage: Stage, options: dict[str, Any], **flags: Any) -> None:
    """A review at a server that fails in some way is complete, and has found everything once."""
    with server(**{**QUICK, **options}) as endpoint:
        played = stage.play(endpoint.url, **{"window": 6_000, **flags})
        stats, log = endpoint.stats(), endpoint.log()
    books_are_right(played, stage)
    assert played.report["run"]["outcome"] == "complete", played.reasons
    assert (played.code, sorted(played.titles())) == (1, sorted(ALL_FOUND))
    assert stats["repeated_answered"] == 0
    answered = sum(1 for r in log if r["done"] and r["fault"] in ("", *STILL_ANSWERS))
    assert played.report["usage"]["calls"] == answered


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_in_three_calls(stage: Stage, fault: str) -> None:
    # With this seed the first call fails and some later ones do.
    plays_well(stage, {"faults": {fault: 0.3}, "seed": 2}, **({"timeout": SILENCE} if fault == "hang" else {}))


@pytest.mark.parametrize("seed", range(3))
def test_all_faults_together(stage: Stage, seed: int) -> None:
    plays_well(stage, {"faults": {fault: 0.5 / len(FAULTS) for fault in FAULTS}, "seed": seed}, timeout=SILENCE)


@pytest.mark.parametrize("fault", ["no-tools", "no-schema", "no-stream-options", "no-usage", "duplicate-ids"])
def test_what_an_endpoint_never_can(stage: Stage, fault: str) -> None:
    protocol = "json" if fault == "no-schema" else "auto"
    options = {"faults": {fault: 1.0}, "window": 16_000}
    plays_well(stage, options, window=16_000, protocol=protocol, strategy="recursive")


@pytest.mark.parametrize("style", STYLES)
def test_sloppy_json(stage: Stage, style: str) -> None:
    plays_well(stage, {"style": (style,)}, protocol="json")


@pytest.mark.parametrize("wording", [w for w in WORDINGS if w != "silent"])
def test_a_window_that_is_smaller_than_was_said(stage: Stage, wording: str) -> None:
    """In every server's words, and without numbers."""
    plays_well(stage, {"wording": wording, "window": 4_000, "bytes_per_token": 3.0}, window=12_000)


def test_a_server_that_cuts_prompts_and_says_nothing(stages: Callable[[int], Stage]) -> None:
    """It counts far fewer tokens than were sent: no text that it cut off is taken for read."""
    with server(wording="silent", window=4_000, bytes_per_token=3.0) as endpoint:
        played = stages(24).play(endpoint.url, window=16_000)
    books_are_right(played, stages(24))
    assert played.report["run"]["outcome"] == "complete", played.reasons
    assert len(played.titles()) == 6


def test_a_server_that_counts_few_tokens_is_not_taken_for_one_that_cuts(stage: Stage) -> None:
    plays_well(stage, {"bytes_per_token": 12.0})


def test_nothing_works(stage: Stage) -> None:
    """Every answer is garbage: all is failed with the reason, and what the rules found is still there."""
    with server(faults={"malformed-json": 1.0}) as endpoint:
        played = stage.play(endpoint.url, window=6_000)
    books_are_right(played, stage)
    assert (played.code, played.report["run"]["outcome"]) == (2, "failed")
    assert {reason.split(":")[0] for reason in played.reasons} == {"answer"}
    assert any(f.get("rule") == "stale-call" for f in played.report["findings"])
