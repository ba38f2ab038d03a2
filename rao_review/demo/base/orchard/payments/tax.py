"""Value added tax by country."""

from __future__ import annotations

from decimal import Decimal

from orchard.money import Money, to_cents

VAT = {"DE": Decimal("0.07"), "AT": Decimal("0.10"), "FR": Decimal("0.055"), "IT": Decimal("0.04")}
STANDARD = Decimal("0.20")


def vat_rate(country: str) -> Decimal:
    """The reduced rate for food; the standard one where we know no better."""
    return VAT.get(country, STANDARD)


def vat_share(gross: Money, country: str) -> Money:
    """The tax inside a gross amount."""
    rate = vat_rate(country)
    return Money(to_cents(Decimal(gross.cents) / 100 * rate / (1 + rate)), gross.currency)
