"""What a charge looks like to the customer. Taking the money is the work of `intents`."""

from __future__ import annotations

from orchard.payments.models import Payment

WIDTH = 22


def describe(payment: Payment) -> str:
    """The line on the customer's bank statement: at most 22 characters."""
    return f"ORCHARD {payment.order_id[:8]} {payment.method}"[:WIDTH]


def describe_refund(payment: Payment) -> str:
    """The same for money that comes back."""
    return f"ORCHARD REFUND {payment.order_id[:7]}"[:WIDTH]
