"""An event loop whose time passes only when nothing else is to be done: hours of waiting take milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):  # type: ignore[valid-type, misc]
    """Does not wait for a time-out, but says that it is over."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout:
            self.now += timeout
        return super().select(0 if timeout is not None else None)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


def passing(main: Coroutine[Any, Any, T]) -> T:
    """Runs it in virtual time. Without sockets only."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)
