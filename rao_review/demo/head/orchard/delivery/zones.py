"""Which postcode lies where."""

from __future__ import annotations

ISLANDS = {"Hiddensee": "185", "Sylt": "259", "Juist": "265", "Baltrum": "269"}
CITY_PREFIXES = ("10", "20", "50", "80")


def zone_of(postcode: str) -> str:
    """'city', 'island' or 'country'."""
    if postcode.startswith(tuple(ISLANDS.values())):
        return "island"
    return "city" if postcode.startswith(CITY_PREFIXES) else "country"


def __getattr__(name: str) -> tuple[str, ...]:
    """ISLAND_PREFIXES was a constant until 1.9; the partners' scripts still import it."""
    if name == "ISLAND_PREFIXES":
        return tuple(ISLANDS.values())
    raise AttributeError(name)
