"""The outermost layer: every call is written ahead, and what an earlier run has paid for is answered from its journal.

A call is known by its node, its number in the node and the digest of its request. The same change and the same replies give the
same requests, so a killed run goes on where it stood: its finished calls are found again, the others are made.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from rao_review.errors import (
    BudgetError,
    JournalError,
    ModelError,
    OverflowingError,
    RejectedError,
    UnavailableError,
    UnsupportedError,
)
from rao_review.models.model import Model
from rao_review.models.wire import Message, Reply, Request, TokenUsage
from rao_review.trace.codec import decode, encode
from rao_review.trace.events import CallFailed, CallFinished, CallStarted, Event
from rao_review.trace.journal import Recorder

Key = tuple[str, int, str]
Answer = Reply | ModelError
# An answer, and whether the budget was nearly gone when it came.
Known = tuple[Answer, bool]


class Ledger:
    """A model that keeps the books of another. `missing` is the first call that had to be in `known` and was not, '' for none.

    Args:
        model: who is asked; None when every answer must be in `known`.
        recorder: gets each call before it is made, and its answer.
        known: answers of an earlier run (`answers`).
        is_low: whether the budget is nearly gone.
    """

    def __init__(
        self,
        model: Model | None,
        name: str,
        recorder: Recorder,
        known: Mapping[Key, Known] | None = None,
        is_low: Callable[[], bool] = lambda: False,
    ) -> None:
        self.name = name
        self.missing = ""
        self._is_low = is_low
        self._low: dict[str, bool] = {}
        self._model = model
        self._recorder = recorder
        self._known = known or {}
        self._calls: Counter[str] = Counter()
        self._messages: dict[str, tuple[Message, ...]] = {}

    async def complete(self, request: Request, node: str) -> Reply:
        self._calls[node] += 1
        call, name = self._calls[node], digest(request, self.name)
        self._announce(request, node, call, name)
        known = self._known.get((node, call, name))
        answer, low = known or (await self._ask(request, node, call), self._is_low())
        if isinstance(answer, ModelError):
            self._recorder.record(_failure(node, call, name, answer))
            raise answer
        self._low[node] = low
        self._recorder.record(CallFinished(node, call, name, encode(answer), known is not None, low))
        return answer

    def low(self, node: str) -> bool:
        """Whether the budget was nearly gone when this node had its last answer. On record with the answer, so that a node does
        the same when the run is resumed or replayed."""
        return self._low.get(node, False)

    async def _ask(self, request: Request, node: str, call: int) -> Answer:
        if self._model is None:
            self.missing = self.missing or f"call {call} of node {node}"
            raise JournalError(f"the journal has no answer to call {call} of node {node}")
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
    rest = [model, [encode(tool) for tool in request.tools], encode(request.schema), request.max_output]
    return _hash([*map(_of_message, request.messages), _hash(rest)])[:16]


@lru_cache(maxsize=256)
def _of_message(message: Message) -> str:
    """A conversation grows: what was said before is not hashed again."""
    return _hash(encode(message))


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode("utf-8")).hexdigest()


def answers(events: Iterable[Event], complete: bool = False) -> dict[Key, Known]:
    """What the journal of an earlier run has: replies, and the refusals that would come again; if `complete`, all other failures too.
    Raises JournalError when damaged."""
    known: dict[Key, Known] = {}
    try:
        for event in events:
            if isinstance(event, CallFinished):
                reply: Reply = decode(Reply, event.reply)
                known[event.node, event.call, event.digest] = reply, event.low
            elif isinstance(event, CallFailed) and (complete or event.error in _SAID_AGAIN):
                failure = _FAILURES[event.error](event.detail, **event.fields)
                known[event.node, event.call, event.digest] = failure, False
    except (ValueError, TypeError, KeyError) as error:
        raise JournalError(f"a call in the journal is damaged: {error}") from None
    return known


_FAILURES: Mapping[str, Any] = {
    kind.__name__: kind
    for kind in (ModelError, UnavailableError, RejectedError, OverflowingError, UnsupportedError, BudgetError)
}
# What an endpoint said of the request itself, it would say again; everything else is worth another call.
_SAID_AGAIN = ("OverflowingError", "UnsupportedError")


def _failure(node: str, call: int, name: str, error: ModelError) -> CallFailed:
    fields: dict[str, Any] = {}
    if isinstance(error, OverflowingError):
        fields = {"status": error.status, "window": error.window, "prompt": error.prompt}
    elif isinstance(error, UnsupportedError):
        fields = {"status": error.status, "feature": error.feature}
    elif isinstance(error, RejectedError):
        fields = {"status": error.status}
    elif isinstance(error, BudgetError):
        fields = {"limit": error.limit}
    return CallFailed(node, call, name, type(error).__name__, str(error), fields)


def spent(events: Iterable[Event]) -> Iterator[TokenUsage]:
    """What each finished call of these runs has used; a call that several of them have, once."""
    usages = {(e.node, e.call, e.digest): e.reply.get("usage") for e in events if isinstance(e, CallFinished)}
    return (decode(TokenUsage, usage) for usage in usages.values() if usage)
