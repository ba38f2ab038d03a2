"""The checkout: from a cart to a paid order."""

from __future__ import annotations

from dataclasses import dataclass

from orchard.money import format_money
from orchard.orders.cart import Cart
from orchard.orders.models import Customer, Order
from orchard.orders.service import compute_total, place_order
from orchard.payments.charges import charge_card
from orchard.payments.errors import CardDeclined
from orchard.payments.gateways.base import PaymentGateway
from orchard.payments.receipts import send_receipt


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    text: str


def checkout(cart: Cart, customer: Customer, grams: int, gateway: PaymentGateway) -> Reply:
    """Place, charge, confirm."""
    order = place_order(cart, customer)
    total = compute_total(order, grams)
    try:
        charge_card(order, total, gateway)
    except CardDeclined:
        return Reply(402, "your bank declined the payment")
    order.paid = True
    send_receipt(order, to=customer.email)
    return Reply(200, f"thank you, {format_money(total)} paid")


def resend_receipt(order: Order, customer: Customer) -> Reply:
    """For customers who lost theirs."""
    if not order.paid:
        return Reply(409, "there is no receipt for an unpaid order")
    send_receipt(order, to=customer.email)
    return Reply(200, "on its way")
