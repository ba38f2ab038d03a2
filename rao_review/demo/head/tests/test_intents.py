"""Payment intents: hold first, take later."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from orchard.money import Money
from orchard.orders.models import Customer, Order
from orchard.payments import intents
from orchard.payments.archive import PaymentArchive
from orchard.payments.errors import CardDeclined, IntentClosed
from orchard.payments.gateways.invoice import InvoiceGateway
from orchard.payments.models import PaymentState
from orchard.storage import Store

ORDER = Order("o1", Customer("c1", "Anna", "anna@example.org", "20095"))


@pytest.fixture
def archive(tmp_path: Path) -> PaymentArchive:
    store = Store(tmp_path / "orchard.db")
    store.write("CREATE TABLE payments (id, state)")
    return PaymentArchive(store)


def test_create_holds_but_does_not_take() -> None:
    payment = intents.create(ORDER, Money(1000), InvoiceGateway())
    assert payment.state is PaymentState.AUTHORIZED


def test_create_raises_when_declined() -> None:
    with pytest.raises(CardDeclined):
        intents.create(ORDER, Money(90_000), InvoiceGateway())


def test_capture_takes_once(archive: PaymentArchive) -> None:
    payment = intents.create(ORDER, Money(1000), InvoiceGateway())
    asyncio.run(intents.capture(payment, archive))
    assert payment.state is PaymentState.CAPTURED
    with pytest.raises(IntentClosed):
        asyncio.run(intents.capture(payment, archive))


def test_cancel_lets_go(archive: PaymentArchive) -> None:
    gateway = InvoiceGateway()
    payment = intents.create(ORDER, Money(1000), gateway)
    asyncio.run(intents.cancel(payment, gateway, archive))
    assert payment.state is PaymentState.FAILED
    assert gateway.credit_notes == [f"{payment.id}:1000"]
