"""A request as the JSON body of the chat API, in the dialect that the endpoint is known to understand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rao_review.models.wire import Message, Request, Tool


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an endpoint takes. It starts with what nearly all take, and is adapted to what it complains about.

    output   the parameter that bounds the answer.
    system   whether there may be a system message; else it is told as the user's.
    """

    stream: bool = True
    stream_options: bool = True
    output: str = "max_tokens"
    temperature: bool = True
    system: bool = True

    def adapted(self, complaint: str) -> Dialect | None:
        """The dialect after a complaint about one; None when it is about something else."""
        for pattern, change in _COMPLAINTS:
            if pattern.search(complaint):
                adapted: Dialect = replace(self, **change)
                if adapted != self:
                    return adapted
        return None


_NO = r"(?:unsupported|not (?:yet )?(?:be )?support|unknown|unrecognized|unexpected|not permitted|not allowed|forbidden|deprecated)"


def _about(name: str, refused: str = _NO) -> re.Pattern[str]:
    """A refusal and the parameter's name near it, in either order."""
    return re.compile(rf"(?is)\b{name}\b.{{0,120}}?{refused}|{refused}.{{0,80}}?\b{name}\b")


_COMPLAINTS: tuple[tuple[re.Pattern[str], Mapping[str, Any]], ...] = (
    (re.compile(r"(?is)use .{0,20}\bmax_completion_tokens"), {"output": "max_completion_tokens"}),
    (
        re.compile(r"(?is)(?:unsupported|unknown|unrecognized)[^.]{0,60}\bmax_tokens\b"),
        {"output": "max_completion_tokens"},
    ),
    (_about("max_completion_tokens"), {"output": "max_tokens"}),
    (_about("stream_options", rf"(?:{_NO}|only allowed|invalid|extra)"), {"stream_options": False}),
    (_about(r"stream(?:ing)?", rf"(?:{_NO}|not available|must be false)"), {"stream": False}),
    (_about("temperature", rf"(?:{_NO}|only the default)"), {"temperature": False}),
    (_about(r"system (?:role|message|prompt|instruction)s?"), {"system": False}),
)


def body(request: Request, model: str, dialect: Dialect, temperature: float | None) -> dict[str, Any]:
    """The JSON object to post."""
    told = request.messages if dialect.system else _without_system(request.messages)
    fields: dict[str, Any] = {
        "model": model,
        "messages": [_message(m) for m in told],
        dialect.output: request.max_output,
        "stream": dialect.stream,
    }
    if dialect.stream and dialect.stream_options:
        fields["stream_options"] = {"include_usage": True}
    if temperature is not None and dialect.temperature:
        fields["temperature"] = temperature
    if request.tools:
        fields["tools"] = [_tool(t) for t in request.tools]
    if request.schema is not None:
        schema = {"name": "answer", "schema": dict(request.schema), "strict": False}
        fields["response_format"] = {"type": "json_schema", "json_schema": schema}
    return fields


# Bytes of a change that are no UTF-8 are kept as lone surrogates, which JSON cannot carry.
_LONE = re.compile("[\ud800-\udfff]")


def _message(message: Message) -> dict[str, Any]:
    text = _LONE.sub("\ufffd", message.text)
    fields: dict[str, Any] = {"role": message.role, "content": text}
    if message.calls:
        fields["tool_calls"] = [
            {
                "id": c.id,
                "type": "function",
                "function": {"name": c.name, "arguments": _LONE.sub("\ufffd", c.arguments)},
            }
            for c in message.calls
        ]
        fields["content"] = text or None
    if message.answers:
        fields["tool_call_id"] = message.answers
    return fields


def _tool(tool: Tool) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _without_system(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """System messages become the beginning of the user message after them."""
    told: list[Message] = []
    held = ""
    for message in messages:
        if message.role == "system":
            held += message.text + "\n\n"
        elif held and message.role == "user":
            told.append(replace(message, text=held + message.text))
            held = ""
        else:
            told.append(message)
    return (*told, Message("user", held.rstrip())) if held else tuple(told)
