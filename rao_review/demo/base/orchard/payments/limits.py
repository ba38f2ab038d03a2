"""How much may move in one payment, in cents."""

from __future__ import annotations

from orchard.money import Money

MAX_CARD_AMOUNT = 250_000
MAX_VOUCHER_AMOUNT = 20_000


def within_limits(amount: Money, method: str) -> bool:
    limit = MAX_VOUCHER_AMOUNT if method == "voucher" else MAX_CARD_AMOUNT
    return 0 < amount.cents <= limit
