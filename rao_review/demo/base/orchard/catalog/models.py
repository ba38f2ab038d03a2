"""A product as the catalogue knows it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    name: str
    price: Decimal
    grams: int
    organic: bool = False


APPLES = Product("apple-5kg", "Crate of apples", Decimal("14.90"), 5000)
PEARS = Product("pear-3kg", "Bag of pears", Decimal("11.50"), 3000, organic=True)
PLUMS = Product("plum-2kg", "Box of plums", Decimal("9.80"), 2000)
CATALOGUE = {product.sku: product for product in (APPLES, PEARS, PLUMS)}
