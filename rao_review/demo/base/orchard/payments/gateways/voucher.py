"""Gift vouchers. They are our own, so nothing leaves the house."""

from __future__ import annotations

from orchard.money import Money
from orchard.payments.gateways.base import PaymentGateway
from orchard.payments.models import Payment


class VoucherGateway(PaymentGateway):
    name = "voucher"

    def __init__(self, balances: dict[str, int]) -> None:
        self.balances = balances

    def authorize(self, payment: Payment) -> bool:
        left = self.balances.get(payment.order_id, 0)
        if left < payment.amount.cents:
            return False
        self.balances[payment.order_id] = left - payment.amount.cents
        return True

    def refund(self, payment: Payment, amount: Money) -> None:
        self.balances[payment.order_id] = self.balances.get(payment.order_id, 0) + amount.cents


def demo_vouchers() -> PaymentGateway:
    """One voucher over fifty, for the staging shop."""
    return VoucherGateway({"staging": 5000})
