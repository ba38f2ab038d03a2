"""Orders in the database."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.orders.models import Customer, Order
from orchard.storage import Store


def _order(row: dict[str, str]) -> Order:
    customer = Customer(row["customer"], row["name"], row["email"], row["postcode"])
    return Order(row["id"], customer, paid=row["paid"] == "1")


def list_orders(store: Store, customer_id: str, limit: int = 50) -> list[Order]:
    """Newest first."""
    query = "SELECT * FROM orders WHERE customer = ? ORDER BY placed DESC LIMIT ?"
    return [_order(row) for row in store.rows(query, customer_id, limit)]


def pending_orders(store: Store) -> Iterator[Order]:
    """Orders that wait for their payment, oldest first, one at a time: after a bad night there are many."""
    query = "SELECT * FROM orders WHERE paid = 0 ORDER BY placed"
    for row in store.rows(query):
        yield _order(row)


def save(store: Store, order: Order) -> None:
    store.write("UPDATE orders SET paid = ?, note = ? WHERE id = ?", int(order.paid), order.note, order.id)
