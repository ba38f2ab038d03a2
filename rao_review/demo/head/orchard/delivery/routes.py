"""Routes: the stops of one van in one slot."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchard.delivery.couriers import Courier
from orchard.delivery.slots import Slot

STOPS_PER_SLOT = 14


@dataclass(slots=True)
class Route:
    slot: Slot
    courier: Courier
    stops: list[str] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.stops) >= STOPS_PER_SLOT


def add_stop(route: Route, postcode: str) -> bool:
    """Whether the stop still fits."""
    if route.full:
        return False
    route.stops.append(postcode)
    return True
