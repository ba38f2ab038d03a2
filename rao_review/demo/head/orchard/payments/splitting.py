"""Sharing an amount without losing a cent."""

from __future__ import annotations

from collections.abc import Mapping

from orchard.money import Money


def split_amount(amount: Money, parts: int) -> list[Money]:
    """Equal parts that add up exactly; the first ones carry the odd cents."""
    each, odd = divmod(amount.cents, parts)
    return [Money(each + (1 if i < odd else 0), amount.currency) for i in range(parts)]


def split_by_weight(amount: Money, grams: Mapping[str, int]) -> dict[str, Money]:
    """Parts in proportion to `grams`; the heaviest carries what rounding leaves."""
    total = sum(grams.values())
    shares = {name: amount.cents * weight // total for name, weight in grams.items()}
    heaviest = max(grams, key=lambda name: (grams[name], name))
    shares[heaviest] += amount.cents - sum(shares.values())
    return {name: Money(cents, amount.currency) for name, cents in shares.items()}
