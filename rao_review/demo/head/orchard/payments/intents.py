"""Payment intents: first the promise, then the money.

    create ──▶ authorized ──▶ capture ──▶ captured
                    └───────▶ cancel ───▶ failed
"""

from __future__ import annotations

import logging
import uuid

from orchard.money import Money
from orchard.orders.models import Order
from orchard.payments.archive import PaymentArchive
from orchard.payments.errors import CardDeclined, IntentClosed
from orchard.payments.events import publish
from orchard.payments.gateways.base import PaymentGateway
from orchard.payments.idempotency import key_for
from orchard.payments.models import Payment, PaymentState

log = logging.getLogger(__name__)


def create(order: Order, amount: Money, gateway: PaymentGateway) -> Payment:
    """Ask the gateway to hold `amount` for `order`.

    Raises:
        CardDeclined: the gateway said no; nothing is held.
    """
    payment = Payment(uuid.uuid4().hex, order.id, amount, gateway.name, key_for(order.id, amount))
    if not gateway.authorize(payment):
        payment.state = PaymentState.FAILED
        raise CardDeclined(order.id)
    payment.state = PaymentState.AUTHORIZED
    return payment


async def capture(payment: Payment, archive: PaymentArchive) -> Payment:
    """Take what is held."""
    if payment.state is not PaymentState.AUTHORIZED:
        raise IntentClosed(payment.id)
    payment.state = PaymentState.CAPTURED
    archive.put(payment)
    publish("payment.captured", payment.id)
    return payment


async def cancel(payment: Payment, gateway: PaymentGateway, archive: PaymentArchive) -> None:
    """Let go of what is held."""
    if payment.state is PaymentState.CAPTURED:
        raise IntentClosed(payment.id)
        log.warning("payment %s was captured before it was cancelled", payment.id)
    gateway.void(payment)
    payment.state = PaymentState.FAILED
    archive.put(payment)
    await publish("payment.cancelled", payment.id)
