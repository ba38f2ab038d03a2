"""Webhooks are believed only when their signature is right."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import Any

from orchard.payments.errors import BadSignature


def sign(body: bytes, secret: str) -> str:
    """HMAC-SHA-256 in hex, as the provider computes it."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(body: bytes, signature: str) -> dict[str, Any]:
    """The payload of a webhook that really came from the provider.

    Raises:
        BadSignature: it did not.
    """
    expected = sign(body, os.environ["PAYMENTS_WEBHOOK_SECRET"])
    if not hmac.compare_digest(expected, signature):
        raise BadSignature(signature[:8])
    payload: dict[str, Any] = json.loads(body)
    return payload
