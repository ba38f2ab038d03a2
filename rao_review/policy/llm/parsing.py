"""Actions out of a model's text: fences, trailing prose, reasoning, single quotes, truncated JSON, calls written as text.

Nothing is guessed about meaning: what is read here still has to fit the schema of its action.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rao_review.policy.llm.actions import ACTIONS

Call = tuple[str, Mapping[str, Any]]

_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_OPEN_THOUGHT = re.compile(r"<(think|thinking|thought|reasoning)>(?!.*</\1>).*", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHT = re.compile(r"^.*</(think|thinking|thought|reasoning)>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[\w-]*[ \t]*\n?(.*?)(?:```|\Z)", re.DOTALL)
_MARKED = re.compile(r"<(?:tool_call|function_call|tool)>(.*?)(?:</(?:tool_call|function_call|tool)>|\Z)", re.DOTALL)
_LISTED = re.compile(r"\[TOOL_CALLS\]\s*(\[.*)", re.DOTALL)
_LONGEST = 2_000_000


class MalformedError(ValueError):
    """There is no action in the text; the message is what the model is told."""


def calls_in(text: str) -> tuple[Call, ...]:
    """The actions that a text asks for, in order. Raises MalformedError."""
    said = without_reasoning(text)[:_LONGEST]
    if not said.strip():
        raise MalformedError("the answer is empty" if not text.strip() else "there is only reasoning and no answer")
    problem = "there is no JSON object in the answer"
    for candidate in _candidates(said):
        try:
            calls = tuple(_calls(_value(candidate)))
        except ValueError as error:
            problem = str(error)
            continue
        if calls:
            return calls
        problem = f"the JSON has no `action`; it must be one of {', '.join(ACTIONS)}"
    raise MalformedError(problem)


def arguments_of(text: str) -> Mapping[str, Any]:
    """The arguments of a native tool call. Raises MalformedError."""
    if not text.strip():
        return {}
    try:
        value = _value(text)
    except ValueError as error:
        raise MalformedError(str(error)) from None
    if not isinstance(value, Mapping):
        raise MalformedError("the arguments are not a JSON object")
    return value


def without_reasoning(text: str) -> str:
    """The text without what a model thought aloud. Reasoning is never an answer."""
    text = _THOUGHT.sub("", text)
    text = _END_OF_THOUGHT.sub("", text)
    return _OPEN_THOUGHT.sub("", text)


def _candidates(text: str) -> Iterator[str]:
    """Where the answer may stand, likeliest first: what is marked as a call, fenced blocks from the last, whole objects from the last."""
    marked = [m[1] for m in _MARKED.finditer(text)]
    if len(marked) > 1:
        yield f"[{','.join(marked)}]"
    yield from marked
    yield from (m[1] for m in _LISTED.finditer(text))
    fences = [m[1] for m in _FENCE.finditer(text)]
    yield from reversed([f for f in fences if "{" in f])
    objects = list(_objects(text))[::-1]
    yield from sorted(objects, key=lambda o: '"action"' not in o and "'action'" not in o)
    start = text.find("{")
    if start >= 0:
        yield text[start:]


def _objects(text: str) -> Iterator[str]:
    """The outermost balanced {…} of a text, by a scan that knows strings."""
    depth, start, quote = 0, 0, ""
    position = 0
    while position < len(text):
        character = text[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character == '"' and depth:
            quote = character
        elif character == "{":
            if not depth:
                start = position
            depth += 1
        elif character == "}" and depth:
            depth -= 1
            if not depth:
                yield text[start : position + 1]
        position += 1


def _value(text: str) -> Any:
    """The JSON value of a text: as it is, then as Python would write it, then repaired. Raises ValueError saying where it breaks."""
    text = text.strip()
    try:
        return json.loads(text, strict=False)
    except ValueError as error:
        problem = f"not valid JSON: {error}"
    except RecursionError:
        raise ValueError("the JSON is nested too deep") from None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    from json_repair import repair_json  # noqa: PLC0415  (seldom needed)

    try:
        value = repair_json(text, return_objects=True, skip_json_loads=True)
    except (ValueError, RecursionError, IndexError):
        raise ValueError(problem) from None
    if not value or not isinstance(value, dict | list):
        raise ValueError(problem)
    return value


def _calls(value: Any) -> Iterator[Call]:
    """The calls in a JSON value, in any of the shapes that models write."""
    if isinstance(value, list):
        for item in value:
            yield from _calls(item)
        return
    if not isinstance(value, dict):
        return
    for wrapper in ("actions", "tool_calls", "calls"):
        if isinstance(value.get(wrapper), list):
            yield from _calls(value[wrapper])
            return
    if isinstance(value.get("function"), dict):
        value = value["function"]
    name = next((value[key] for key in ("action", "name", "tool", "function") if isinstance(value.get(key), str)), "")
    if name in ACTIONS:
        yield name, _arguments(value)
    elif name:
        raise ValueError(f"there is no action {name!r}; use one of {', '.join(ACTIONS)}")
    elif len(value) == 1 and next(iter(value)) in ACTIONS and isinstance(next(iter(value.values())), dict):
        yield next(iter(value.items()))
    elif "findings" in value or "decisions" in value:
        yield "submit", value
    elif "children" in value:
        yield "delegate", value


def _arguments(value: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in ("arguments", "parameters", "args", "input"):
        nested = value.get(key)
        if isinstance(nested, dict):
            return nested
        if isinstance(nested, str) and nested.lstrip().startswith("{"):
            inner = _value(nested)
            if isinstance(inner, dict):
                return inner
    # `name` is an argument of its own for `symbol`; the tag is whichever key came first.
    tag = next(key for key in ("action", "name", "tool", "function") if isinstance(value.get(key), str))
    return {key: item for key, item in value.items() if key != tag}
