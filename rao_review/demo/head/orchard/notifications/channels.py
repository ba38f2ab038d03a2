"""Channels: how a message reaches somebody."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    to: str
    subject: str
    body: str


class Channel(ABC):
    @abstractmethod
    def send(self, message: Message, locale: str) -> None:
        """Send now, in the customer's language; an error means that it was not sent."""


class EmailChannel(Channel):
    def send(self, message: Message, locale: str) -> None:
        log.info("mail to %s (%s): %s", message.to, locale, message.subject)


def broadcast(channels: list[Channel], message: Message, locale: str = "en") -> int:
    """Send over every channel. Returns how many there were."""
    for channel in channels:
        channel.send(message, locale)
    return len(channels)
