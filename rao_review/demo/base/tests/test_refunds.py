"""Giving money back."""

from __future__ import annotations

import pytest
from orchard.money import Money
from orchard.payments.errors import PaymentError
from orchard.payments.gateways.invoice import InvoiceGateway
from orchard.payments.models import Payment, PaymentState
from orchard.payments.refunds import RefundService


def paid(cents: int) -> Payment:
    return Payment("p1", "o1", Money(cents), "invoice", PaymentState.SETTLED)


def test_a_full_refund_closes_the_payment() -> None:
    service = RefundService(InvoiceGateway())
    payment = paid(500)
    service.refund(payment)
    assert payment.state is PaymentState.REFUNDED


def test_never_more_than_was_paid() -> None:
    service = RefundService(InvoiceGateway())
    with pytest.raises(PaymentError):
        service.refund_partial(paid(500), Money(501))
