"""Credit notes, for ways to pay where the money moves later."""

from __future__ import annotations

from orchard.payments.models import Payment


class CreditNotes:
    """A mixin: what was promised is taken back with a note instead of a transfer."""

    def __init__(self) -> None:
        self.credit_notes: list[str] = []

    def note(self, payment: Payment, cents: int) -> None:
        self.credit_notes.append(f"{payment.id}:{cents}")

    def void(self, payment: Payment) -> None:
        self.note(payment, payment.amount.cents)
