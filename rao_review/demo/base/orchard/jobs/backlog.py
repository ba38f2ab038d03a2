"""Warn when orders wait too long for their payment."""

from __future__ import annotations

import logging

from orchard.orders.repository import pending_orders
from orchard.storage import Store

log = logging.getLogger(__name__)
ALARM = 200


def check_backlog(store: Store) -> bool:
    """Whether somebody should be woken up."""
    waiting = len(pending_orders(store))
    log.info("%d orders wait for their payment", waiting)
    return waiting > ALARM


def longest_waiting(store: Store, limit: int = 10) -> list[str]:
    return [order.id for order, _ in zip(pending_orders(store), range(limit), strict=False)]
