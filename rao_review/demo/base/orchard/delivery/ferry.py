"""Ferries: an island delivery has to catch one."""

from __future__ import annotations

from datetime import time

from orchard.delivery.quotes import quote_parts
from orchard.delivery.zones import ISLAND_PREFIXES

DEPARTURES = (time(6, 30), time(11, 15), time(17, 45))


def needs_ferry(postcode: str) -> bool:
    return postcode.startswith(ISLAND_PREFIXES)


def ferry_share(postcode: str, grams: int) -> float:
    """Which part of a quote the ferry company gets."""
    base, surcharge = quote_parts(postcode, grams)
    return surcharge / (base + surcharge)


def next_ferry(now: time) -> time | None:
    """The next departure today, if there is one."""
    return next((departure for departure in DEPARTURES if departure > now), None)
