"""Weekly fruit boxes: charge the subscribers of the day."""

from __future__ import annotations

import logging

from orchard.money import Money
from orchard.orders.models import Order
from orchard.payments.charges import charge_card
from orchard.payments.errors import PaymentError
from orchard.payments.gateways.base import PaymentGateway

log = logging.getLogger(__name__)
BOX_PRICE = Money(2490)


def renew(orders: list[Order], gateway: PaymentGateway) -> list[str]:
    """Charge each box once. Returns the ids of the orders that were not paid."""
    unpaid = []
    for order in orders:
        try:
            charge_card(order, BOX_PRICE, gateway)
        except PaymentError as error:
            log.warning("box %s: %s", order.id, error)
            unpaid.append(order.id)
    return unpaid
