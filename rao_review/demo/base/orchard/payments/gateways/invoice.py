"""Pay later, by invoice."""

from __future__ import annotations

from orchard.money import Money
from orchard.payments.gateways.base import PaymentGateway
from orchard.payments.models import Payment

CREDIT_LIMIT = Money(15_000)


class InvoiceGateway(PaymentGateway):
    name = "invoice"

    def __init__(self) -> None:
        self.credit_notes: list[str] = []

    def authorize(self, payment: Payment) -> bool:
        return payment.amount.cents <= CREDIT_LIMIT.cents

    def refund(self, payment: Payment, amount: Money) -> None:
        self.credit_notes.append(f"{payment.id}:{amount.cents}")


def default_gateway() -> PaymentGateway:
    return InvoiceGateway()
