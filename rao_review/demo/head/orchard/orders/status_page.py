"""The page where a customer sees how far an order is."""

from __future__ import annotations

from orchard.orders.models import Order
from orchard.payments.models import Payment, PaymentState

LABELS = {
    PaymentState.PENDING: "waiting for your payment",
    PaymentState.SETTLED: "paid, being packed",
    PaymentState.FAILED: "payment failed, please try again",
    PaymentState.REFUNDED: "money is on its way back",
}


def status_line(order: Order, payment: Payment | None) -> str:
    """One sentence for the top of the page."""
    if payment is None:
        return f"Order {order.id}: no payment yet"
    return f"Order {order.id}: {LABELS[payment.state]}"
