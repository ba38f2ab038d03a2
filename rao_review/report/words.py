"""Numbers in words."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """`1 file`, `1,012 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
