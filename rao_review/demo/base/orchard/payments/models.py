"""A payment and the states it goes through."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from orchard.money import Money


class PaymentState(Enum):
    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"
    REFUNDED = "refunded"


@dataclass(slots=True)
class Payment:
    """`history` has one line per thing that happened, oldest first."""

    id: str
    order_id: str
    amount: Money
    method: str
    state: PaymentState = PaymentState.PENDING
    history: list[str] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return self.state is PaymentState.PENDING
