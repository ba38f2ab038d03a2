"""One budget for the whole tree: what a call may cost is set aside before it is made, and replaced by what it did cost.

Law: spent + reserved stays within every limit, as long as no call costs more than was set aside for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from rao_review.errors import BudgetError
from rao_review.models.wire import TokenUsage

_MILLION = 1_000_000
_LONGEST_WAIT = 3_600.0


@dataclass(frozen=True, slots=True)
class Prices:
    """Money for a million tokens, in any one currency. There is no built-in table: prices change, and a wrong bill is worse than none.

    cached  of prompt tokens that the server had in its cache; None: as any other.
    """

    prompt: float
    completion: float
    cached: float | None = None

    def cost(self, usage: TokenUsage) -> float:
        cached = self.prompt if self.cached is None else self.cached
        fresh = usage.prompt - usage.cached
        return (fresh * self.prompt + usage.cached * cached + usage.completion * self.completion) / _MILLION

    def most(self, prompt: int, completion: int) -> float:
        """The cost of so many tokens when the cache is of no help."""
        dearest = max(self.prompt, self.cached or 0.0)
        return (prompt * dearest + completion * self.completion) / _MILLION


@dataclass(frozen=True, slots=True)
class Reservation:
    """Set aside for one attempt. It ends by exactly one of `settle`, `charge`, `release` and `cancel`."""

    number: int
    prompt: int
    output: int
    cost: float

    @property
    def tokens(self) -> int:
        return self.prompt + self.output


@dataclass(frozen=True, slots=True)
class Limits:
    """What there is; None: no limit. `deadline` is in seconds from the start of the run."""

    max_tokens: int | None = None
    max_calls: int | None = None
    max_cost: float | None = None
    deadline: float | None = None


class Budget:
    """The books. Not for threads: all calls come from one event loop.

    Args:
        limits: what there is.
        prices: needed for a limit on cost, and for `spent_cost`.
        clock: seconds, monotonic.
    """

    def __init__(
        self, limits: Limits | None = None, prices: Prices | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits or Limits()
        self.prices = prices
        self.spent_tokens = 0
        self.spent_calls = 0
        self.spent_cost = 0.0
        self._clock = clock
        self._start = clock()
        self._numbers = 0
        self._open: dict[int, Reservation] = {}
        self._changed = asyncio.Event()

    def reserve(self, prompt: int, output: int) -> Reservation:
        """Sets one call aside. Raises BudgetError that names the limit it would break."""
        cost = self.prices.most(prompt, output) if self.prices else 0.0
        self._numbers += 1
        wanted = Reservation(self._numbers, prompt, output, cost)
        self._check(wanted)
        self._open[wanted.number] = wanted
        return wanted

    async def acquire(self, prompt: int, output: int) -> Reservation:
        """`reserve`, but where calls under way may cost less than was set aside for them, waits until they have ended."""
        while True:
            try:
                return self.reserve(prompt, output)
            except BudgetError:
                if not self._open or not self._fits_without_others(prompt, output):
                    raise
                changed = self._changed
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), min(self.time_left, _LONGEST_WAIT))

    def _fits_without_others(self, prompt: int, output: int) -> bool:
        """Whether one more call would fit if those under way cost nothing. They do count as calls."""
        limits, cost = self.limits, self.prices.most(prompt, output) if self.prices else 0.0
        return (
            self.time_left > 0
            and (limits.max_calls is None or self.spent_calls + self.reserved_calls < limits.max_calls)
            and (limits.max_tokens is None or self.spent_tokens + prompt + output <= limits.max_tokens)
            and (limits.max_cost is None or self.spent_cost + cost <= limits.max_cost)
        )

    def settle(self, reservation: Reservation, usage: TokenUsage) -> None:
        """The call was answered."""
        self._spend(reservation, usage.prompt + usage.completion, self.prices.cost(usage) if self.prices else 0.0)

    def charge(self, reservation: Reservation) -> None:
        """The prompt was sent and its usage never told: all that was set aside counts as spent, for it may have been."""
        self._spend(reservation, reservation.tokens, reservation.cost)

    def count_past(self, usage: TokenUsage) -> None:
        """A call that an earlier run has paid for, and this one goes on with."""
        self.spent_calls += 1
        self.spent_tokens += usage.prompt + usage.completion
        self.spent_cost += self.prices.cost(usage) if self.prices else 0.0

    def release(self, reservation: Reservation) -> None:
        """The call was made and nothing reached the model: it counts as a call."""
        self._spend(reservation, 0, 0.0)

    def cancel(self, reservation: Reservation) -> None:
        """The call was never made."""
        del self._open[reservation.number]
        self._tell()

    @property
    def reserved_tokens(self) -> int:
        return sum(r.tokens for r in self._open.values())

    @property
    def reserved_calls(self) -> int:
        return len(self._open)

    @property
    def reserved_cost(self) -> float:
        return sum(r.cost for r in self._open.values())

    @property
    def time_left(self) -> float:
        """Seconds before the deadline, 0 after it, infinite without one."""
        if self.limits.deadline is None:
            return float("inf")
        return max(self.limits.deadline - (self._clock() - self._start), 0.0)

    @property
    def share(self) -> float:
        """What is left of the scarcest limit, 1 to 0. What is under way counts as left."""
        pairs = (
            (self.limits.max_tokens, self.spent_tokens),
            (self.limits.max_calls, self.spent_calls),
            (self.limits.max_cost, self.spent_cost),
            (self.limits.deadline, self._clock() - self._start),
        )
        shares = [1 - spent / limit if limit > 0 else 0.0 for limit, spent in pairs if limit is not None]
        return max(min(shares, default=1.0), 0.0)

    def _spend(self, reservation: Reservation, tokens: int, cost: float) -> None:
        del self._open[reservation.number]
        self.spent_calls += 1
        self.spent_tokens += tokens
        self.spent_cost += cost
        self._tell()

    def _tell(self) -> None:
        """Wakes those who wait for what others leave over."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _check(self, wanted: Reservation) -> None:
        limits = self.limits
        if self.time_left <= 0:
            raise BudgetError(f"the deadline of {limits.deadline:g} s has passed", "deadline")
        calls = self.spent_calls + self.reserved_calls
        if limits.max_calls is not None and calls + 1 > limits.max_calls:
            raise BudgetError(f"all {limits.max_calls} calls are used up; raise --max-calls", "max-calls")
        tokens = self.spent_tokens + self.reserved_tokens
        if limits.max_tokens is not None and tokens + wanted.tokens > limits.max_tokens:
            left = max(limits.max_tokens - tokens, 0)
            raise BudgetError(
                f"{left:,} of {limits.max_tokens:,} tokens are left, and the next call may need {wanted.tokens:,}; "
                "raise --max-tokens",
                "max-tokens",
            )
        cost = self.spent_cost + self.reserved_cost
        if limits.max_cost is not None and cost + wanted.cost > limits.max_cost:
            left_over = max(limits.max_cost - cost, 0.0)
            raise BudgetError(
                f"{left_over:.4f} of {limits.max_cost:g} are left, and the next call may cost {wanted.cost:.4f}; "
                "raise --max-cost",
                "max-cost",
            )
