"""Finding payments."""

from __future__ import annotations

from orchard.payments.archive import PaymentArchive
from orchard.payments.models import Payment


def get_payment(archive: PaymentArchive, payment_id: str) -> Payment | None:
    """The payment, or None when there is no such id."""
    try:
        return archive.get(payment_id)
    except KeyError:
        return None


def open_payments(archive: PaymentArchive) -> list[Payment]:
    return [payment for payment in archive.all() if payment.open]
