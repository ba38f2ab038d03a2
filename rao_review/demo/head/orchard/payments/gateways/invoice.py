"""Pay later, by invoice."""

from __future__ import annotations

from orchard.money import Money
from orchard.payments.gateways.base import PaymentGateway
from orchard.payments.gateways.notes import CreditNotes
from orchard.payments.models import Payment

CREDIT_LIMIT = Money(15_000)


class InvoiceGateway(CreditNotes, PaymentGateway):
    name = "invoice"

    def authorize(self, payment: Payment) -> bool:
        return payment.amount.cents <= CREDIT_LIMIT.cents

    def refund(self, payment: Payment, amount: Money) -> None:
        self.note(payment, amount.cents)


def default_gateway() -> PaymentGateway:
    return InvoiceGateway()
