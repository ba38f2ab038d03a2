"""Payments: taking money, giving it back, and writing both down."""

from orchard.payments.fees import split_fee
from orchard.payments.models import Payment, PaymentState
from orchard.payments.splitting import split_amount

__all__ = ["Payment", "PaymentState", "split_amount", "split_fee"]
