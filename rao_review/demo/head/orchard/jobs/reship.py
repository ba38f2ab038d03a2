"""Send again what came back because nobody was at home."""

from __future__ import annotations

from orchard.delivery.dispatch import ship_order
from orchard.delivery.routes import Route
from orchard.orders.models import Order

TRIES = 2


def reship(orders: dict[str, int], known: dict[str, Order], routes: list[Route]) -> list[str]:
    """`orders` has the number of tries so far, by order id. Returns the ids of those that have to be picked up."""
    pickup = []
    for order_id, tries in orders.items():
        if tries >= TRIES or ship_order(known[order_id], routes) is None:
            pickup.append(order_id)
    return pickup
