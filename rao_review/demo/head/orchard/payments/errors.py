"""What can go wrong with a payment."""

from __future__ import annotations


class PaymentError(Exception):
    """Base of every error of this package."""


class CardDeclined(PaymentError):
    """The bank said no."""


class IntentClosed(PaymentError):
    """The intent was captured or cancelled before."""


class GatewayUnavailable(PaymentError):
    """Nobody said anything; trying again may help."""


class GatewayTimeout(GatewayUnavailable):
    """Somebody may have heard us: only an idempotent request may be sent again."""


class BadSignature(PaymentError):
    """A webhook that did not come from the provider."""
