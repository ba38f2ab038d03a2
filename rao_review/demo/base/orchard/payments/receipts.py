"""Receipts by mail."""

from __future__ import annotations

from orchard.money import Money, format_money
from orchard.notifications.channels import EmailChannel, Message
from orchard.orders.models import Order
from orchard.payments.tax import vat_share


def receipt_text(order: Order, country: str) -> str:
    total = Money(0)
    for line in order.lines:
        total = total + line.price
    vat = vat_share(total, country)
    return f"Order {order.id}\nTotal {format_money(total)}\nVAT {format_money(vat)}"


def send_receipt(order: Order, to: str, country: str = "DE") -> None:
    """Mail the receipt of a paid order."""
    message = Message(to, f"Your receipt for {order.id}", receipt_text(order, country))
    EmailChannel().send(message)
