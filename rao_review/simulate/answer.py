"""From what the reviewer does to what a model sends: tool calls, or one JSON object in text, more or less tidy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call. `arguments` is JSON text, or what a misbehaving model takes for it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model would send back. `reasoning` goes into a field of its own."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    finish: Literal["stop", "length", "tool_calls"] = "stop"
    reasoning: str = ""

    def size(self) -> int:
        """Bytes of everything that the model wrote."""
        parts = [self.text, self.reasoning, *(part for call in self.calls for part in (call.name, call.arguments))]
        return sum(len(part.encode("utf-8", "surrogatepass")) for part in parts)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the reviewer does: the name of a tool, and its fields."""

    name: str
    fields: Mapping[str, Any]


def as_calls(acts: Sequence[Act], digest: str) -> Answer:
    """In the protocol with tools. Ids come from the request's digest, so that the same request has the same answer."""
    calls = tuple(Call(f"call_{digest[:8]}_{n}", act.name, _json(act.fields)) for n, act in enumerate(acts))
    return Answer(calls=calls, finish="tool_calls")


def as_text(act: Act, style: Sequence[str]) -> Answer:
    """In the protocol without tools: one JSON object, told in the given styles."""
    text = _json({"action": act.name, **act.fields})
    for name, apply in STYLES.items():
        if name in style:
            text = apply(text)
    return Answer(text, finish="length" if "truncated" in style else "stop")


def cut(answer: Answer, most: int) -> Answer:
    """The answer ended by its limit: no more than so many bytes, the end of the last call or of the text is missing."""
    if answer.size() <= most:
        return answer
    left, calls = most, []
    reasoning = _head(answer.reasoning, left)
    left -= len(reasoning)
    text = _head(answer.text, left)
    left -= len(text)
    for call in answer.calls:
        left -= len(call.name)
        if left <= 0:
            break
        calls.append(Call(call.id, call.name, _head(call.arguments, left)))
        left -= len(calls[-1].arguments)
    return Answer(text, tuple(calls), "length", reasoning)


def _head(text: str, size: int) -> str:
    return text.encode("utf-8", "surrogatepass")[: max(size, 0)].decode("utf-8", "ignore")


def _json(value: Any) -> str:
    # What the change holds may not be UTF-8, and lone surrogates only survive as escapes.
    text = json.dumps(value, ensure_ascii=False)
    return text if _is_unicode(text) else json.dumps(value)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _single_quotes(text: str) -> str:
    """A Python literal: what a model writes that has seen more Python than JSON."""
    return repr(json.loads(text))


def _truncated(text: str) -> str:
    return text[: max(1, len(text) * 9 // 10)]


def _fences(text: str) -> str:
    return f"```json\n{text}\n```"


def _prose(text: str) -> str:
    return f"Here is my (simulated) answer:\n{text}\n\nI hope this helps. {{Let me know}} if you need anything else."


def _think(text: str) -> str:
    return f'<think>\nThe simulated reviewer considers {{"action": "submit", "findings": []}} and goes on.\n</think>\n\n{text}'


# In the order in which they are applied.
STYLES: Mapping[str, Callable[[str], str]] = {
    "single-quotes": _single_quotes,
    "truncated": _truncated,
    "fences": _fences,
    "prose": _prose,
    "think": _think,
}
