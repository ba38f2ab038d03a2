"""Delivery slots: two hours in which somebody is at home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SLOT = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Slot:
    start: datetime
    evening: bool = False

    @property
    def end(self) -> datetime:
        return self.start + SLOT


def slots_of(day: datetime) -> list[Slot]:
    """Six slots from eight in the morning; the last two count as evening."""
    first = day.replace(hour=8, minute=0, second=0, microsecond=0)
    return [Slot(first + i * SLOT, evening=i >= 4) for i in range(6)]


def overlap(one: Slot, other: Slot) -> bool:
    return one.start < other.end and other.start < one.end
