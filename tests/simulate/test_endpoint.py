"""The endpoint as an HTTP server and as an OpenAI API: counts, windows, prefixes, pace, and what it refuses."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from simulate.client import TOOLS, Response, acts, ask, briefing, chat, hunks

from rao_review.errors import UsageError
from rao_review.simulate import Options, Planted, SimulatedEndpoint, serve_in_thread
from rao_review.simulate.answer import STYLES
from rao_review.simulate.latency import Latency, parse_latency
from rao_review.simulate.prefix import PrefixCache
from rao_review.simulate.wording import WORDINGS

REVIEW = briefing(hunks("a.py\n+x = 1"))


@pytest.fixture(scope="module")
def url() -> Any:
    with serve_in_thread(Options(window=1000)) as url:
        yield url


def put_together(response: Response) -> tuple[str, list[tuple[str, str]], str, Any]:
    """(text, calls, finish, usage) of a stream, by its deltas."""
    text, calls, finish, usage = "", {}, "", None
    for event in response.events():
        usage = event.get("usage") or usage
        for choice in event["choices"]:
            finish = choice["finish_reason"] or finish
            text += choice["delta"].get("content") or ""
            for part in choice["delta"].get("tool_calls", ()):
                name, arguments = calls.get(part["index"], ("", ""))
                function = part["function"]
                calls[part["index"]] = (name + function.get("name", ""), arguments + function["arguments"])
    return text, list(calls.values()), finish, usage


def test_the_pages(url: str) -> None:
    assert ask(url, "/health").json()["status"] == "ok"
    (model,) = ask(url, "/models").json()["data"]
    assert (model["id"], model["max_model_len"]) == ("simulated", 1000)
    assert all(ask(url, page).headers["x-simulated"] == "1" for page in ("/health", "/models", "/stats", "/log", "/no"))


def test_a_stream_says_the_same_as_a_whole_answer(url: str) -> None:
    whole = chat(url, REVIEW, tools=TOOLS)
    stream = chat(url, REVIEW, tools=TOOLS, stream=True, stream_options={"include_usage": True})
    assert stream.headers["content-type"] == "text/event-stream" and stream.headers["x-simulated"] == "1"
    _, calls, finish, usage = put_together(stream)
    assert [(name, json.loads(arguments)) for name, arguments in calls] == acts(whole)
    assert finish == "tool_calls" and usage["completion_tokens"] == whole.json()["usage"]["completion_tokens"]
    text, _, finish, usage = put_together(chat(url, "hello", stream=True))
    assert text == chat(url, "hello").json()["choices"][0]["message"]["content"] and "simulated" in text
    assert (finish, usage) == ("stop", None)


def test_tokens_are_bytes_of_texts_calls_and_tools_by_four(url: str) -> None:
    def prompt_tokens(messages: Any, **fields: Any) -> int:
        return int(chat(url, messages, **fields).json()["usage"]["prompt_tokens"])

    assert prompt_tokens("x" * 4) == 1
    assert prompt_tokens("x" * 5) == 2
    assert prompt_tokens("é" * 4) == 2
    tools = [{"type": "function", "function": {"name": "f"}}]
    assert prompt_tokens("x" * 4, tools=tools) == 1 + -(-len('[{"type":"function","function":{"name":"f"}}]') // 4)
    called = {
        "role": "assistant",
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "abcd", "arguments": "{}{}"}}],
    }
    assert prompt_tokens([{"role": "user", "content": "xxxx"}, called]) == 3
    with serve_in_thread(Options(bytes_per_token=2.5)) as other:
        assert chat(other, "x" * 6).json()["usage"]["prompt_tokens"] == 3


@pytest.mark.parametrize("wording", [w for w in WORDINGS if w != "silent"])
def test_what_does_not_fit_is_refused_in_the_words_of_a_server(wording: str) -> None:
    with serve_in_thread(Options(window=1000, wording=wording)) as url:
        assert chat(url, "x" * 3600, max_tokens=100).status == 200
        response = chat(url, "x" * 3601, max_tokens=100)
        assert response.status == {"tgi": 422, "bare": 413}.get(wording, 400)
        assert ask(url, "/stats").json()["prompt_tokens"] == 900
        longer = chat(url, "x" * 8000)
    told = response.data.decode() + longer.data.decode()
    assert longer.status == response.status
    assert "1000" in told or wording in ("ollama", "bare")


def test_a_silent_server_cuts_the_oldest_text_and_answers() -> None:
    """Asked twice: with room for both lines of a fault, and with so much between them that the first one is cut off."""
    fault = Planted("p", "def f(a):", "f()", {"path": "b.py", "quote": "f()", "title": "f needs a"})
    with serve_in_thread(Options(window=1000, wording="silent", planted=(fault,))) as url:
        for lines in (10, 400):
            between = "\n".join(f"+line_{n:04} = 1" for n in range(lines))
            messages = [*briefing(hunks("a.py\n+def f(a):"))[:2], *briefing(hunks(f"b.py\n{between}\n     f()"))[1:]]
            response = chat(url, messages, max_tokens=100)
            assert response.status == 200
            assert response.json()["usage"]["prompt_tokens"] <= 900
            log = ask(url, "/log").json()
            assert log["planted"]["p"]["use"]
            assert log["planted"]["p"]["nodes"] == ["0.2"], lines
        assert [r["node"] for r in log["requests"]] == ["0.2", ""]


def test_an_answer_ends_at_its_limit(url: str) -> None:
    answer = chat(url, "hello", max_tokens=3).json()
    assert answer["choices"][0]["message"]["content"] == "This is a si"
    assert (answer["choices"][0]["finish_reason"], answer["usage"]["completion_tokens"]) == ("length", 3)
    cut = chat(url, REVIEW, tools=TOOLS, max_completion_tokens=10).json()
    assert cut["choices"][0]["finish_reason"] == "length" and cut["usage"]["completion_tokens"] == 10
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(cut["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"])


def test_what_is_no_review_gets_what_it_asks_for(url: str) -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "b": {"enum": ["x", "y"]},
            "c": {"type": "array", "minItems": 1},
            "d": {},
        },
        "required": ["a", "b", "c"],
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    text = chat(url, "hi", response_format=wanted).json()["choices"][0]["message"]["content"]
    assert json.loads(text) == {"a": 0, "b": "x", "c": ["simulated"]}
    assert (
        json.loads(chat(url, "hi", response_format={"type": "json_object"}).json()["choices"][0]["message"]["content"])
        == {}
    )
    tool = {"type": "function", "function": {"name": "probe", "parameters": schema}}
    assert acts(
        chat(url, "hi", tools=[*TOOLS, tool], tool_choice={"type": "function", "function": {"name": "probe"}})
    ) == [("probe", {"a": 0, "b": "x", "c": ["simulated"]})]
    assert acts(chat(url, "hi", tools=TOOLS, tool_choice="required")) == [("read_hunks", {})]
    assert "tool_calls" not in chat(url, "hi", tools=TOOLS).json()["choices"][0]["message"]


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        (b"{", 400, "could not parse"),
        (b"[" * 100_000, 400, "could not parse"),
        (b"[]", 400, "not an object"),
        ({"model": "gpt-9"}, 404, "`gpt-9` does not exist"),
        ({}, 404, "does not exist"),
        ({"model": "simulated"}, 400, "at least one message"),
        ({"model": "simulated", "messages": "hi"}, 400, "list of objects"),
        ({"model": "simulated", "messages": [{"role": "robot"}]}, 400, "'robot' is not a role"),
        ({"model": "simulated", "messages": [{"role": "user", "content": 7}]}, 400, "must be text"),
        ({"model": "simulated", "messages": [{"role": "user", "content": "a"}], "max_tokens": 0}, 400, "at least 1"),
        ({"model": "simulated", "messages": [{"role": "user", "content": "a"}], "n": 2}, 400, "n must be 1"),
        ({"model": "simulated", "messages": [{"role": "user", "content": "a"}], "response_format": 7}, 400, "response_format"),
        ({"model": "simulated", "messages": [{"role": "assistant", "tool_calls": [{}]}]}, 400, "no function"),
    ],
)  # fmt: skip
def test_bad_requests_are_refused(url: str, fields: Any, status: int, words: str) -> None:
    response = ask(url, "/chat/completions", fields)
    assert response.status == status
    assert words in response.json()["error"]["message"]


def test_parts_of_text_and_lone_surrogates_are_text(url: str) -> None:
    parts = [{"role": "user", "content": [{"type": "text", "text": "ab"}, {"type": "text", "text": "c"}]}]
    assert chat(url, parts).json()["usage"]["prompt_tokens"] == 1
    odd = b'{"model": "simulated", "messages": [{"role": "user", "content": "node: \\ud800"}]}'
    assert ask(url, "/chat/completions", odd).status == 200


def test_a_key_is_asked_for_where_there_is_one() -> None:
    with serve_in_thread(Options(key="secret")) as url:
        assert ask(url, "/models").status == 401
        assert chat(url, "hi").status == 401
        assert ask(url, "/models", None, authorization="Bearer secret").status == 200
        assert ask(url, "/health").status == 200


def test_the_openai_client_understands_it(url: str) -> None:
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
    assert [model.id for model in client.models.list()] == ["simulated"]
    asked: dict[str, Any] = {"model": "simulated", "messages": REVIEW, "tools": TOOLS}
    whole = client.chat.completions.create(**asked)
    assert whole.choices[0].message.tool_calls[0].function.name == "submit"
    assert whole.usage.prompt_tokens_details.cached_tokens >= 0
    parts = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    assert parts[-1].usage.completion_tokens == whole.usage.completion_tokens
    with pytest.raises(openai.BadRequestError, match="maximum context length") as caught:
        client.chat.completions.create(model="simulated", messages=[{"role": "user", "content": "x" * 9000}])
    assert caught.value.code == "context_length_exceeded"


# ── HTTP ─────────────────────────────────────────────────────────────────────────────────────────────────


def raw(url: str, data: bytes) -> bytes:
    """Everything that comes back on a connection for these bytes."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_one_connection_carries_many_requests(url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    sockets = set()
    for stream in (False, True, False):
        body = {"model": "simulated", "messages": [{"role": "user", "content": "hi"}], "stream": stream}
        connection.request("POST", "/v1/chat/completions", json.dumps(body))
        assert connection.getresponse().read()
        sockets.add(connection.sock)
    assert len(sockets) == 1 and connection.sock is not None
    connection.close()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /nowhere HTTP/1.1\r\n\r\n", 404),
        (b"DELETE /v1/models HTTP/1.1\r\n\r\n", 405),
        (b"GET /v1/chat/completions HTTP/1.1\r\n\r\n", 405),
        (b"nonsense\r\n\r\n", 400),
        (b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 67108865\r\n\r\n", 413),
        (b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"GET /health HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /health?verbose=1 HTTP/1.0\r\n\r\n", 200),
    ],
)
def test_requests_that_are_not_for_it(url: str, request_: bytes, status: int) -> None:
    assert raw(url, request_).split(b" ")[1] == str(status).encode()
    assert ask(url, "/health").status == 200


