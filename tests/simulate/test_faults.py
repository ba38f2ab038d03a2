"""Every fault, at probability 1, seen from the other side of a real connection; and which requests it hits."""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from simulate.client import TOOLS, Response, acts, ask, briefing, chat, hunks

from rao_review.errors import UsageError
from rao_review.simulate import Options, serve_in_thread
from rao_review.simulate.faults import FAULTS, draw, parse_faults

PROMPT = briefing(hunks("a.py\n+x = 1"))
TEXT = briefing(hunks("a.py\n+x = 1"), protocol="json")


def under(fault: str, messages: Any = PROMPT, **fields: Any) -> Response:
    """One answer of a server with nothing but this fault; it must have counted it."""
    with serve_in_thread(Options(faults={fault: 1.0}, retry_after=2.5)) as url:
        response = chat(url, messages, **({"tools": TOOLS} | fields))
        assert ask(url, "/stats").json()["faults"] == {fault: 1}
    return response


def choice(response: Response) -> Mapping[str, Any]:
    found: Mapping[str, Any] = response.json()["choices"][0]
    return found


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("429", 429, "Rate limit"),
        ("429-retry-after", 429, "Rate limit"),
        ("500", 500, "error"),
        ("503", 503, "overloaded"),
        ("overflow", 400, "maximum context length is 32768 tokens"),
        ("no-tools", 400, "does not support tools"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_refusals(fault: str, status: int, words: str, stream: bool) -> None:
    response = under(fault, stream=stream)
    assert response.status == status
    assert words in response.json()["error"]["message"]
    assert response.headers.get("retry-after") == ("2.5" if fault == "429-retry-after" else None)
    assert response.headers["x-simulated"] == "1"


def test_what_a_server_lacks_only_matters_to_those_who_ask_for_it() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    assert under("no-schema", response_format=schema).status == 400
    assert under("no-stream-options", stream=True, stream_options={"include_usage": True}).status == 400
    with serve_in_thread(Options(faults={"no-tools": 0.5, "no-schema": 0.5})) as url:
        assert [chat(url, TEXT).status for _ in range(8)] == [200] * 8
        assert ask(url, "/stats").json()["faults"] == {}


def test_a_reset_is_one() -> None:
    with pytest.raises(ConnectionResetError):
        under("reset")
    with pytest.raises(ConnectionResetError):
        under("reset", stream=True)


def test_a_hanging_request_ends_after_its_time_with_nothing_sent() -> None:
    with serve_in_thread(Options(faults={"hang": 1.0}, hang_seconds=0.3)) as url:
        start = time.monotonic()
        with pytest.raises(http.client.RemoteDisconnected):
            chat(url, PROMPT)
        assert 0.3 <= time.monotonic() - start < 15
        assert ask(url, "/stats").json()["statuses"] == {"0": 1}


def test_a_drip_comes_whole_and_slowly() -> None:
    with serve_in_thread(Options(faults={"drip": 1.0}, drip_seconds=0.02)) as url:
        for stream in (False, True):
            start = time.monotonic()
            response = chat(url, PROMPT, tools=TOOLS, stream=stream)
            assert time.monotonic() - start > 0.1
            assert response.events() if stream else acts(response)


def test_a_drip_lasts_no_longer_than_a_hang() -> None:
    with (
        serve_in_thread(Options(faults={"drip": 1.0}, drip_seconds=0.1, hang_seconds=0.2)) as url,
        pytest.raises(http.client.IncompleteRead),
    ):
        chat(url, PROMPT, tools=TOOLS)


def test_a_truncated_answer_is_shorter_than_announced() -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        under("truncated")
    assert caught.value.partial
    data = under("truncated", stream=True).data
    assert data.startswith(b"data: ") and b"[DONE]" not in data and b'"finish_reason": "' not in data


def test_html_instead_of_json() -> None:
    response = under("html")
    assert (response.status, response.headers["content-type"]) == (200, "text/html")
    assert response.data.startswith(b"<!DOCTYPE html>")


def test_an_empty_answer() -> None:
    found = choice(under("empty"))
    assert (found["message"], found["finish_reason"]) == ({"role": "assistant", "content": ""}, "stop")


def test_json_that_does_not_parse() -> None:
    (call,) = choice(under("malformed-json"))["message"]["tool_calls"]
    for text in (call["function"]["arguments"], choice(under("malformed-json", TEXT, tools=[]))["message"]["content"]):
        with pytest.raises(ValueError, match="Expecting property name"):
            json.loads(text)


def test_json_with_the_wrong_fields() -> None:
    ((name, fields),) = acts(under("wrong-schema"))
    assert name == "submit" and not isinstance(fields["findings"], list)
    fields = json.loads(choice(under("wrong-schema", TEXT, tools=[]))["message"]["content"])
    assert fields["action"] == "submit" and not isinstance(fields["findings"], list)


def test_tool_calls_written_into_the_text() -> None:
    found = choice(under("tools-as-text"))
    assert "tool_calls" not in found["message"] and found["finish_reason"] == "stop"
    inside = found["message"]["content"].partition("<tool_call>")[2].partition("</tool_call>")[0]
    assert json.loads(inside)["name"] == "submit"


def test_two_calls_with_one_id() -> None:
    calls = choice(under("duplicate-ids"))["message"]["tool_calls"]
    assert len(calls) == 2 and len({call["id"] for call in calls}) == 1


def test_only_reasoning() -> None:
    response = under("reasoning-only")
    found = choice(response)
    assert found["finish_reason"] == "length" and found["message"]["content"] is None
    assert "imulated" in found["message"]["reasoning_content"]
    usage = response.json()["usage"]
    assert usage["completion_tokens_details"]["reasoning_tokens"] == usage["completion_tokens"] > 0
    deltas = [e["choices"][0]["delta"] for e in under("reasoning-only", stream=True).events()]
    assert any("reasoning_content" in delta for delta in deltas)
    assert not any(delta.get("content") or "tool_calls" in delta for delta in deltas)


def test_no_usage() -> None:
    assert "usage" not in under("no-usage").json()
    stream = under("no-usage", stream=True, stream_options={"include_usage": True})
    assert not any("usage" in event for event in stream.events())


def test_every_fault_has_a_test() -> None:
    source = Path(__file__).read_text("utf-8")
    assert [name for name in FAULTS if f'"{name}"' not in source] == []


# ── which requests ───────────────────────────────────────────────────────────────────────────────────────


def test_the_same_seed_hits_the_same_requests() -> None:
    rates = {"429": 0.2, "500": 0.2}

    def statuses(seed: int) -> list[int]:
        with serve_in_thread(Options(faults=rates, seed=seed)) as url:
            return [chat(url, f"hello {n}").status for n in range(40)]

    assert statuses(1) == statuses(1)
    assert statuses(1) != statuses(2)
    assert {200, 429, 500} == set(statuses(1))


def test_rates_are_what_they_say() -> None:
    counts = Counter(draw({"429": 0.2, "reset": 0.05}, 7, number) for number in range(20_000))
    assert 3_700 < counts["429"] < 4_300
    assert 850 < counts["reset"] < 1_150
    assert counts.keys() == {"", "429", "reset"}


def test_rates_are_read() -> None:
    assert parse_faults(["429=0.2, reset=0.1", "hang"][:1]) == {"429": 0.2, "reset": 0.1}
    assert parse_faults(["hang"]) == {"hang": 1.0}
    shared = parse_faults(["all=0.2", "500=0.1"])
    assert sum(shared.values()) == pytest.approx(0.3)
    assert shared.keys() == FAULTS.keys() and shared["500"] > shared["503"] > 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("504=0.1", "'504' is not one of 429, "),
        ("429=often", "'often' in '429=often' is not a number"),
        ("429=1.5", "429=1.5 is not between 0 and 1"),
        ("429=nan", "429=nan is not between 0 and 1"),
        ("429=0.6,500=0.6", "the rates are 1.2 together"),
        ("all=2", "the rates are 2 together"),
        ("all=-0.1", "is not between 0 and 1"),
    ],
)
def test_bad_rates_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_faults([text])
    assert str(caught.value).startswith("--fault: ") and complaint in str(caught.value)
