"""Send stored webhooks again, after a bad night."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path


def sign(body: bytes) -> str:
    """The signature that the provider would have sent."""
    key = os.environ["PAYMENTS_WEBHOOK_KEY"]
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def stored(folder: Path) -> list[tuple[bytes, str]]:
    """Every stored body with a fresh signature, oldest first."""
    bodies = [path.read_bytes() for path in sorted(folder.glob("*.json"))]
    return [(body, sign(body)) for body in bodies]
