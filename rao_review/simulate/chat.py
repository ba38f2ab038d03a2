"""The OpenAI chat API as this server speaks it: bytes to a request, and an answer to a body or to events."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rao_review.simulate.answer import Answer
from rao_review.simulate.prompt import Turn
from rao_review.simulate.wording import error

MODEL = "simulated"
PIECE_TOKENS = 16
"""Tokens in one event of a stream."""


class BadRequestError(Exception):
    """The request cannot be answered. `status` and `body` are the response."""

    def __init__(self, message: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = error(message, code=code)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request. `prompt` is what is counted: tools as JSON, then texts and calls of all messages, as bytes.

    most    the asked limit of the answer, None when there is none.
    forced  the tool that must be called, '' for any, None when calling is free.
    schema  the JSON schema of `response_format`; {} for any object, None for free text.
    """

    turns: tuple[Turn, ...]
    tools: tuple[Mapping[str, Any], ...]
    prompt: bytes
    most: int | None
    stream: bool
    usage_event: bool
    stream_options: bool
    forced: str | None
    schema: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens of one exchange. `cached` is a part of `prompt`, `reasoning` of `completion`."""

    prompt: int
    completion: int
    cached: int
    reasoning: int = 0

    def body(self) -> dict[str, Any]:
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }


def tokens(size: int, bytes_per_token: float) -> int:
    """Tokens of so many bytes, rounded up."""
    return math.ceil(size / bytes_per_token)


def parse(body: bytes) -> ChatRequest:
    """Reads the body of POST /v1/chat/completions. Raises BadRequestError."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequestError("We could not parse the JSON body of your request.") from None
    if not isinstance(fields, dict):
        raise BadRequestError("The body of the request is not an object.")
    model = fields.get("model")
    if not isinstance(model, str) or (model != MODEL and not model.startswith(f"{MODEL}-")):
        raise BadRequestError(f"The model `{model}` does not exist; this server has `{MODEL}`.", 404, "model_not_found")
    if fields.get("n", 1) != 1:
        raise BadRequestError("This server gives one choice: n must be 1.")
    turns = tuple(_turn(message) for message in _objects(fields, "messages"))
    if not turns:
        raise BadRequestError("'messages' must have at least one message.")
    tools = tuple(_objects(fields, "tools"))
    options = fields.get("stream_options")
    return ChatRequest(
        turns,
        tools,
        _prompt(tools, turns),
        _limit(fields),
        stream=bool(fields.get("stream")),
        usage_event=isinstance(options, dict) and bool(options.get("include_usage")),
        stream_options=options is not None,
        forced=_forced(fields.get("tool_choice")),
        schema=_schema(fields.get("response_format")),
    )


def _objects(fields: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = fields.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BadRequestError(f"'{name}' must be a list of objects.")
    return found


def _turn(message: Mapping[str, Any]) -> Turn:
    role, content = message.get("role"), message.get("content")
    if role not in ("system", "developer", "user", "assistant", "tool", "function"):
        raise BadRequestError(f"{role!r} is not a role.")
    if isinstance(content, list):
        content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if content is not None and not isinstance(content, str):
        raise BadRequestError("The content of a message must be text or parts of text.")
    calls = []
    for call in _objects(message, "tool_calls"):
        function = call.get("function")
        if not isinstance(function, dict):
            raise BadRequestError("A tool call has no function.")
        calls.append((str(function.get("name", "")), str(function.get("arguments", ""))))
    return Turn(role, content or "", tuple(calls))


def _prompt(tools: tuple[Mapping[str, Any], ...], turns: tuple[Turn, ...]) -> bytes:
    parts = [json.dumps(tools, ensure_ascii=False, separators=(",", ":"))] if tools else []
    for turn in turns:
        parts.append(turn.text)
        parts.extend(part for call in turn.calls for part in call)
    return "".join(parts).encode("utf-8", "surrogatepass")


def _limit(fields: Mapping[str, Any]) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        most = fields.get(name)
        if most is not None:
            if not isinstance(most, int) or isinstance(most, bool) or most < 1:
                raise BadRequestError(f"'{name}' must be at least 1, got {most}.")
            return most
    return None


def _forced(choice: Any) -> str | None:
    if isinstance(choice, dict):
        function = choice.get("function")
        return str(function.get("name", "")) if isinstance(function, dict) else ""
    return "" if choice in ("required", "any") else None


def _schema(wanted: Any) -> Mapping[str, Any] | None:
    kind = wanted.get("type") if isinstance(wanted, dict) else wanted
    if kind is None or kind == "text":
        return None
    if kind == "json_object":
        return {}
    if kind == "json_schema":
        holder = wanted.get("json_schema")
        schema = holder.get("schema") if isinstance(holder, dict) else None
        if isinstance(schema, dict):
            return schema
    raise BadRequestError("'response_format' must be text, json_object, or json_schema with a schema.")


def completion(name: str, created: int, answer: Answer, usage: Counts | None) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text if answer.text or not answer.calls else None}
    if answer.reasoning:
        message |= {"reasoning_content": answer.reasoning, "content": answer.text or None}
    if answer.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in answer.calls
        ]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish}
    body = _envelope(name, created, "chat.completion") | {"choices": [choice]}
    return body if usage is None else body | {"usage": usage.body()}


def events(name: str, created: int, answer: Answer, usage: Counts | None, piece: int) -> Iterator[dict[str, Any]]:
    """The events of a streamed answer; texts are cut into pieces of so many characters. The last but one has the finish."""
    envelope = _envelope(name, created, "chat.completion.chunk")

    def event(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        return envelope | {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}

    yield event({"role": "assistant", "content": ""})
    for part in _pieces(answer.reasoning, piece):
        yield event({"reasoning_content": part})
    for part in _pieces(answer.text, piece):
        yield event({"content": part})
    for index, call in enumerate(answer.calls):
        head = {"index": index, "id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
        yield event({"tool_calls": [head]})
        for part in _pieces(call.arguments, piece):
            yield event({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
    yield event({}, answer.finish)
    if usage is not None:
        yield envelope | {"choices": [], "usage": usage.body()}


def models(window: int, created: int) -> dict[str, Any]:
    """The body of GET /v1/models."""
    model = {
        "id": MODEL,
        "object": "model",
        "created": created,
        "owned_by": "rao-review, simulated",
        "max_model_len": window,
    }
    return {"object": "list", "data": [model]}


def _envelope(name: str, created: int, kind: str) -> dict[str, Any]:
    return {"id": name, "object": kind, "created": created, "model": MODEL, "system_fingerprint": MODEL}


def _pieces(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), size):
        yield text[start : start + size]
