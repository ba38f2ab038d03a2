"""Handing an order over to a courier."""

from __future__ import annotations

import logging

from orchard.delivery.routes import Route, add_stop
from orchard.orders.models import Order

log = logging.getLogger(__name__)


def ship_order(order: Order, routes: list[Route]) -> Route | None:
    """Put the order on the first route with room; None when all are full."""
    for route in routes:
        if add_stop(route, order.customer.postcode):
            log.info("order %s goes with %s", order.id, route.courier.name)
            return route
    return None
