"""Which postcode lies where."""

from __future__ import annotations

ISLAND_PREFIXES = ("259", "265", "269")
CITY_PREFIXES = ("10", "20", "50", "80")


def zone_of(postcode: str) -> str:
    """'city', 'island' or 'country'."""
    if postcode.startswith(ISLAND_PREFIXES):
        return "island"
    return "city" if postcode.startswith(CITY_PREFIXES) else "country"
