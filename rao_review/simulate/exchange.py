"""From the body of a request to what is to be sent back. Everything that costs thought happens here, nothing waits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rao_review.simulate import faults, prompt, reviewer
from rao_review.simulate.answer import Act, Answer, as_calls, as_text, cut
from rao_review.simulate.chat import BadRequestError, ChatRequest, Counts, parse, tokens
from rao_review.simulate.example import example
from rao_review.simulate.options import Options
from rao_review.simulate.planted import Evidence
from rao_review.simulate.prefix import PrefixCache
from rao_review.simulate.prompt import Turn
from rao_review.simulate.stats import Record, Stats
from rao_review.simulate.wording import SILENT, error, overflow

_DEFAULT_ANSWER = 4096
_REFUSALS: Mapping[str, tuple[int, str]] = {
    "429": (429, "Rate limit reached (simulated)."),
    "429-retry-after": (429, "Rate limit reached (simulated)."),
    "500": (500, "The server had an error while processing your request (simulated)."),
    "503": (503, "The engine is currently overloaded, please try again later (simulated)."),
    "no-tools": (400, "simulated does not support tools"),
    "no-schema": (400, "simulated does not support response_format of this type"),
    "no-stream-options": (400, "Unknown parameter: 'stream_options'."),
}


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be sent. Either `refusal` (status and body) or an answer; `usage` is None when the server does not tell."""

    record: Record
    fault: str = ""
    refusal: tuple[int, Mapping[str, Any]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: Answer = field(default_factory=Answer)
    usage: Counts | None = None
    stream: bool = False
    usage_event: bool = False

    @property
    def name(self) -> str:
        return f"chatcmpl-simulated-{self.record.digest}-{self.record.number}"


class Exchanges:
    """The mind of one endpoint: its cache, its counts, its faults.

    Args:
        options: how it answers.
        stats: gets the evidence of every request that reaches the model.
    """

    def __init__(self, options: Options, stats: Stats) -> None:
        self._options = options
        self._stats = stats
        self._cache = PrefixCache(options.bytes_per_token)
        self._evidence = Evidence(options.planted)

    def plan(self, record: Record, body: bytes) -> Job:
        """What to send back for a body."""
        try:
            request = parse(body)
        except BadRequestError as bad:
            return Job(record, refusal=(bad.status, bad.body))
        record.stream, record.messages = request.stream, len(request.turns)
        options = self._options
        fault = faults.draw(options.faults, options.seed, record.number)
        what = {"tools": bool(request.tools), "schema": request.schema is not None}
        if not faults.applies(fault, **what, stream_options=request.stream_options):
            fault = ""
        record.fault = fault
        size, most = self._sizes(request)
        if fault in _REFUSALS:
            status, words = _REFUSALS[fault]
            wait = {"retry-after": f"{options.retry_after:g}"} if fault == "429-retry-after" else {}
            return Job(record, fault, (status, error(words, code=status)), wait)
        if fault == "overflow":
            return Job(record, fault, overflow(options.wording, options.window, size, most))
        turns = request.turns
        if size + most > options.window:
            if options.wording != SILENT:
                return Job(record, refusal=overflow(options.wording, options.window, size, most))
            turns, size = self._shortened(request, most)
        return self._answer(record, request, turns, size, most)

    def _sizes(self, request: ChatRequest) -> tuple[int, int]:
        """Tokens of the prompt, and the most of the answer: what is asked for, or what is left."""
        size = tokens(len(request.prompt), self._options.bytes_per_token)
        return size, request.most or max(1, min(_DEFAULT_ANSWER, self._options.window - size))

    def _shortened(self, request: ChatRequest, most: int) -> tuple[tuple[Turn, ...], int]:
        """The newest text that fits, behind the system message: what a server does that cuts prompts and says nothing."""
        options = self._options
        room = int(max(options.window - most, options.window // 2) * options.bytes_per_token)
        room -= len(request.prompt) - sum(len(turn.text.encode("utf-8", "surrogatepass")) for turn in request.turns)
        kept: list[Turn] = []
        leading = request.turns[:1] if request.turns[0].role == "system" else ()
        for turn in (*leading, *reversed(request.turns[len(leading) :])):
            data = turn.text.encode("utf-8", "surrogatepass")
            kept.append(replace(turn, text=data[-room:].decode("utf-8", "ignore") if room > 0 else ""))
            room -= len(data)
        turns = (*kept[: len(leading)], *reversed(kept[len(leading) :]))
        return turns, min(options.window - 1, max(options.window - most, options.window // 2))

    def _answer(self, record: Record, request: ChatRequest, turns: tuple[Turn, ...], size: int, most: int) -> Job:
        options, fault = self._options, record.fault
        cached = min(self._cache.add(request.prompt), max(size - 1, 0))
        answer = faults.misbehave(self._think(record, request, turns), fault)
        answer = cut(answer, int(most * options.bytes_per_token))
        written = tokens(answer.size(), options.bytes_per_token)
        reasoning = tokens(len(answer.reasoning), options.bytes_per_token)
        usage = Counts(size, written, cached, reasoning)
        record.prompt_tokens, record.cached_tokens, record.completion_tokens = size, cached, written
        return Job(record, fault, answer=answer, usage=usage, stream=request.stream, usage_event=request.usage_event)

    def _think(self, record: Record, request: ChatRequest, turns: tuple[Turn, ...]) -> Answer:
        """The reviewer's answer; to a prompt that is no review, something that fits what is asked for."""
        said = prompt.read(turns)
        texts = self._evidence.texts((said.system, *said.shown))
        record.node = said.facts.get("node", "")[:80]
        if not reviewer.is_review(said):
            return _example(record, request)
        proven = self._evidence.proven(texts)
        acts = reviewer.act(said, proven, self._options.behaviour)
        record.action = acts[0].name
        reported = {finding.get("title") for finding in acts[0].fields.get("findings", ())}
        self._stats.evidence(record, texts, [f.id for f in proven if reviewer.title(f) in reported])
        if request.tools and said.facts.get("protocol") != "json":
            return as_calls(acts, record.digest)
        return as_text(acts[0], self._options.style)


def _example(record: Record, request: ChatRequest) -> Answer:
    """Calls a tool where one must be called, fills in a schema where there is one, else says what it is."""
    if request.forced is not None and request.tools:
        functions = [tool.get("function", {}) for tool in request.tools]
        chosen = next((f for f in functions if f.get("name") == request.forced), functions[0])
        act = Act(str(chosen.get("name")), dict(example(chosen.get("parameters") or {"type": "object"})))
        return as_calls((act,), record.digest)
    if request.schema is not None:
        return Answer(json.dumps(example(request.schema or {"type": "object"})))
    return Answer("This is a simulated endpoint: there is no model behind it.")
