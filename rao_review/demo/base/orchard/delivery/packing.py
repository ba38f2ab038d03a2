"""The packing table: what goes out next."""

from __future__ import annotations

from orchard.delivery.dispatch import ship_order
from orchard.delivery.routes import Route
from orchard.delivery.weights import parcels, round_up
from orchard.orders.models import Order


def pack(order: Order, grams: int, routes: list[Route]) -> str:
    """The label text for an order, or a note that it has to wait."""
    route = ship_order(order, routes)
    if route is None:
        return f"{order.id}: wait for the next slot"
    boxes = len(parcels(grams))
    return f"{order.id}: {boxes} boxes, {round_up(grams)} g, {route.courier.name}"
