"""What a mind talks to, and the layers behind it.

every attempt:   budget.reserve → a slot of the limiter, at the replica that the pool picks → endpoint.complete → budget.settle
around them:     the retry, which makes attempts until one is answered
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from rao_review.errors import BudgetError, ModelError, TransientError
from rao_review.models.budget import Budget, Reservation
from rao_review.models.connection import Connection
from rao_review.models.describe import Description, describe
from rao_review.models.endpoint import Endpoint
from rao_review.models.limiter import Limiter, Slot
from rao_review.models.pool import Pool
from rao_review.models.profile import Profile
from rao_review.models.retry import Retry
from rao_review.models.tokens import Calibration, Counter
from rao_review.models.wire import Reply, Request

Measure = Callable[[Request, Reply | None], int]


class Model(Protocol):
    """Answers requests. `node` is the place in the tree that asks: '0.2.1'."""

    name: str

    async def complete(self, request: Request, node: str) -> Reply:
        """Raises ModelError."""
        ...


class Stack:
    """A model behind all its layers; `connect` puts it together."""

    def __init__(self, profile: Profile, budget: Budget, retry: Retry, counter: Counter) -> None:
        self.name = profile.model
        self.budget = budget
        self._retry = retry
        self._counter = counter
        self._profile = profile
        self._calibration = Calibration()
        self._connection = Connection(profile)
        self._pool = Pool(profile.base_urls)
        self._limiter = Limiter(profile.concurrency, self._pool.urls, self._pool.pick)
        self._endpoints = {url: Endpoint(url, profile, self._connection, self._measure) for url in self._pool.urls}

    async def complete(self, request: Request, node: str) -> Reply:
        """Raises UnavailableError, RejectedError and its kinds, BudgetError; never TransientError."""
        return await self._retry.run(node, lambda: self._attempt(request, node), lambda: self.budget.time_left)

    async def describe(self) -> Description:
        """What the first replica that lists its models says of this one; when none does, how the first one failed."""
        silent: Description | None = None
        for url in self._pool.urls:
            found = await describe(self._connection, url, self.name)
            if not found.failure:
                return found
            silent = silent if silent is not None and (silent.denied or not found.denied) else found
        return silent or Description()

    async def close(self) -> None:
        await self._connection.close()

    async def __aenter__(self) -> Stack:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _attempt(self, request: Request, node: str) -> Reply:
        measured = self._measure(request, None)
        reservation = await self.budget.acquire(round(measured * self._calibration.ratio), request.max_output)
        left = self.budget.time_left
        try:
            async with asyncio.timeout(left if left < float("inf") else None):
                return await self._call(request, node, measured, reservation)
        except TimeoutError:
            raise BudgetError(f"the deadline of {self.budget.limits.deadline:g} s has passed", "deadline") from None

    async def _call(self, request: Request, node: str, measured: int, reservation: Reservation) -> Reply:
        """One exchange, and its entry in the books, however it ends."""
        book: Callable[[Reservation], None] = self.budget.cancel
        try:
            async with self._limiter.slot(node, reservation.tokens) as slot:
                book = self.budget.charge
                try:
                    reply = await self._endpoints[slot.url].complete(request, slot.heard)
                except ModelError as error:
                    book = (
                        self.budget.charge if isinstance(error, TransientError) and error.sent else self.budget.release
                    )
                    self._failed(slot, error)
                    raise
                except asyncio.CancelledError:
                    self._pool.unsure(slot.url)
                    raise
                slot.succeeded()
                self._pool.succeeded(slot.url)
        except BaseException:
            book(reservation)
            raise
        self.budget.settle(reservation, reply.usage)
        if not reply.usage.estimated:
            self._calibration = self._calibration.learned(measured, reply.usage.prompt)
        return reply

    def _failed(self, slot: Slot, error: ModelError) -> None:
        kind = error.kind if isinstance(error, TransientError) else ""
        if kind == "connection":
            self._pool.failed(slot.url)
        elif kind in ("time-out", "truncated"):
            self._pool.unsure(slot.url)
        else:
            self._pool.succeeded(slot.url)
        if isinstance(error, TransientError) and (kind == "rate limit" or error.retry_after is not None):
            slot.limited(error.retry_after)

    def _measure(self, request: Request, reply: Reply | None) -> int:
        """Estimated tokens of a prompt, or of the answer to it."""
        return self._counter.request(request) if reply is None else self._counter.reply(reply)


def connect(
    profile: Profile, budget: Budget | None = None, retry: Retry | None = None, counter: Counter | None = None
) -> Stack:
    """A model at its endpoints. Nothing is sent, and the SDK not imported, before the first call.

    budget  one for the whole tree; None: no limits.
    retry   None: six attempts, see `Retry`.
    """
    return Stack(profile, budget or Budget(prices=profile.prices), retry or Retry(), counter or Counter())
