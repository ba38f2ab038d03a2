"""Charging in one step."""

from __future__ import annotations

import pytest
from orchard.money import Money
from orchard.orders.models import Customer, Order
from orchard.payments.charges import charge_card
from orchard.payments.errors import CardDeclined
from orchard.payments.gateways.invoice import InvoiceGateway
from orchard.payments.models import PaymentState

ANNA = Customer("c1", "Anna", "anna@example.org", "20095")


def test_charge_card_settles_at_once() -> None:
    payment = charge_card(Order("o1", ANNA), Money(1000), InvoiceGateway())
    assert payment.state is PaymentState.SETTLED


def test_charge_card_raises_when_declined() -> None:
    with pytest.raises(CardDeclined):
        charge_card(Order("o1", ANNA), Money(90_000), InvoiceGateway())
