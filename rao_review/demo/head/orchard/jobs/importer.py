"""Import the payments of the market stalls, from the CSV of their card terminals."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from orchard.money import Money, to_cents
from orchard.payments.models import Payment


def read_terminal(path: Path) -> Iterator[Payment]:
    """One payment per row: id, stall, amount.

    Raises:
        KeyError: a column is missing.
    """
    with path.open(newline="") as handle:
        for row in csv.DictReader(handle):
            amount = Money(to_cents(Decimal(row["amount"])))
            yield Payment(row["id"], row["stall"], amount, "terminal")
