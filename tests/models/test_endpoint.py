"""One exchange with an endpoint, over a real connection: every form of answer, and every way it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from models.server import Server, Step, calls, delta, events, hang, later, plain, refusal, reset, serving, text, whole

from rao_review.errors import ModelError, OverflowingError, RejectedError, TransientError, UnsupportedError
from rao_review.models.budget import Budget, Limits
from rao_review.models.model import connect
from rao_review.models.profile import Profile
from rao_review.models.retry import Retry
from rao_review.models.wire import Message, Reply, Request, Tool, ToolCall

ASK = Request((Message("system", "You review."), Message("user", "What is wrong?")))
KEY = "sk-secret-0123456789"


def once(*steps: Step, request: Request = ASK, see: Callable[[Server], None] = lambda _: None, **profile: Any) -> Reply:
    """One call without a retry; the step after the first is for a changed dialect."""

    async def run() -> Reply:
        async with serving(*steps) as server:
            made = replace(Profile("m", (server.url,), KEY), **profile)
            async with connect(made, retry=Retry(attempts=1)) as model:
                try:
                    # Without the retry's words around it.
                    endpoint = model._endpoints[server.url]
                    return await endpoint.complete(request)
                finally:
                    see(server)

    return asyncio.run(run())


def test_text_comes_in_pieces() -> None:
    reply = once(text("All ", "is ", "well: ✓"))
    assert (reply.text, reply.finish, reply.calls, reply.usage.prompt, reply.usage.completion) == (
        "All is well: ✓", "stop", (), 7, 3,
    )  # fmt: skip
    assert not reply.usage.estimated
    assert reply.seconds > 0


def test_what_is_sent() -> None:
    tool = Tool("look", "Looks.", {"type": "object", "properties": {}})
    messages = (
        Message("system", "S"),
        Message("user", "U"),
        Message("assistant", "", (ToolCall("c1", "look", "{}"),)),
        Message("tool", "seen", answers="c1"),
    )
    seen: list[Any] = []
    asked = Request(messages, (tool,), {"type": "object"}, 77)
    once(text("x"), request=asked, see=lambda s: seen.extend(s.seen), temperature=0.5, headers={"x-team": "t"})
    body = seen[0].body
    assert seen[0].path == "/v1/chat/completions"
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert seen[0].headers["x-team"] == "t"
    assert (body["model"], body["max_tokens"], body["temperature"], body["stream"]) == ("m", 77, 0.5, True)
    assert body["stream_options"] == {"include_usage": True}
    assert body["tools"] == [
        {"type": "function", "function": {"name": "look", "description": "Looks.", "parameters": tool.parameters}}
    ]
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert body["messages"] == [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "U"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
        },
        {"role": "tool", "content": "seen", "tool_call_id": "c1"},
    ]


def test_usage_details_and_reasoning() -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 40},
    }
    pieces = [
        delta({"reasoning_content": "Let me "}),
        delta({"reasoning": "see."}),
        delta({"content": "Done."}, "stop"),
    ]
    reply = once(events(*pieces, {"choices": [], "usage": usage}))
    assert (reply.text, reply.reasoning) == ("Done.", "Let me see.")
    assert (reply.usage.prompt, reply.usage.completion, reply.usage.cached, reply.usage.reasoning) == (100, 50, 64, 40)


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": 0, "completion_tokens": 0}, {"prompt_tokens": None}])
def test_without_usage_it_is_counted(usage: dict[str, Any]) -> None:
    reply = once(text("A few words of an answer.", usage=usage))
    assert reply.usage.estimated
    assert reply.usage.prompt > 5
    assert reply.usage.completion > 3


def test_plain_json_though_a_stream_was_asked_for() -> None:
    body = whole({"content": "Plain.", "reasoning_content": "hm"}, usage={"prompt_tokens": 4, "completion_tokens": 2})
    reply = once(plain(json.dumps(body, indent=2)))
    assert (reply.text, reply.reasoning, reply.finish, reply.usage.prompt) == ("Plain.", "hm", "stop", 4)


def test_comments_other_line_ends_and_event_names_are_passed_over() -> None:
    odd = ": PROCESSING\r\n\r\nevent: message\r\nid: 3\r\ndata:" + json.dumps(delta({"content": "hi"}, "stop")) + "\r"
    assert once(events(odd)).text == "hi"


def test_no_end_mark_is_fine_when_the_reason_came() -> None:
    assert once(text("x", end=False)).text == "x"
    assert once(text("x", finish=None)).finish == "unknown"


PIECES: dict[str, tuple[list[list[dict[str, Any]]], list[tuple[str, str, str]]]] = {
    "in pieces, two at once": (
        [
            [{"index": 0, "id": "a", "function": {"name": "look", "arguments": ""}}],
            [{"index": 0, "function": {"arguments": '{"x":'}}],
            [{"index": 1, "id": "b", "function": {"name": "submit", "arguments": '{"y"'}}],
            [{"index": 0, "function": {"arguments": " 1}"}}, {"index": 1, "function": {"arguments": ":2}"}}],
        ],
        [("a", "look", '{"x": 1}'), ("b", "submit", '{"y":2}')],
    ),
    "whole, without index or id": (
        [[{"function": {"name": "look", "arguments": "{}"}}, {"function": {"name": "look", "arguments": '{"a":1}'}}]],
        [("call_1", "look", "{}"), ("call_2", "look", '{"a":1}')],
    ),
    "whole, all with index 0": (
        [
            [{"index": 0, "id": "a", "function": {"name": "look", "arguments": "{}"}}],
            [{"index": 0, "id": "b", "function": {"name": "look", "arguments": '{"a":1}'}}],
        ],
        [("a", "look", "{}"), ("b", "look", '{"a":1}')],
    ),
    "whole, all with index 0 and no id": (
        [
            [{"index": 0, "function": {"name": "look", "arguments": "{}"}}],
            [{"index": 0, "function": {"name": "look", "arguments": '{"a":1}'}}],
        ],
        [("call_1", "look", "{}"), ("call_2", "look", '{"a":1}')],
    ),
    "the same id twice": (
        [
            [{"index": 0, "id": "a", "function": {"name": "look", "arguments": "{}"}}],
            [{"index": 1, "id": "a", "function": {"name": "look", "arguments": "{}"}}],
        ],
        [("a", "look", "{}"), ("a_2", "look", "{}")],
    ),
    "id and name with every piece": (
        [
            [{"index": 0, "id": "a", "function": {"name": "look", "arguments": '{"x"'}}],
            [{"index": 0, "id": "a", "function": {"name": "look", "arguments": ":1}"}}],
        ],
        [("a", "look", '{"x":1}')],
    ),
    "without index, in pieces": (
        [
            [{"id": "a", "function": {"name": "look", "arguments": '{"x"'}}],
            [{"function": {"arguments": ":1}"}}],
            [{"id": "b", "function": {"name": "look", "arguments": "{}"}}],
        ],
        [("a", "look", '{"x":1}'), ("b", "look", "{}")],
    ),
    "arguments as an object": (
        [[{"index": 0, "id": "a", "function": {"name": "look", "arguments": {"x": "é"}}}]],
        [("a", "look", '{"x": "é"}')],
    ),
}


@pytest.mark.parametrize("case", PIECES)
@pytest.mark.parametrize("finish", ["tool_calls", "stop"])
def test_tool_calls(case: str, finish: str) -> None:
    pieces, expected = PIECES[case]
    reply = once(calls(*pieces, finish=finish))
    assert [(c.id, c.name, c.arguments) for c in reply.calls] == expected
    assert reply.finish == "tool_calls"


FAILURES: dict[str, tuple[Step, str, bool]] = {
    "cut off": (text("half", finish=None, end=False, usage={}), "truncated", True),
    "closed in the middle": (events(delta({"content": "half"}), end=False, close=True), "connection", True),
    "no choices": (events({"choices": []}), "empty", True),
    "no events": (events(), "empty", True),
    "an empty message": (text("", " "), "empty", True),
    "an empty body": (plain(""), "truncated", True),
    "a reset": (reset, "connection", True),
    "a web page": (plain("<html>Please sign in</html>", kind="text/html"), "server error", True),
    "an error among events": (events(delta({"content": "x"}), {"error": {"message": "boom"}}), "server error", True),
    "an error in a good response": (plain({"error": {"message": "boom", "code": 502}}), "server error", True),
    "429": (refusal(429, "slow down"), "rate limit", False),
    "500": (refusal(500, "boom"), "server error", False),
    "503 as a page": (plain("<html>Bad gateway</html>", 503, kind="text/html"), "server error", False),
    "408": (refusal(408, "too slow"), "server error", False),
    "409": (refusal(409, "conflict"), "server error", False),
}


@pytest.mark.parametrize("case", FAILURES)
def test_what_another_attempt_may_mend(case: str) -> None:
    step, kind, sent = FAILURES[case]
    with pytest.raises(TransientError) as caught:
        once(step)
    assert (caught.value.kind, caught.value.sent) == (kind, sent), caught.value
    assert "\n" not in str(caught.value)


def test_nobody_listens() -> None:
    async def run() -> None:
        async with serving(text("x")) as server:
            url = server.url
        async with connect(Profile("m", (url,)), retry=Retry(attempts=1)) as model:
            await model._endpoints[url].complete(ASK)

    with pytest.raises(TransientError) as caught:
        asyncio.run(run())
    assert (caught.value.kind, caught.value.sent) == ("connection", False)


def test_time_outs() -> None:
    with pytest.raises(TransientError, match=r"0\.05 s") as caught:
        once(hang, timeout=0.05)
    assert (caught.value.kind, caught.value.sent) == ("time-out", True)
    dripping = events(*(delta({"content": "x"}) for _ in range(40)), gap=0.02)
    with pytest.raises(TransientError, match=r"0\.1 s"):
        once(dripping, timeout=0.1, inactivity=0.09)
    stalling = events(delta({"content": "x"}), delta({"content": "y"}), gap=0.5)
    with pytest.raises(TransientError, match=r"0\.03 s"):
        once(stalling, timeout=5, inactivity=0.03)


def test_before_the_first_piece_only_the_whole_time_counts() -> None:
    assert once(later(0.06, text("x")), timeout=2, inactivity=0.04).text == "x"


def test_only_reasoning_is_a_reply() -> None:
    reply = once(events(delta({"reasoning_content": "Hm, hm"}), delta({}, "length")))
    assert (reply.text, reply.reasoning, reply.finish) == ("", "Hm, hm", "length")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 402])
def test_refusals_are_told_in_the_servers_words_and_without_the_key(status: int) -> None:
    with pytest.raises(RejectedError, match="bad thing") as caught:
        once(refusal(status, "bad\nthing"))
    assert caught.value.status == status
    assert "\n" not in str(caught.value)
    with pytest.raises(RejectedError) as told:
        once(refusal(status, f"Incorrect API key provided: {KEY}"))
    assert KEY not in str(told.value)


ADAPTED: dict[str, tuple[str, str, Any]] = {
    "max_completion_tokens": (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "max_completion_tokens",
        4096,
    ),
    "no stream_options": ("Unrecognized request argument supplied: stream_options", "stream_options", None),
    "extra inputs": ("[{'loc': ['body', 'stream_options'], 'msg': 'Extra inputs are not permitted'}]", "stream_options", None),
    "no streaming": ("Streaming is not supported by this model", "stream", False),
    "no temperature": (
        "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.",
        "temperature",
        None,
    ),
    "no system role": ("System role not supported", "messages", [{"role": "user", "content": "You review.\n\nWhat is wrong?"}]),
}  # fmt: skip


@pytest.mark.parametrize("case", ADAPTED)
def test_the_dialect_is_adapted_and_remembered(case: str) -> None:
    complaint, field, value = ADAPTED[case]

    async def run() -> list[Any]:
        async with serving(refusal(400, complaint), plain(whole({"content": "ok"}))) as server:
            async with connect(Profile("m", (server.url,), temperature=0.5)) as model:
                await model.complete(ASK, "0")
                await model.complete(ASK, "0")
            return server.posts

    refused, adapted, remembered = asyncio.run(run())
    assert refused != adapted
    assert adapted == remembered
    assert adapted.get(field) == value


def test_a_connection_is_kept_alive() -> None:
    async def run() -> int:
        async with serving(text("x")) as server, connect(Profile("m", (server.url,))) as model:
            for _ in range(3):
                await model.complete(ASK, "0")
            return server.connections

    assert asyncio.run(run()) == 1


def test_end_to_end_with_retry_and_budget() -> None:
    async def run() -> tuple[Reply, Budget, int, list[tuple[str, int, str]]]:
        steps = (refusal(503, "busy"), reset, refusal(429, "slow", {"retry-after-ms": "5"}), text("done"))
        waits: list[tuple[str, int, str]] = []
        retry = Retry(base=0.001, on_retry=lambda node, n, kind, detail, wait: waits.append((node, n, kind)))
        budget = Budget(Limits(max_calls=10, max_tokens=100_000))
        async with serving(*steps) as server, connect(Profile("m", (server.url,)), budget, retry) as model:
            return await model.complete(ASK, "0.1"), budget, len(server.posts), waits

    reply, budget, posts, waits = asyncio.run(run())
    assert reply.text == "done"
    assert posts == budget.spent_calls == 4
    assert budget.reserved_calls == budget.reserved_tokens == 0
    assert budget.spent_tokens > 10  # the reset one counts its prompt
    assert waits == [("0.1", 1, "server error"), ("0.1", 2, "connection"), ("0.1", 3, "rate limit")]


def test_an_error_of_the_endpoint_is_never_another_exception() -> None:
    for step in (
        plain("[]"),
        plain("null"),
        plain('"x"'),
        plain("{"),
        events("data: 3"),
        events("data: {"),
        events("nonsense"),
    ):
        with pytest.raises(ModelError):
            once(step)


def test_overflow_and_missing_features() -> None:
    with pytest.raises(OverflowingError) as caught:
        once(
            refusal(
                400,
                "This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens.",
            )
        )
    assert (caught.value.window, caught.value.prompt) == (4096, 9000)
    with pytest.raises(UnsupportedError) as missing:
        once(refusal(400, "registry.ollama.ai/library/gemma:2b does not support tools"))
    assert missing.value.feature == "tools"


def test_bytes_that_are_no_text_can_be_sent_and_halves_of_characters_be_joined() -> None:
    seen: list[Any] = []
    asked = Request((Message("user", b"caf\xe9".decode("utf-8", "surrogateescape")),))
    halves = events(
        'data: {"choices":[{"delta":{"content":"\\ud83d"}}]}',
        "data: " + json.dumps(delta({"content": "\ude00!"}, "stop")),
    )
    assert once(halves, request=asked, see=lambda s: seen.extend(s.posts)).text == "😀!"
    assert seen[0]["messages"][0]["content"] == "caf\ufffd"


@pytest.mark.parametrize("key", ["sk-with-a-newline\n", "sk-ключ"])
def test_a_key_that_cannot_be_sent_is_not_shown(key: str) -> None:
    with pytest.raises(RejectedError, match="the key") as caught:
        once(text("x"), key=key)
    assert "sk-" not in str(caught.value)
