"""The ledger: an append-only list of what moved, from where to where."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from orchard.money import Money


@dataclass(frozen=True, slots=True)
class Entry:
    account: str
    amount: Money
    time: datetime


@dataclass(slots=True)
class Ledger:
    """Entries are never changed; a mistake is corrected by a second entry."""

    entries: list[Entry] = field(default_factory=list)

    def record(self, account: str, amount: Money, time: datetime) -> Entry:
        """Add one entry at the end."""
        entry = Entry(account, amount, time)
        self.entries.append(entry)
        return entry

    def balance(self, account: str) -> Money:
        total = Money(0)
        for entry in self.entries:
            if entry.account == account:
                total = total + entry.amount
        return total


def correct(ledger: Ledger, wrong: Entry, time: datetime) -> Entry:
    """Undo `wrong` with its opposite."""
    return ledger.record(wrong.account, Money(-wrong.amount.cents, wrong.amount.currency), time)
