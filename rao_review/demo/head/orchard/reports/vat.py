"""The quarterly VAT return."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from orchard.money import Money
from orchard.payments.tax import vat_share


def vat_by_country(sales: Iterable[tuple[str, Money]]) -> dict[str, Money]:
    """Sum the tax inside each sale, by the country it went to."""
    totals: dict[str, Money] = defaultdict(lambda: Money(0))
    for country, gross in sales:
        totals[country] = totals[country] + vat_share(gross, country)
    return dict(totals)


def payable(totals: dict[str, Money]) -> Money:
    return sum(totals.values(), Money(0))
