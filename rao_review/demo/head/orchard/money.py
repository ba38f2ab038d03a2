"""Amounts of money: whole cents and a currency code, never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import overload

SYMBOLS = {"EUR": "€", "CHF": "Fr.", "GBP": "£"}


@dataclass(frozen=True, slots=True)
class Money:
    cents: int
    currency: str = "EUR"

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.cents + other.cents, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + Money(-other.cents, other.currency)

    def times(self, factor: int) -> Money:
        return Money(self.cents * factor, self.currency)


@overload
def to_cents(value: str, decimal_mark: str) -> int: ...
@overload
def to_cents(value: Decimal) -> int: ...
def to_cents(value: Decimal | str, decimal_mark: str = ".") -> int:
    """Round half up, as the tax office does. Text is read with the decimal mark of its country."""
    number = value if isinstance(value, Decimal) else Decimal(value.replace(decimal_mark, "."))
    return int((number * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def format_money(amount: Money, *, decimals: int = 2, symbol: bool = True) -> str:
    """`1234` cents become `12.34 €`."""
    number = f"{Decimal(amount.cents) / 100:.{decimals}f}"
    return f"{number} {SYMBOLS.get(amount.currency, amount.currency)}" if symbol else number
