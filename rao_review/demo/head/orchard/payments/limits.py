"""How much may move in one payment."""

from __future__ import annotations

from orchard.money import Money

LIMITS = {
    "card": Money(500_000),
    "voucher": Money(20_000),
    "invoice": Money(15_000),
}
MAX_VOUCHER_AMOUNT = LIMITS["voucher"].cents


def within_limits(amount: Money, method: str) -> bool:
    """Unknown ways to pay have no limit of their own; the smallest one holds."""
    limit = LIMITS.get(method) or min(LIMITS.values(), key=lambda money: money.cents)
    return 0 < amount.cents <= limit.cents
