"""Try again what failed because somebody was down."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from orchard.payments.errors import GatewayUnavailable


def attempts(config: Path = Path("config/default.toml")) -> int:
    """How often to try, the first time included."""
    with config.open("rb") as handle:
        payments = tomllib.load(handle)["payments"]
    return int(payments["max_attempts"])


def with_retries(action: Callable[[], None], limit: int, pause: float = 0.4) -> bool:
    """Whether `action` got through in the end."""
    for attempt in range(limit):
        try:
            action()
        except GatewayUnavailable:
            time.sleep(pause * 2**attempt)
        else:
            return True
    return False
