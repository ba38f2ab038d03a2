"""Payouts to the growers, in batches."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchard.money import Money
from orchard.payments.ledger import Ledger


@dataclass(slots=True)
class PayoutBatch:
    """Everything one grower gets on one day."""

    grower: str
    amounts: list[Money] = field(default_factory=list)
    settled: bool = False

    def settle(self) -> Money:
        """Close the batch. Returns what is to be transferred."""
        total = Money(0)
        for amount in self.amounts:
            total = total + amount
        self.settled = True
        return total


def outstanding(ledger: Ledger, grower: str) -> Money:
    return ledger.balance(f"grower:{grower}")
