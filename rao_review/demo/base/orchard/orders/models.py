"""An order and who placed it."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchard.money import Money


@dataclass(frozen=True, slots=True)
class Customer:
    id: str
    name: str
    email: str
    postcode: str
    locale: str = "en"


@dataclass(slots=True)
class Line:
    sku: str
    count: int
    price: Money


@dataclass(slots=True)
class Order:
    id: str
    customer: Customer
    lines: list[Line] = field(default_factory=list)
    paid: bool = False
    note: str = ""
