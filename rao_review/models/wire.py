"""The nouns of one exchange with a model. They are those of the OpenAI chat API, without its optional shapes.

Request (Messages, Tools) → Reply (text, calls, usage)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["stop", "length", "tool_calls", "content_filter", "unknown"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as the model wrote it. `arguments` is its JSON text, which may be anything."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `calls` only of the assistant; `answers` is the id of the call that a tool message answers."""

    role: Role
    text: str
    calls: tuple[ToolCall, ...] = ()
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call. `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a model.

    tools       functions it may call; () for none.
    schema      JSON schema that its text must fit (`response_format`), None for free text.
    max_output  the most tokens of its answer, reasoning included.
    """

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    schema: Mapping[str, Any] | None = None
    max_output: int = 4096


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one exchange. `prompt` includes `cached`, `completion` includes `reasoning`.

    `estimated` is true when the server did not say and we counted.
    """

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    reasoning: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `text` never contains reasoning that the server marked as such; `endpoint` is the base URL."""

    text: str
    calls: tuple[ToolCall, ...]
    finish: Finish
    usage: TokenUsage
    reasoning: str = ""
    model: str = ""
    endpoint: str = ""
    seconds: float = 0.0
