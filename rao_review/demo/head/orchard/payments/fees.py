"""What the payment provider keeps."""

from __future__ import annotations

from orchard.money import Money

CARD_PER_MILLE = 29
CARD_FIXED = 25
VAT_ON_FEES_PERCENT = 20


def split_fee(amount: Money) -> tuple[Money, Money, Money]:
    """What the shop gets, the fee, and the tax inside the fee."""
    fee = Money(amount.cents * CARD_PER_MILLE // 1000 + CARD_FIXED, amount.currency)
    vat = Money(fee.cents * VAT_ON_FEES_PERCENT // (100 + VAT_ON_FEES_PERCENT), amount.currency)
    return amount - fee, fee, vat


def payout_for(amount: Money) -> Money:
    net, _, _ = split_fee(amount)
    return net
