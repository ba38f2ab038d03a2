"""What the models cost, folded from the events of a run; never a running total that somebody keeps by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rao_review.trace.events import CallFailed, CallFinished, CallRetried, CallStarted, Event


@dataclass(slots=True)
class CallCount:
    """A recorder that counts calls and tokens.

    calls     that were answered.
    retries   attempts after which another one was made; `failed` calls that were made and never answered.
    refused   by the limit on calls.
    cached    prompt tokens that came from the endpoint's prefix cache.
    """

    calls: int = 0
    retries: int = 0
    failed: int = 0
    refused: int = 0
    in_flight: int = 0
    prompt: int = 0
    completion: int = 0
    cached: int = 0
    estimated: bool = False

    def record(self, event: Event) -> None:
        match event:
            case CallStarted():
                self.in_flight += 1
            case CallRetried():
                self.retries += 1
            case CallFinished(reply=reply):
                self.in_flight -= 1
                self.calls += 1
                self._add(reply.get("usage") or {})
            case CallFailed(error=error, fields=fields):
                self.in_flight -= 1
                self.failed += error not in ("BudgetError", "JournalError")
                self.refused += fields.get("limit") == "max-calls"

    def _add(self, usage: Mapping[str, Any]) -> None:
        self.prompt += usage.get("prompt", 0)
        self.completion += usage.get("completion", 0)
        self.cached += usage.get("cached", 0)
        self.estimated |= bool(usage.get("estimated"))
