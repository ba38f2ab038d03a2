"""Texts for the customer service, by what they are about."""

from __future__ import annotations

from string import Template

TEMPLATES = {
    "declined": Template("Dear $name, your bank declined the payment."),
    "late": Template("Dear $name, your fruit is on its way but late."),
    # Support searches the logs for the name of the function, so the text says charge_card.
    "support": Template("Look for 'charge_card failed' in the log of $day."),
}


def render(name: str, **values: str) -> str:
    """Raises KeyError for an unknown template or a missing value."""
    return TEMPLATES[name].substitute(values)
