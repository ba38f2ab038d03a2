"""What can go wrong with a payment."""

from __future__ import annotations


class PaymentError(Exception):
    """Base of every error of this package."""


class CardDeclined(PaymentError):
    """The bank said no."""


class GatewayUnavailable(PaymentError):
    """Nobody said anything; trying again may help."""
