"""What the office may look up."""

from __future__ import annotations

from orchard.payments import limits
from orchard.payments.archive import PaymentArchive
from orchard.payments.lookup import get_payment


def payment_card(archive: PaymentArchive, payment_id: str) -> dict[str, str]:
    """One payment as the admin page shows it; empty when there is none."""
    payment = get_payment(archive, payment_id)
    if payment is None:
        return {}
    return {"id": payment.id, "state": payment.state.value, "method": payment.method}


def limit_hint() -> str:
    """Shown beside the amount field."""
    return f"cards up to {limits.MAX_CARD_AMOUNT // 100}, vouchers up to {limits.MAX_VOUCHER_AMOUNT // 100}"
