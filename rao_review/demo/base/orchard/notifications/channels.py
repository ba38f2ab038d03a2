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
    def send(self, message: Message) -> None:
        """Send now; an error means that it was not sent."""


class EmailChannel(Channel):
    def send(self, message: Message) -> None:
        log.info("mail to %s: %s", message.to, message.subject)


def broadcast(channels: list[Channel], message: Message) -> int:
    """Send over every channel. Returns how many there were."""
    for channel in channels:
        channel.send(message)
    return len(channels)
