"""Exchange rates of the day."""

from __future__ import annotations

import asyncio
import json
import urllib.request

from orchard.payments.errors import GatewayTimeout, GatewayUnavailable

RATES_URL = "https://rates.orchard.example/daily"


def parse_rates(body: bytes) -> dict[str, float]:
    """Currency to rate; a currency without a quote is left out."""
    rates = {}
    for currency, value in json.loads(body)["quotes"].items():
        rate = float("nan" if value is None else value)
        if rate != rate:  # only NaN differs from itself
            continue
        rates[currency] = rate
    return rates


def _download(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return bytes(reply.read())
    except TimeoutError as error:
        raise GatewayTimeout(url) from error
    except OSError as error:
        raise GatewayUnavailable(url) from error


async def fetch_rates(base: str) -> dict[str, float]:
    """All rates against `base`, without blocking the loop."""
    return parse_rates(await asyncio.to_thread(_download, f"{RATES_URL}?base={base}"))


def refresh(cache: dict[str, float], base: str = "EUR") -> int:
    """Bring `cache` up to date. Returns how many rates are new."""
    known = len(cache)
    cache.update(asyncio.run(fetch_rates(base)))
    return len(cache) - known
