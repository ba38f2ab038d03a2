"""What the payment provider keeps, and how the rest is shared."""

from __future__ import annotations

from orchard.money import Money

CARD_PER_MILLE = 29
CARD_FIXED = 25


def round_up(cents: int, step: int = 5) -> int:
    """The next multiple of `step`."""
    return -(-cents // step) * step


def split_fee(amount: Money) -> tuple[Money, Money]:
    """What the shop gets, and the fee."""
    fee = Money(round_up(amount.cents * CARD_PER_MILLE // 1000 + CARD_FIXED), amount.currency)
    return amount - fee, fee


def payout_for(amount: Money) -> Money:
    net, _ = split_fee(amount)
    return net


def split_amount(amount: Money, parts: int) -> list[Money]:
    """Equal parts that add up exactly; the first ones carry the odd cents."""
    each, odd = divmod(amount.cents, parts)
    return [Money(each + (1 if i < odd else 0), amount.currency) for i in range(parts)]
