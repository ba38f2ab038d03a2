"""The people who drive."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Courier:
    name: str
    phone: str
    cargo_bike: bool = False


def by_load(couriers: list[Courier], grams: int) -> list[Courier]:
    """Those who can carry `grams`; bikes first."""
    able = [c for c in couriers if not c.cargo_bike or grams <= 60_000]
    return sorted(able, key=lambda c: (not c.cargo_bike, c.name))
