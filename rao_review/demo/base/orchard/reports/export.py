"""CSV for the accountant."""

from __future__ import annotations

import csv
import io

from orchard.money import Money, format_money
from orchard.payments.models import Payment


def fee_note(payment: Payment) -> str:
    charge_card = payment.method == "card"
    return "2.9% + 0.25" if charge_card else "none"


def as_csv(payments: list[Payment]) -> str:
    """One row per payment and a last row with the sum."""
    out = io.StringIO()
    writer = csv.writer(out)
    total = Money(0)
    for payment in payments:
        writer.writerow([payment.id, payment.method, format_money(payment.amount, 2, False), fee_note(payment)])
        total = total + payment.amount
    writer.writerow(["sum", "", format_money(total), ""])
    return out.getvalue()
