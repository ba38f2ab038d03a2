"""Stand-ins for what the tests do not want to have for real."""

from __future__ import annotations

from orchard.money import Money
from orchard.payments.models import Payment


class FakeLedger:
    """Remembers what was posted; no times, no balances."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, int]] = []

    def post(self, account: str, amount: Money) -> None:
        self.posted.append((account, amount.cents))


class FakeGateway:
    """Says yes to everything."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def authorize(self, payment: Payment) -> bool:
        self.calls.append(f"authorize {payment.id}")
        return True
