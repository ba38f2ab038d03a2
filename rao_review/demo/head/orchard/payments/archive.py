"""Payments by id, kept in memory and written behind."""

from __future__ import annotations

from orchard.payments.models import Payment
from orchard.storage import Store


class PaymentArchive:
    """Reads are free; a write goes to the database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._payments: dict[str, Payment] = {}

    def get(self, payment_id: str) -> Payment:
        return self._payments[payment_id]

    def put(self, payment: Payment) -> None:
        self._payments[payment.id] = payment
        self._store.write("UPDATE payments SET state = ? WHERE id = ?", payment.state.value, payment.id)

    def all(self) -> list[Payment]:
        return list(self._payments.values())
