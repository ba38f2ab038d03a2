"""The checkout: from a cart to a paid order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from orchard.money import format_money
from orchard.orders.cart import Cart
from orchard.orders.models import Customer, Order
from orchard.orders.service import order_total, place_order
from orchard.payments import intents
from orchard.payments.archive import PaymentArchive
from orchard.payments.errors import CardDeclined
from orchard.payments.gateways.base import PaymentGateway
from orchard.payments.receipts import send_receipt


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    text: str


def checkout(cart: Cart, customer: Customer, grams: int, gateway: PaymentGateway, archive: PaymentArchive) -> Reply:
    """Place, hold the money, take it, confirm."""
    order = place_order(cart, customer)
    total = order_total(order, grams)
    try:
        payment = intents.create(order, total, gateway)
    except CardDeclined:
        return Reply(402, "your bank declined the payment")
    asyncio.run(intents.capture(payment, archive))
    order.paid = True
    send_receipt(order, recipient=customer.email)
    return Reply(200, f"thank you, {format_money(total)} paid")


def resend_receipt(order: Order, customer: Customer) -> Reply:
    """For customers who lost theirs."""
    if not order.paid:
        return Reply(409, "there is no receipt for an unpaid order")
    send_receipt(order, to=customer.email)
    return Reply(200, "on its way")
