"""One limiter for the whole tree: who may call now, and where.

First come, first served; nothing waits while some replica has room for the first in line. A replica has room when fewer calls are
under way than its own bound (which falls by half when it says 429 and grows by one after as many successes), its pause is over, and
the requests and tokens a minute that its headers told of are not used up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rao_review.models.rates import Rate, Rates

Pick = Callable[[str, Mapping[str, int]], str]
"""Of a node, and of the calls under way at each replica with room: which replica."""

_MINUTE = 60.0


@dataclass(slots=True)
class Bucket:
    """What is left of a rate. Before a server says anything there is no end of it."""

    limit: float = float("inf")
    level: float = float("inf")
    refill: float = 0.0
    """Units a second."""
    at: float = 0.0

    def learn(self, rate: Rate, pending: float, now: float) -> None:
        """From a response's headers; `pending` was sent and not answered, so perhaps not yet taken off."""
        if rate.remaining is None:
            return
        self.limit = max(rate.limit or self.limit, rate.remaining)
        if self.limit == float("inf"):
            self.limit = max(rate.remaining, 1.0)
        used = self.limit - rate.remaining
        self.refill = used / rate.reset if rate.reset and used > 0 else self.limit / _MINUTE
        self.level, self.at = rate.remaining - pending, now

    def take(self, amount: float, now: float) -> None:
        self.level, self.at = self._now(now) - amount, now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until so much is there; what is larger than the whole bucket needs it full."""
        missing = min(amount, self.limit) - self._now(now)
        return 0.0 if missing <= 1e-9 else missing / self.refill

    def _now(self, now: float) -> float:
        return min(self.limit, self.level + (now - self.at) * self.refill) if self.refill else self.level


@dataclass(slots=True)
class _Lane:
    """A replica's side."""

    bound: int
    under_way: int = 0
    until: float = 0.0
    """End of its pause."""
    cut: int = 0
    """Number of the newest slot when the bound last fell: older ones say nothing new."""
    run: int = 0
    requests: Bucket = field(default_factory=Bucket)
    tokens: Bucket = field(default_factory=Bucket)

    def wait(self, tokens: float, now: float) -> float:
        return max(self.until - now, self.requests.wait(1.0, now), self.tokens.wait(tokens, now), 0.0)


@dataclass(slots=True)
class Slot:
    """Leave to make one call, at `url`. Tell it how the call went."""

    url: str
    number: int
    tokens: float
    _limiter: Limiter
    unheard: bool = True

    def heard(self, rates: Rates) -> None:
        """What the response's headers say."""
        self._limiter.learn(self, rates)

    def succeeded(self) -> None:
        self._limiter.grow(self)

    def limited(self, retry_after: float | None) -> None:
        """The replica said 429: it rests as long as it asked, or has fewer calls at once from now on."""
        self._limiter.shrink(self, retry_after)


@dataclass(slots=True, eq=False)
class _Waiter:
    node: str
    tokens: float
    granted: asyncio.Future[Slot]


class Limiter:
    """Not for threads: all calls come from one event loop, whose clock it uses.

    Args:
        concurrency: calls under way at once, over all replicas.
        urls: the replicas.
        pick: chooses among those with room.
    """

    def __init__(self, concurrency: int, urls: tuple[str, ...], pick: Pick) -> None:
        self._concurrency = max(concurrency, 1)
        self._pick = pick
        self._lanes = {url: _Lane(self._concurrency) for url in urls}
        self._line: deque[_Waiter] = deque()
        self._slots: dict[int, Slot] = {}
        self._numbers = 0
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def under_way(self) -> int:
        return len(self._slots)

    def bound(self, url: str) -> int:
        """How many calls a replica may have at once."""
        return self._lanes[url].bound

    @asynccontextmanager
    async def slot(self, node: str, tokens: int) -> AsyncIterator[Slot]:
        """Waits for leave to make a call of about so many tokens, and gives it back after."""
        waiter = _Waiter(node, float(tokens), asyncio.get_running_loop().create_future())
        self._line.append(waiter)
        self._serve()
        try:
            slot = await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled():
                self._leave(waiter.granted.result())  # granted and cancelled in the same step
            else:
                if waiter in self._line:
                    self._line.remove(waiter)
                self._serve()
            raise
        try:
            yield slot
        finally:
            self._leave(slot)

    def learn(self, slot: Slot, rates: Rates) -> None:
        slot.unheard = False
        if rates.said:
            now = asyncio.get_running_loop().time()
            lane = self._lanes[slot.url]
            pending = [s for s in self._slots.values() if s.unheard and s.url == slot.url]
            lane.requests.learn(rates.requests, len(pending), now)
            lane.tokens.learn(rates.tokens, sum(s.tokens for s in pending), now)
            self._serve()

    def grow(self, slot: Slot) -> None:
        lane = self._lanes[slot.url]
        lane.run += 1
        if lane.run >= lane.bound and lane.bound < self._concurrency:
            lane.bound, lane.run = lane.bound + 1, 0
            self._serve()

    def shrink(self, slot: Slot, retry_after: float | None) -> None:
        lane = self._lanes[slot.url]
        lane.run = 0
        if retry_after is not None:
            lane.until = max(lane.until, asyncio.get_running_loop().time() + retry_after)
        elif slot.number > lane.cut:
            lane.bound, lane.cut = max(min(lane.bound, lane.under_way) // 2, 1), self._numbers

    def _leave(self, slot: Slot) -> None:
        del self._slots[slot.number]
        self._lanes[slot.url].under_way -= 1
        self._serve()

    def _serve(self) -> None:
        """Lets in whoever is first, as long as there is room."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        loop = asyncio.get_running_loop()
        while self._line and len(self._slots) < self._concurrency:
            first = self._line[0]
            if first.granted.cancelled():
                self._line.popleft()
                continue
            now = loop.time()
            free = {url: lane for url, lane in self._lanes.items() if lane.under_way < lane.bound}
            waits = {url: lane.wait(first.tokens, now) for url, lane in free.items()}
            ready = {url: free[url].under_way for url, wait in waits.items() if wait <= 0}
            if not ready:
                if waits:
                    self._alarm = loop.call_later(min(waits.values()), self._serve)
                return
            self._line.popleft()
            self._admit(first, self._pick(first.node, ready), now)

    def _admit(self, waiter: _Waiter, url: str, now: float) -> None:
        lane = self._lanes[url]
        lane.under_way += 1
        lane.requests.take(1.0, now)
        lane.tokens.take(waiter.tokens, now)
        self._numbers += 1
        slot = Slot(url, self._numbers, waiter.tokens, self)
        self._slots[slot.number] = slot
        waiter.granted.set_result(slot)
