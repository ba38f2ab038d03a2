"""Bundles: several products at one price, delivery included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchard.catalog.models import Product
from orchard.catalog.pricing import price_of
from orchard.delivery.quotes import quote_delivery
from orchard.money import Money


@dataclass(frozen=True, slots=True)
class Bundle:
    name: str
    products: Sequence[Product]

    @property
    def grams(self) -> int:
        return sum(product.grams for product in self.products)


def bundle_price(bundle: Bundle, postcode: str) -> Money:
    """All products and their delivery to `postcode`, in one figure."""
    total = Money(0)
    for product in bundle.products:
        total = total + price_of(product)
    return total + quote_delivery(postcode, bundle.grams)
