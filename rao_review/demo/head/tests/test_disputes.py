"""Disputes and their deadline."""

from __future__ import annotations

from datetime import date

import pytest
from orchard.money import Money
from orchard.payments.disputes import Reason, open_dispute, urgent
from orchard.payments.models import Payment, PaymentState

MONDAY = date(2026, 5, 4)


def captured(number: int) -> Payment:
    return Payment(f"p{number}", "o1", Money(500), "card", f"key-{number}", PaymentState.CAPTURED)


def test_two_weeks_to_answer() -> None:
    assert open_dispute(captured(1), Reason.NOT_MINE, MONDAY).due == date(2026, 5, 18)


def test_only_captured_money_can_be_disputed() -> None:
    payment = captured(1)
    payment.state = PaymentState.REFUNDED
    with pytest.raises(ValueError, match="refunded"):
        open_dispute(payment, Reason.SPOILED, MONDAY)


def test_the_most_urgent_comes_first() -> None:
    late = open_dispute(captured(1), Reason.SPOILED, date(2026, 4, 21))
    later = open_dispute(captured(2), Reason.SPOILED, date(2026, 4, 22))
    safe = open_dispute(captured(3), Reason.SPOILED, date(2026, 4, 20))
    safe.evidence.append("photo-1.jpg")
    assert urgent([later, safe, late], MONDAY) == [late, later]
