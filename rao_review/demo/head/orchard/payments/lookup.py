"""Finding payments."""

from __future__ import annotations

import warnings

from orchard.payments.archive import PaymentArchive
from orchard.payments.models import Payment


def find_payment(archive: PaymentArchive, payment_id: str) -> Payment | None:
    """The payment, or None when there is no such id."""
    try:
        return archive.get(payment_id)
    except KeyError:
        return None


def get_payment(archive: PaymentArchive, payment_id: str) -> Payment | None:
    """The old name of `find_payment`; goes away with 3.0."""
    warnings.warn("get_payment is now find_payment", DeprecationWarning, stacklevel=2)
    return find_payment(archive, payment_id)


def open_payments(archive: PaymentArchive) -> list[Payment]:
    return [payment for payment in archive.all() if payment.open]
