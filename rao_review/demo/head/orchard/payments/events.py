"""Events of payments, for whoever wants to know."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

Handler = Callable[[str], Awaitable[None]]

log = logging.getLogger(__name__)
_handlers: dict[str, list[Handler]] = {}


def subscribe(topic: str, handler: Handler) -> None:
    """Call `handler` with the payment's id whenever `topic` is published."""
    _handlers.setdefault(topic, []).append(handler)


def topics(prefix: str = "", found: list[str] = []) -> list[str]:
    """The topics somebody listens to."""
    for topic in _handlers:
        if topic.startswith(prefix):
            found.append(topic)
    return sorted(found)


async def publish(topic: str, payment_id: str, tags: tuple[str, ...] = ()) -> int:
    """Call every handler, side by side. Returns how many there were; one that fails does not stop the others."""
    handlers = _handlers.get(topic, [])
    results = await asyncio.gather(*(handler(payment_id) for handler in handlers), return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            log.error("%s %s %s: %s", topic, payment_id, ",".join(tags), result)
    return len(handlers)
