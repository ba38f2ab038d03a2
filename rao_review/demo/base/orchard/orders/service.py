"""Turn a cart into an order and say what it costs."""

from __future__ import annotations

import uuid

from orchard.delivery.quotes import quote_delivery
from orchard.money import Money
from orchard.orders.cart import Cart
from orchard.orders.models import Customer, Order

FREE_DELIVERY_FROM = Money(4900)


def place_order(cart: Cart, customer: Customer) -> Order:
    if cart.total().cents == 0:
        raise ValueError("an empty cart is not an order")
    return Order(uuid.uuid4().hex, customer, cart.lines())


def compute_total(order: Order, grams: int) -> Money:
    """Goods and delivery. Large orders are delivered free."""
    goods = Money(0)
    for line in order.lines:
        goods = goods + line.price
    if goods.cents >= FREE_DELIVERY_FROM.cents:
        return goods
    return goods + quote_delivery(order.customer.postcode, grams)
