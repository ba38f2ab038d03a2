"""From a product to what the customer pays."""

from __future__ import annotations

from decimal import Decimal

from orchard.catalog.models import Product
from orchard.money import Money, to_cents

ORGANIC_MARKUP = Decimal("1.10")


def price_of(product: Product, count: int = 1) -> Money:
    """The shelf price of `count` pieces."""
    factor = ORGANIC_MARKUP if product.organic else Decimal(1)
    return Money(to_cents(product.price * factor)).times(count)


def crate_price(product: Product, crates: int) -> Money:
    """Crates of ten; the tenth is free."""
    return price_of(product, crates * 9)
