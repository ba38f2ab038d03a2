"""Disputes: a customer tells the bank that a payment was not theirs, and we have two weeks to answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum

from orchard.payments.models import Payment, PaymentState

DEADLINE = timedelta(days=14)


class Reason(Enum):
    NOT_MINE = "not mine"
    NEVER_CAME = "never came"
    SPOILED = "spoiled"


@dataclass(slots=True)
class Dispute:
    """`evidence` are the names of the files that we send to the bank."""

    payment: Payment
    reason: Reason
    opened: date
    evidence: list[str] = field(default_factory=list)

    @property
    def due(self) -> date:
        return self.opened + DEADLINE

    @property
    def ready(self) -> bool:
        """Whether there is enough to win: a signature of the courier, or a photograph of the fruit."""
        wanted = {Reason.NOT_MINE: "signature", Reason.NEVER_CAME: "signature", Reason.SPOILED: "photo"}[self.reason]
        return any(name.startswith(wanted) for name in self.evidence)


def open_dispute(payment: Payment, reason: Reason, today: date) -> Dispute:
    """Only money that was taken can be disputed.

    Raises:
        ValueError: the payment was not captured.
    """
    if payment.state is not PaymentState.CAPTURED:
        raise ValueError(f"{payment.id} is {payment.state.value}, not captured")
    payment.history.append(f"disputed: {reason.value}")
    return Dispute(payment, reason, today)


def urgent(disputes: Iterable[Dispute], today: date, within: timedelta = timedelta(days=3)) -> list[Dispute]:
    """Those that fall due soon and lack evidence, the most urgent first."""
    waiting = [dispute for dispute in disputes if not dispute.ready and dispute.due - today <= within]
    return sorted(waiting, key=lambda dispute: (dispute.due, dispute.payment.id))
