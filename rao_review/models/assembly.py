"""The pieces of one answer put together: events of a stream, or one JSON body.

Servers differ most in their tool calls: in pieces by index, whole, without an index, all with index 0, with equal ids or none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rao_review.models.wire import Finish, TokenUsage, ToolCall

_FINISHES: Mapping[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
}


@dataclass(slots=True)
class _Call:
    index: int | None
    id: str
    name: str
    arguments: list[str] = field(default_factory=list)


class Assembly:
    """Takes objects (`chat.completion.chunk` or `chat.completion`), and has the answer so far."""

    def __init__(self) -> None:
        self.finished = False
        """Whether the server said why it stopped."""
        self.chosen = False
        """Whether there was a choice at all."""
        self.model = ""
        self._finish = ""
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[_Call] = []
        self._usage: Mapping[str, Any] | None = None

    def take(self, piece: Mapping[str, Any]) -> None:
        if usage := piece.get("usage"):
            self._usage = usage if isinstance(usage, Mapping) else None
        if not self.model and isinstance(name := piece.get("model"), str):
            self.model = name
        choices = piece.get("choices")
        if not choices or not isinstance(choices, list) or not isinstance(choices[0], dict):
            return
        self.chosen = True
        choice = choices[0]
        if reason := choice.get("finish_reason"):
            self.finished, self._finish = True, str(reason)
        if isinstance(said := choice.get("delta") or choice.get("message"), dict):
            self._say(said)
        elif isinstance(text := choice.get("text"), str):
            self._text.append(text)

    @property
    def text(self) -> str:
        return _joined(self._text)

    @property
    def reasoning(self) -> str:
        return _joined(self._reasoning)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """With ids that are there and differ."""
        used: set[str] = set()
        found: list[ToolCall] = []
        for number, call in enumerate(self._calls, 1):
            name = call.id or f"call_{number}"
            while name in used:
                name = f"{name}_{number}"
            used.add(name)
            found.append(ToolCall(name, call.name, _joined(call.arguments)))
        return tuple(found)

    @property
    def finish(self) -> Finish:
        """Many servers say 'stop' after tool calls."""
        finish = _FINISHES.get(self._finish.lower(), "unknown")
        return "tool_calls" if self._calls and finish in ("stop", "unknown") else finish

    @property
    def empty(self) -> bool:
        return not (self._calls or self.text.strip() or self.reasoning.strip())

    @property
    def usage(self) -> TokenUsage | None:
        """As the server said; None when it did not."""
        if self._usage is None:
            return None
        told = self._usage
        prompt, completion = _tokens(told, "prompt_tokens"), _tokens(told, "completion_tokens")
        if not prompt and not completion:
            return None
        cached = _tokens(told.get("prompt_tokens_details"), "cached_tokens") or _tokens(told, "prompt_cache_hit_tokens")
        reasoning = _tokens(told.get("completion_tokens_details"), "reasoning_tokens")
        return TokenUsage(prompt, completion, min(cached, prompt), min(reasoning, completion))

    def _say(self, said: Mapping[str, Any]) -> None:
        if content := said.get("content"):
            if isinstance(content, str):
                self._text.append(content)
            else:
                self._parts(content)
        if isinstance(thought := said.get("reasoning_content") or said.get("reasoning"), str):
            self._reasoning.append(thought)
        if isinstance(refusal := said.get("refusal"), str):
            self._text.append(refusal)
        calls = said.get("tool_calls")
        if calls and isinstance(calls, list):
            for call in calls:
                if isinstance(call, dict):
                    self._call(call)

    def _parts(self, content: object) -> None:
        """Content as a list: `{"type": "text", "text": …}`, `{"type": "thinking", "thinking": [{"text": …}]}`."""
        for part in content if isinstance(content, list) else ():
            if not isinstance(part, dict):
                continue
            if isinstance(text := part.get("text"), str):
                self._text.append(text)
            thoughts = part.get("thinking")
            if isinstance(thoughts, str):
                self._reasoning.append(thoughts)
            for thought in thoughts if isinstance(thoughts, list) else ():
                if isinstance(thought, dict) and isinstance(text := thought.get("text"), str):
                    self._reasoning.append(text)

    def _call(self, piece: Mapping[str, Any]) -> None:
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        name, arguments = function.get("name") or "", function.get("arguments")
        if arguments is None:
            arguments = ""
        elif not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        index, id_ = piece.get("index"), str(piece.get("id") or "")
        call = self._continued(index if isinstance(index, int) else None, id_, str(name))
        if call is None:
            call = _Call(index if isinstance(index, int) else None, id_, str(name))
            self._calls.append(call)
        elif name and name != call.name:
            call.name += str(name)
        call.id = call.id or id_
        if arguments:
            call.arguments.append(arguments)

    def _continued(self, index: int | None, id_: str, name: str) -> _Call | None:
        """The call that a piece goes on with; None when it begins another."""
        if index is None:
            last = self._calls[-1] if self._calls else None
            begins = last is None or bool(name) or bool(id_ and id_ != last.id)
            return None if begins else last
        same = next((c for c in reversed(self._calls) if c.index == index), None)
        if same is None or (id_ and same.id and id_ != same.id):
            return None
        # A name again, after whole arguments, is another call of a server that numbers them all the same.
        return None if name and same.arguments and _is_whole("".join(same.arguments)) else same


def _joined(pieces: list[str]) -> str:
    """Some servers cut a character outside the basic plane into two escapes, in two pieces."""
    text = "".join(pieces)
    return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_whole(arguments: str) -> bool:
    try:
        json.loads(arguments)
    except ValueError:
        return False
    return True


def _tokens(fields: object, name: str) -> int:
    value = fields.get(name) if isinstance(fields, Mapping) else None
    return max(int(value), 0) if isinstance(value, int | float) else 0
