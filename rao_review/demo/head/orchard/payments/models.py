"""A payment and the states it goes through."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from orchard.money import Money


class PaymentState(Enum):
    PENDING = "pending"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    REFUNDED = "refunded"


@dataclass(slots=True)
class Payment:
    """`history` has one line per thing that happened, oldest first. Two requests with the same key are one payment."""

    id: str
    order_id: str
    amount: Money
    method: str
    idempotency_key: str
    state: PaymentState = PaymentState.PENDING
    history: list[str] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return self.state in (PaymentState.PENDING, PaymentState.AUTHORIZED)
