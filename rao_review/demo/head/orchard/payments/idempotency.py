"""The same request twice is one payment: customers click twice, networks repeat."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from orchard.money import Money


@dataclass(frozen=True, slots=True)
class Request:
    key: str
    order_id: str
    amount: Money


def key_for(order_id: str, amount: Money) -> str:
    """A key that is the same for the same order and amount, and says nothing about either."""
    text = f"{order_id}:{amount.cents}:{amount.currency}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(slots=True)
class RequestLog:
    """What was asked for, by key."""

    seen: dict[str, Request] = field(default_factory=dict)

    def remember(self, request: Request) -> None:
        self.seen[request.key] = request

    def is_repeat(self, request: Request) -> bool:
        """Whether this very request came before; the same key for something else is not a repeat."""
        stored = self.seen.get(request.key)
        if stored is None:
            return False
        return stored.order_id == request.order_id and stored.amount == stored.amount
