"""Charging a card in one step. The money moves at once."""

from __future__ import annotations

import logging
import uuid

from orchard.orders.models import Order
from orchard.money import Money
from orchard.payments.errors import CardDeclined
from orchard.payments.gateways.base import PaymentGateway
from orchard.payments.models import Payment, PaymentState

log = logging.getLogger(__name__)


def charge_card(order: Order, amount: Money, gateway: PaymentGateway) -> Payment:
    """Take `amount` for `order` through `gateway`."""
    payment = Payment(uuid.uuid4().hex, order.id, amount, "card")
    if not gateway.authorize(payment):
        payment.state = PaymentState.FAILED
        raise CardDeclined(order.id)
    settle(payment)
    return payment


def settle(payment: Payment) -> None:
    """Mark a payment as done."""
    payment.state = PaymentState.SETTLED
    log.info("payment %s settled", payment.id)


def describe(payment: Payment) -> str:
    """The line on the customer's bank statement: at most 22 characters."""
    return f"ORCHARD {payment.order_id[:8]} {payment.method}"[:22]
