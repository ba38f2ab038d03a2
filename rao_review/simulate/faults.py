"""Which requests fail, and how: one seeded draw for every request.

The server refuses       429  429-retry-after  500  503  overflow  no-tools  no-schema  no-stream-options
The connection breaks    reset  hang  drip  truncated  html
The model misbehaves     empty  malformed-json  wrong-schema  tools-as-text  duplicate-ids  reasoning-only  no-usage
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rao_review.errors import UsageError
from rao_review.simulate.answer import Answer, Call

FAULTS: Mapping[str, str] = {
    "429": "HTTP 429",
    "429-retry-after": "HTTP 429 with a Retry-After header",
    "500": "HTTP 500",
    "503": "HTTP 503",
    "overflow": "HTTP 400 that says the prompt does not fit, though it does",
    "no-tools": "HTTP 400 that says the model does not support tools",
    "no-schema": "HTTP 400 that says response_format is not supported",
    "no-stream-options": "HTTP 400 that says stream_options is not supported",
    "reset": "the connection is reset: before the answer, or in the middle of its events",
    "hang": "nothing is sent for --hang-seconds, then the connection closes",
    "drip": "the answer comes in small pieces, --drip-seconds apart",
    "truncated": "the answer stops half way: fewer bytes than announced, or events without an end",
    "html": "HTTP 200 with a web page, as a proxy in between would send",
    "empty": "an answer without text and without calls",
    "malformed-json": "arguments, or JSON text, that do not parse",
    "wrong-schema": "JSON that parses and has the wrong fields",
    "tools-as-text": "tool calls written into the text",
    "duplicate-ids": "every tool call twice, all with one id",
    "reasoning-only": "only reasoning, cut at the limit",
    "no-usage": "an answer without usage",
}
ALL = "all"


def parse_faults(texts: Iterable[str]) -> dict[str, float]:
    """Reads '429=0.2', 'reset,500=0.1' or 'all=0.05' (any of them, 0.05 in total). A bare name happens always. Raises UsageError."""
    rates: dict[str, float] = {}
    shared = 0.0
    for part in (p.strip() for text in texts for p in text.split(",") if p.strip()):
        name, given, value = part.partition("=")
        try:
            rate = float(value) if given else 1.0
        except ValueError:
            raise UsageError(f"--fault: {value!r} in {part!r} is not a number") from None
        if name == ALL:
            shared = rate
        else:
            rates[name] = rate
    if shared:
        rates = {name: rates.get(name, 0.0) + shared / len(FAULTS) for name in FAULTS} | {
            name: rate for name, rate in rates.items() if name not in FAULTS
        }
    check_rates(rates)
    return rates


def check_rates(rates: Mapping[str, float]) -> None:
    """Raises UsageError for an unknown fault, a rate that is none, and rates that are more than 1 together."""
    for name, rate in rates.items():
        if name not in FAULTS:
            raise UsageError(f"--fault: {name!r} is not one of {', '.join((*FAULTS, ALL))}")
        if not 0 <= rate <= 1:
            raise UsageError(f"--fault: {name}={rate:g} is not between 0 and 1")
    total = sum(rates.values())
    if total > 1 + 1e-9:
        raise UsageError(f"--fault: the rates are {total:g} together; a request has at most one fault, so at most 1")


def draw(rates: Mapping[str, float], seed: int, number: int) -> str:
    """The fault of the request of that number, '' for none. Depends on nothing but the arguments."""
    if not rates:
        return ""
    place = random.Random(f"{seed}:{number}").random()
    for name in FAULTS:
        place -= rates.get(name, 0.0)
        if place < 0:
            return name
    return ""


def applies(fault: str, *, tools: bool, schema: bool, stream_options: bool) -> bool:
    """Whether a request can have this fault: a server without tools does not mind a request without them."""
    needs = {
        "no-tools": tools,
        "tools-as-text": tools,
        "duplicate-ids": tools,
        "no-schema": schema,
        "no-stream-options": stream_options,
    }
    return needs.get(fault, True)


def misbehave(answer: Answer, fault: str) -> Answer:
    """The answer as a misbehaving model gives it; unchanged for faults of the server and the connection."""
    match fault:
        case "empty":
            return Answer()
        case "malformed-json":
            calls = tuple(replace(c, arguments=_broken(c.arguments)) for c in answer.calls)
            return replace(answer, calls=calls, text=_broken(answer.text) if answer.text else "")
        case "wrong-schema":
            calls = tuple(replace(c, arguments=json.dumps(_strange(c.arguments))) for c in answer.calls)
            return replace(answer, calls=calls, text=json.dumps(_strange(answer.text)) if answer.text else "")
        case "tools-as-text":
            return Answer("\n".join(map(_as_text, answer.calls)) or answer.text)
        case "duplicate-ids":
            return replace(answer, calls=tuple(replace(c, id=answer.calls[0].id) for c in answer.calls for _ in "12"))
        case "reasoning-only":
            return Answer(finish="length", reasoning="Simulated reasoning that never comes to an answer. " * 8)
    return answer


def _broken(text: str) -> str:
    """JSON that no parser takes: a key without quotes, and no end."""
    return "{simulated: " + text[: len(text) * 2 // 3]


def _strange(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        fields = {}
    action = {"action": fields["action"]} if isinstance(fields, dict) and "action" in fields else {}
    return {
        **action,
        "simulated": True,
        "findings": "none",
        "children": 7,
        "hunks": {"id": None},
        "name": ["x"],
        "decisions": 0,
    }


def _as_text(call: Call) -> str:
    return f'<tool_call>\n{{"name": "{call.name}", "arguments": {call.arguments}}}\n</tool_call>'
