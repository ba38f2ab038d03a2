"""Tell the accountant what a Swiss sale was worth today."""

from __future__ import annotations

from orchard.money import Money
from orchard.payments.rates import fetch_rates


def in_euro(amount: Money) -> Money:
    """Convert at today's rate, rounded down."""
    if amount.currency == "EUR":
        return amount
    rates = fetch_rates("EUR")
    return Money(int(amount.cents / rates[amount.currency]))


def summary(amounts: list[Money]) -> str:
    lines = [f"{amount.cents} {amount.currency} = {in_euro(amount).cents} EUR" for amount in amounts]
    return "\n".join(lines)
