"""What every way to pay can do."""

from __future__ import annotations

from abc import ABC, abstractmethod

from orchard.money import Money
from orchard.payments.models import Payment


class PaymentGateway(ABC):
    """Talks to whoever moves the money. Implementations hold no state of a payment."""

    name: str

    @abstractmethod
    def authorize(self, payment: Payment) -> bool:
        """Ask whether the money is there."""

    @abstractmethod
    def refund(self, payment: Payment, amount: Money) -> None:
        """Give `amount` back."""
