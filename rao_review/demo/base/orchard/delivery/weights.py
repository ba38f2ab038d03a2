"""Weights as the carriers bill them."""

from __future__ import annotations


def round_up(grams: int, step: int = 500) -> int:
    """The next billed weight."""
    return -(-grams // step) * step


def parcels(grams: int, heaviest: int = 20_000) -> list[int]:
    """Split a load into parcels that one person can carry."""
    full, rest = divmod(round_up(grams), heaviest)
    return [heaviest] * full + ([rest] if rest else [])
