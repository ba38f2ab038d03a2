"""A customer's past orders and payments, for the account page."""

from __future__ import annotations

from typing import Any

from orchard.orders.repository import list_orders
from orchard.payments.models import Payment
from orchard.storage import Store


def order_titles(store: Store, customer_id: str) -> list[str]:
    """One line per order, newest first."""
    return [f"{order.id}: {len(order.lines)} items" for order in list_orders(store, customer_id)]


def restore_payment(fields: dict[str, Any]) -> Payment:
    """A payment from a backup; the fields are those that `asdict` wrote."""
    return Payment(**fields)
