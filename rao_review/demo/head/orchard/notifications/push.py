"""Push messages to the app."""

from __future__ import annotations

import logging

from orchard.notifications.channels import Channel, Message

log = logging.getLogger(__name__)


class PushChannel(Channel):
    """Messages over 4 kB are refused by the phone makers."""

    def __init__(self, topic: str) -> None:
        self.topic = topic

    def send(self, message: Message, locale: str, urgent: bool = False) -> None:
        if len(message.body.encode()) > 4096:
            raise ValueError("a push message has at most 4096 bytes")
        log.info("push on %s.%s%s: %s", self.topic, locale, "!" if urgent else "", message.subject)
