"""What a delivery costs."""

from __future__ import annotations

from typing import NamedTuple

from orchard.delivery.slots import Slot
from orchard.delivery.weights import round_up
from orchard.delivery.zones import zone_of
from orchard.money import Money

BASE = {"city": 390, "country": 590, "island": 1290}
EVENING = 150


class QuoteParts(NamedTuple):
    """In cents."""

    base: int
    surcharge: int


def standard_surcharge(grams: int) -> int:
    steps = max(0, grams - 5000) // 1000
    cents = steps * 40
    return min(cents, 950)


def island_surcharge(grams: int) -> int:
    steps = max(0, grams - 2000) // 1000
    cents = steps * 90
    return cents + 350


def quote_parts(postcode: str, grams: int) -> QuoteParts:
    """Base price and surcharge."""
    zone = zone_of(postcode)
    billed = round_up(grams)
    surcharge = island_surcharge(billed) if zone == "island" else standard_surcharge(billed)
    return QuoteParts(BASE[zone], surcharge)


def quote_delivery(postcode: str, grams: int, slot: Slot | None) -> Money:
    """The price of one delivery; the evening costs more, no slot (leave it at the door) does not."""
    base, surcharge = quote_parts(postcode, grams)
    evening = EVENING if slot is not None and slot.evening else 0
    return Money(base + surcharge + evening)
