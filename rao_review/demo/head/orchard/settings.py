"""Settings of the shop, read once from the environment when a process starts."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    database: Path
    payments_url: str
    webhook_secret: str
    timeout: float
    retries: int


def load(config: Path = Path("config/default.toml")) -> Settings:
    """Merge the file's defaults with what the environment says.

    Raises:
        KeyError: the webhook secret is not set; there is no default for a secret.
    """
    with config.open("rb") as handle:
        defaults = tomllib.load(handle)
    payments = defaults["payments"]
    return Settings(
        database=Path(os.environ.get("ORCHARD_DATABASE", defaults["database"])),
        payments_url=os.environ.get("PAYMENTS_URL", payments["url"]),
        webhook_secret=os.environ["PAYMENTS_WEBHOOK_SECRET"],
        timeout=_timeout(float(payments["timeout"])),
        retries=int(payments["attempt_limit"]),
    )


def _timeout(default: float) -> float:
    """PAYMENTS_TIMEOUT is the name until 1.9; it is still read, so that servers can be updated one by one."""
    return float(os.environ.get("PAYMENTS_TIMEOUT_SECONDS") or os.environ.get("PAYMENTS_TIMEOUT") or default)
