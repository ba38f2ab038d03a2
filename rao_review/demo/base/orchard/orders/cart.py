"""The shopping cart, before it becomes an order."""

from __future__ import annotations

from orchard.catalog.models import Product
from orchard.catalog.pricing import price_of
from orchard.money import Money
from orchard.orders.models import Line


class Cart:
    """What a customer has picked so far."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._products: dict[str, Product] = {}

    def add(self, product: Product, count: int = 1) -> None:
        self._products[product.sku] = product
        self._counts[product.sku] = self._counts.get(product.sku, 0) + count

    def lines(self) -> list[Line]:
        return [Line(sku, count, price_of(self._products[sku], count)) for sku, count in self._counts.items()]

    def total(self) -> Money:
        total = Money(0)
        for line in self.lines():
            total = total + line.price
        return total

    @property
    def item_count(self) -> int:
        return sum(self._counts.values())
