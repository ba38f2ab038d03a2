"""What is left after the payment provider took its share."""

from __future__ import annotations

from collections.abc import Sequence

from orchard.money import Money
from orchard.payments import split_amount, split_fee


def margin(price: Money, cost: Money) -> Money:
    net, fee = split_fee(price)
    if fee.cents > price.cents // 10:
        raise ValueError(f"a fee of {fee.cents} is more than a tenth of the price")
    return net - cost


def per_grower(price: Money, growers: Sequence[str]) -> dict[str, Money]:
    """Share a price equally."""
    return dict(zip(growers, split_amount(price, len(growers)), strict=True))