def test_an_old_client_gets_no_chunks(url: str) -> None:
    body = b'{"model": "simulated", "stream": true, "messages": [{"role": "user", "content": "hi"}]}'
    head = b"POST /v1/chat/completions HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % len(body)
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(head + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in head and rest.startswith(b"data: {") and rest.endswith(b"data: [DONE]\n\n")


def test_large_bodies_are_taken(url: str) -> None:
    with serve_in_thread(Options(window=10_000_000)) as large:
        assert chat(large, "x" * 20_000_000).json()["usage"]["prompt_tokens"] == 5_000_000


def test_a_client_that_gives_up_is_not_worked_for() -> None:
    with serve_in_thread(Options(latency=Latency(base=30), slots=1)) as url:
        body = json.dumps({"model": "simulated", "messages": [{"role": "user", "content": "hi"}]})
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        connection.request("POST", "/v1/chat/completions", body)
        _eventually(lambda: ask(url, "/stats").json()["in_flight"] == 1)
        connection.close()
        _eventually(lambda: ask(url, "/stats").json()["in_flight"] == 0)


def _eventually(condition: Any) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


# ── books, cache and pace ────────────────────────────────────────────────────────────────────────────────


def test_it_counts_what_was_asked() -> None:
    with serve_in_thread(Options()) as url:
        for text in ("a" * 40, "b" * 40, "a" * 40):
            chat(url, text, max_tokens=5)
        chat(url, REVIEW, tools=TOOLS)
        stats, log = ask(url, "/stats").json(), ask(url, "/log").json()["requests"]
    assert (stats["requests"], stats["answered"], stats["repeated"], stats["repeated_answered"]) == (4, 4, 1, 1)
    assert stats["prompt_tokens"] == sum(r["prompt_tokens"] for r in log) == 30 + log[3]["prompt_tokens"]
    assert stats["completion_tokens"] == 15 + log[3]["completion_tokens"]
    assert (stats["actions"], stats["statuses"], stats["in_flight"]) == ({"submit": 1}, {"200": 4}, 0)
    assert [r["number"] for r in log] == [1, 2, 3, 4] and log[0]["digest"] == log[2]["digest"] != log[1]["digest"]
    assert log[3]["node"] == "0.2"


@pytest.mark.parametrize("fault", ["500", "empty"])
def test_a_retry_after_a_fault_is_not_a_second_payment(fault: str) -> None:
    with serve_in_thread(Options(faults={fault: 1.0})) as url:
        chat(url, "hi")
        chat(url, "hi")
        stats = ask(url, "/stats").json()
    assert (stats["repeated"], stats["repeated_answered"], stats["answered"]) == (1, 0, 0)


def test_the_start_that_prompts_share_is_cached() -> None:
    system = {"role": "system", "content": "s" * 4096}

    def cached(url: str, text: str) -> int:
        usage = chat(url, [system, {"role": "user", "content": text}]).json()["usage"]
        return int(usage["prompt_tokens_details"]["cached_tokens"])

    with serve_in_thread(Options()) as url:
        assert [cached(url, "a" * 3000), cached(url, "b" * 3000), cached(url, "a" * 3000)] == [0, 1024, 1536]


def test_a_block_is_known_by_everything_before_it() -> None:
    cache = PrefixCache(1.0)
    assert cache.add(b"a" * 256 + b"b" * 256 + b"c") == 0
    assert cache.add(b"x" * 256 + b"b" * 256) == 0
    assert cache.add(b"a" * 256 + b"b" * 256 + b"d" * 256) == 512
    assert cache.add(b"b" * 256 + b"a" * 256) == 0
    small = PrefixCache(1.0, capacity=2)
    blocks = b"".join(bytes([n]) * 256 for n in range(3))
    assert small.add(blocks) == 0
    assert len(small) == 2
    assert small.add(blocks) == 0  # the first block is forgotten, and without it the others are of no use


def test_an_answer_takes_as_long_as_the_model_says() -> None:
    latency = parse_latency("base=0.1, prompt=10000,completion=100")
    assert latency == Latency(0.1, 10_000, 100)
    with serve_in_thread(Options(latency=latency)) as url:
        for stream in (False, True):
            start = time.monotonic()
            chat(url, "x" * 4000, max_tokens=10, stream=stream)
            assert time.monotonic() - start >= 0.3


def test_requests_beyond_the_slots_wait() -> None:
    with serve_in_thread(Options(latency=Latency(base=0.2), slots=2)) as url:
        start = time.monotonic()
        threads = [threading.Thread(target=chat, args=(url, f"{n}")) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - start >= 0.6
        stats = ask(url, "/stats").json()
    assert (stats["answered"], stats["max_in_flight"]) == (6, 6)


def test_a_stream_arrives_piece_by_piece() -> None:
    with serve_in_thread(Options(latency=Latency(completion=200))) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        body = {"model": "simulated", "messages": REVIEW, "tools": TOOLS, "stream": True}
        connection.request("POST", "/v1/chat/completions", json.dumps(body))
        response = connection.getresponse()
        start = time.monotonic()
        response.readline()
        first = time.monotonic() - start
        response.read()
        assert first < 0.5 * (time.monotonic() - start)
        connection.close()


def test_many_requests_at_once() -> None:
    async def load() -> dict[str, Any]:
        async with SimulatedEndpoint(Options(latency=Latency(base=0.5))) as endpoint:
            place = urlsplit(endpoint.url)
            body = json.dumps({"model": "simulated", "messages": REVIEW, "tools": TOOLS}).encode()
            request = b"POST /v1/chat/completions HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(
                body
            )

            async def one() -> bytes:
                reader, writer = await asyncio.open_connection(place.hostname, place.port)
                writer.write(request + body)
                answer = await reader.read()
                writer.close()
                return answer

            answers = await asyncio.gather(*(one() for _ in range(256)))
            assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
            return endpoint.stats.summary()

    stats = asyncio.run(load())
    assert (stats["answered"], stats["max_in_flight"], stats["in_flight"]) == (256, 256, 0)


@pytest.mark.parametrize("style", STYLES)
def test_sloppy_json(style: str) -> None:
    with serve_in_thread(Options(style=(style,))) as url:
        choice = chat(url, briefing(hunks("a.py\n+x = 1"), protocol="json")).json()["choices"][0]
    text = choice["message"]["content"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    expected = {
        "single-quotes": "{'action'",
        "truncated": '{"action"',
        "fences": "```json\n",
        "prose": "Here is",
        "think": "<think>",
    }
    assert text.startswith(expected[style])
    assert choice["finish_reason"] == ("length" if style == "truncated" else "stop")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"port": 70_000}, "--port: 70000"),
        ({"window": 0}, "--window: 0 is not above 0"),
        ({"slots": -1}, "--slots: -1"),
        ({"bytes_per_token": 0.0}, "--bytes-per-token: 0.0"),
        ({"hang_seconds": -1.0}, "--hang-seconds: -1.0 is below 0"),
        ({"drip_seconds": float("nan")}, "--drip-seconds: nan"),
        ({"wording": "polite"}, "--wording: 'polite' is not one of openai"),
        ({"style": ("tidy",)}, "--style: 'tidy' is not one of single-quotes"),
        ({"faults": {"teapot": 1.0}}, "--fault: 'teapot'"),
    ],
)
def test_options_that_make_no_sense(fields: Any, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        Options(**fields)
    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize("text", ["base", "base=-1", "base=x", "speed=3", "base=inf", "base=nan"])
def test_bad_latencies_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--latency: "):
        parse_latency(text)


def test_a_port_that_is_taken(url: str) -> None:
    with (
        pytest.raises(UsageError, match=r"cannot listen on 127\.0\.0\.1"),
        serve_in_thread(Options(port=urlsplit(url).port or 0)),
    ):
        pass
