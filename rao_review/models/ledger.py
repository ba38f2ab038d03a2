"""The outermost layer: every call is written ahead, and what an earlier run has paid for is answered from its journal.

A call is known by its node, its number in the node and the digest of its request. The same change and the same replies give the
same requests, so a killed run goes on where it stood: its finished calls are found again, the others are made.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rao_review.errors import JournalError, ModelError, OverflowingError, UnsupportedError
from rao_review.models.model import Model
from rao_review.models.wire import Message, Reply, Request
from rao_review.trace.codec import decode, encode
from rao_review.trace.events import CallFailed, CallFinished, CallStarted, Event
from rao_review.trace.journal import Recorder

Key = tuple[str, int, str]
Answer = Reply | ModelError


class Ledger:
    """A model that keeps the books of another.

    Args:
        model: who is asked; None when every answer must be in `known`.
        recorder: gets each call before it is made, and its answer.
        known: answers of an earlier run (`answers`).
    """

    def __init__(
        self, model: Model | None, name: str, recorder: Recorder, known: Mapping[Key, Answer] | None = None
    ) -> None:
        self.name = name
        self._model = model
        self._recorder = recorder
        self._known = known or {}
        self._calls: Counter[str] = Counter()
        self._messages: dict[str, tuple[Message, ...]] = {}

    async def complete(self, request: Request, node: str) -> Reply:
        self._calls[node] += 1
        call, name = self._calls[node], digest(request, self.name)
        self._announce(request, node, call, name)
        answer = self._known.get((node, call, name))
        replayed = answer is not None
        if answer is None:
            answer = await self._ask(request, node, call)
        if isinstance(answer, ModelError):
            self._recorder.record(_failure(node, call, name, answer))
            raise answer
        self._recorder.record(CallFinished(node, call, name, encode(answer), replayed))
        return answer

    async def _ask(self, request: Request, node: str, call: int) -> Answer:
        if self._model is None:
            raise JournalError(f"the journal has no answer to call {call} of node {node}: the run did not come so far")
        try:
            return await self._model.complete(request, node)
        except ModelError as error:
            return error

    def _announce(self, request: Request, node: str, call: int, name: str) -> None:
        """Only what is new since the node's call before: a conversation is not written again with every turn."""
        before = self._messages.get(node, ())
        kept = 0
        for old, new in zip(before, request.messages, strict=False):
            if old != new:
                break
            kept += 1
        self._messages[node] = request.messages
        fresh = tuple(encode(m) for m in request.messages[kept:])
        tools = tuple(t.name for t in request.tools)
        self._recorder.record(CallStarted(node, call, name, kept, fresh, tools, request.max_output))


def digest(request: Request, model: str) -> str:
    """16 hex digits over everything that the model would be told."""
    text = json.dumps([model, encode(request)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def answers(events: Iterable[Event]) -> dict[Key, Answer]:
    """What the journal of an earlier run has: replies, and the refusals that would come again. Raises JournalError when damaged."""
    known: dict[Key, Answer] = {}
    try:
        for event in events:
            if isinstance(event, CallFinished):
                reply: Reply = decode(Reply, event.reply)
                known[event.node, event.call, event.digest] = reply
            elif isinstance(event, CallFailed) and event.error in _REPLAYED:
                known[event.node, event.call, event.digest] = _REPLAYED[event.error](event.detail, **event.fields)
    except (ValueError, TypeError) as error:
        raise JournalError(f"a call in the journal is damaged: {error}") from None
    return known


# What an endpoint said of the request itself, it would say again; everything else is worth another call.
_REPLAYED: Mapping[str, Any] = {"OverflowingError": OverflowingError, "UnsupportedError": UnsupportedError}


def _failure(node: str, call: int, name: str, error: ModelError) -> CallFailed:
    fields: dict[str, Any] = {}
    if isinstance(error, OverflowingError):
        fields = {"status": error.status, "window": error.window, "prompt": error.prompt}
    elif isinstance(error, UnsupportedError):
        fields = {"status": error.status, "feature": error.feature}
    return CallFailed(node, call, name, type(error).__name__, str(error), fields)


def transcript(events: Iterable[Event], node: str) -> tuple[tuple[Message, ...], ...]:
    """The whole prompts of a node's calls, in order, put together again from what the journal keeps."""
    prompts: list[tuple[Message, ...]] = []
    for event in events:
        if isinstance(event, CallStarted) and event.node == node:
            before = prompts[-1][: event.kept] if prompts else ()
            prompts.append((*before, *(decode(Message, m) for m in event.messages)))
    return tuple(prompts)
