"""Is everything there? Must also work while half of a deployment is old."""

from __future__ import annotations

from orchard.payments import charges

try:
    from orchard.payments.charges import settle
except ImportError:  # since payments v2
    settle = None  # type: ignore[assignment]


def capabilities() -> dict[str, bool]:
    """Which generations of the payment code this process has."""
    return {
        "one_step": getattr(charges, "charge_card", None) is not None,
        "settle": settle is not None,
        "statement": hasattr(charges, "describe"),
    }
