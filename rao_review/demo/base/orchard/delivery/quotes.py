"""What a delivery costs."""

from __future__ import annotations

from orchard.delivery.weights import round_up
from orchard.delivery.zones import zone_of
from orchard.money import Money

BASE = {"city": 390, "country": 590, "island": 1290}


def standard_surcharge(grams: int) -> int:
    steps = max(0, grams - 5000) // 1000
    cents = steps * 40
    return min(cents, 800)


def island_surcharge(grams: int) -> int:
    steps = max(0, grams - 2000) // 1000
    cents = steps * 90
    return cents + 350


def quote_parts(postcode: str, grams: int) -> tuple[int, int]:
    """Base price and surcharge, in cents."""
    zone = zone_of(postcode)
    billed = round_up(grams)
    surcharge = island_surcharge(billed) if zone == "island" else standard_surcharge(billed)
    return BASE[zone], surcharge


def quote_delivery(postcode: str, grams: int) -> Money:
    """The price of one delivery."""
    base, surcharge = quote_parts(postcode, grams)
    return Money(base + surcharge)
