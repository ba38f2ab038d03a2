"""Which model is asked, where and how: everything an endpoint must be told. The caller fills it from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rao_review.models.budget import Prices

Protocol = Literal["auto", "tools", "json"]


@dataclass(frozen=True, slots=True)
class Profile:
    """A model and its endpoints.

    model        the name that goes into every request.
    base_urls    replicas of one model: `https://host/v1`, without `/chat/completions`.
    key          sent as a bearer token, never shown; '' for servers that want none.
    window       tokens of prompt and answer together; None: ask the server, then the table (`windows.py`).
    output       the most tokens of one answer; None: likewise.
    concurrency  requests under way at once, over all replicas.
    protocol     native tool calls, plain JSON text, or whichever works.
    prices       None when the bill is not wanted in money.
    timeout      seconds of one whole exchange.
    inactivity   seconds between two pieces of an answer.
    temperature  None: not sent.
    headers      sent with every request, and like the key never shown.
    """

    model: str
    base_urls: tuple[str, ...]
    key: str = field(default="", repr=False)
    window: int | None = None
    output: int | None = None
    concurrency: int = 8
    protocol: Protocol = "auto"
    prices: Prices | None = None
    timeout: float = 300.0
    inactivity: float = 60.0
    temperature: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
