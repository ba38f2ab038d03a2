"""A friendly reminder for carts that were left alone."""

from __future__ import annotations

from orchard.money import format_money
from orchard.notifications.channels import Message
from orchard.orders.cart import Cart
from orchard.orders.models import Customer


def reminder(cart: Cart, customer: Customer) -> Message | None:
    """None for an empty cart."""
    if cart.item_count == 0:
        return None
    worth = format_money(cart.total())
    body = f"Hello {customer.name}, {cart.item_count} pieces of fruit worth {worth} are waiting."
    return Message(customer.email, "Your cart is getting ripe", body)
