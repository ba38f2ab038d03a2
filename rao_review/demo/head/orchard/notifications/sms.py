"""Short messages, for couriers who are at the door."""

from __future__ import annotations

import logging

from orchard.notifications.channels import Channel, Message

log = logging.getLogger(__name__)
LENGTH = 160


def shorten(text: str) -> str:
    """At most one short message, cut at a word."""
    if len(text) <= LENGTH:
        return text
    return text[: text.rindex(" ", 0, LENGTH)] + "…"


class SmsChannel(Channel):
    def send(self, message: Message) -> None:
        log.info("sms to %s: %s", message.to, shorten(message.body))
