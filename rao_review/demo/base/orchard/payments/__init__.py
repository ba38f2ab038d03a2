"""Payments: taking money, giving it back, and writing both down."""

from orchard.payments.fees import split_amount, split_fee
from orchard.payments.models import Payment, PaymentState

__all__ = ["Payment", "PaymentState", "split_amount", "split_fee"]
