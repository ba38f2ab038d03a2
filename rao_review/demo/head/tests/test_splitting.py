"""Sharing an amount."""

from __future__ import annotations

import pytest
from orchard.money import Money
from orchard.payments.splitting import split_amount, split_by_weight


@pytest.mark.parametrize("cents", [0, 1, 99, 100, 101, 12_345])
@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_no_cent_is_lost(cents: int, parts: int) -> None:
    shares = split_amount(Money(cents), parts)
    assert sum(share.cents for share in shares) == cents


def test_the_heaviest_carries_the_rest() -> None:
    shares = split_by_weight(Money(100), {"Meyer": 2000, "Sommer": 1000})
    assert shares == {"Meyer": Money(67), "Sommer": Money(33)}
