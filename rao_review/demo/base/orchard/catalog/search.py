"""A plain word search over the catalogue."""

from __future__ import annotations

from orchard.catalog.models import CATALOGUE, Product


def search(text: str, organic: bool = False) -> list[Product]:
    """Products whose name has every word of `text`, best match first."""
    words = text.lower().split()
    found = [p for p in CATALOGUE.values() if all(word in p.name.lower() for word in words) and (p.organic or not organic)]
    return sorted(found, key=lambda p: (len(p.name), p.name))


def suggest(prefix: str, limit: int = 5) -> list[str]:
    """Names that start with `prefix`, for the search box."""
    names = sorted(p.name for p in CATALOGUE.values() if p.name.lower().startswith(prefix.lower()))
    return names[:limit]
