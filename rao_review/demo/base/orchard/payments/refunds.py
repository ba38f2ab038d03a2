"""Giving money back."""

from __future__ import annotations

from orchard.money import Money
from orchard.payments.errors import PaymentError
from orchard.payments.gateways.base import PaymentGateway
from orchard.payments.models import Payment, PaymentState


class RefundService:
    """Refunds through the gateway that took the money."""

    def __init__(self, gateway: PaymentGateway) -> None:
        self.gateway = gateway
        self.refunded = 0

    def _validate(self, payment: Payment, amount: Money) -> None:
        if payment.state is not PaymentState.SETTLED:
            raise PaymentError(f"{payment.id} was never paid")
        if amount.cents > payment.amount.cents:
            raise PaymentError(f"{payment.id}: more than was paid")

    def refund(self, payment: Payment) -> None:
        """Everything, and the payment is closed."""
        self._validate(payment, payment.amount)
        self.gateway.refund(payment, payment.amount)
        self.refunded += payment.amount.cents
        payment.state = PaymentState.REFUNDED

    def refund_partial(self, payment: Payment, amount: Money) -> None:
        """A part; the payment stays as it is."""
        self._validate(payment, amount)
        self.gateway.refund(payment, amount)
        self.refunded += amount.cents
        payment.history.append(f"refunded {amount.cents}")

    def refund_many(self, payments: list[Payment]) -> int:
        """All of them, or up to the first that fails. Returns how many."""
        for done, payment in enumerate(payments):
            try:
                self.refund(payment)
            except PaymentError:
                return done
        return len(payments)
