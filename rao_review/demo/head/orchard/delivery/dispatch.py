"""Handing an order over to a courier."""

from __future__ import annotations

import logging

from orchard.delivery.packing import pack
from orchard.delivery.routes import Route, add_stop
from orchard.orders.models import Order

log = logging.getLogger(__name__)


def dispatch_order(order: Order, routes: list[Route]) -> Route | None:
    """Put the order on the first route with room; None when all are full."""
    for route in routes:
        if add_stop(route, order.customer.postcode):
            log.info("order %s goes with %s", order.id, route.courier.name)
            return route
    return None


def dispatch_all(loads: dict[str, int], orders: list[Order], routes: list[Route]) -> list[str]:
    """Labels for all orders; `loads` has their weights in grams."""
    return [pack(order, loads[order.id], routes) for order in orders]


ship_order = dispatch_order  # the name until 1.9
