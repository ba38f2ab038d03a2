"""The daily closing."""

from __future__ import annotations

from datetime import datetime

from orchard.money import Money
from orchard.payments.ledger import Ledger


def close_day(ledger: Ledger, takings: Money, now: datetime) -> Money:
    """Book the day's cash takings and return the new balance of the till."""
    ledger.post("till", takings, now)
    return ledger.balance("till")


def difference(ledger: Ledger, counted: Money) -> Money:
    """What is in the drawer, less what should be."""
    return counted - ledger.balance("till")
