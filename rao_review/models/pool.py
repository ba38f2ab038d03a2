"""Which replica answers: one that is up, where the subtree's prompts are already in the cache, else the least loaded.

up ──failure──▶ down for a while ──time──▶ half open: one call tries ──success──▶ up
                    ▲                                     └─failure─▶ down for twice as long
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_FIRST_DOWN, _LONGEST_DOWN = 1.0, 30.0
# A subtree stays at home unless home has this many calls more than the idlest.
_PATIENCE = 4


@dataclass(slots=True)
class _Health:
    failures: int = 0
    until: float = 0.0
    probing: bool = False


class Pool:
    """Replicas by base URL. Times are those of the running event loop."""

    def __init__(self, urls: Sequence[str]) -> None:
        self.urls = tuple(dict.fromkeys(urls))
        self._health = {url: _Health() for url in self.urls}
        self._homes: dict[str, str] = {}

    def pick(self, node: str, loads: Mapping[str, int]) -> str:
        """One of the URLs that `loads` has: those with room, and how many calls each has under way."""
        now = asyncio.get_running_loop().time()
        up = [url for url in loads if self._is_up(url, now)]
        # With all of them down, waiting is the retry's business: the one that was to come back first is tried.
        candidates = up or [min(loads, key=lambda url: self._health[url].until)]
        tree = subtree(node)
        home = self._homes.get(tree)
        idlest = min(loads[url] for url in candidates)
        if home in candidates and loads[home] <= idlest + _PATIENCE:
            chosen = home
        else:
            chosen = min(candidates, key=lambda url: (loads[url], self._settled(url), _place(tree, url)))
            if home is None or not self._is_up(home, now):
                self._homes[tree] = chosen
        if self._health[chosen].failures:
            self._health[chosen].probing = True
        return chosen

    def succeeded(self, url: str) -> None:
        self._health[url] = _Health()

    def failed(self, url: str) -> None:
        """No connection, or it broke."""
        health = self._health[url]
        now = asyncio.get_running_loop().time()
        if now >= health.until or health.probing:  # calls that were under way together fail together, and count once
            health.failures += 1
            health.until = now + min(_FIRST_DOWN * 2.0 ** (health.failures - 1), _LONGEST_DOWN)
        health.probing = False

    def unsure(self, url: str) -> None:
        """A call ended in a way that says nothing about health."""
        self._health[url].probing = False

    def _is_up(self, url: str, now: float) -> bool:
        health = self._health[url]
        return not health.failures or (now >= health.until and not health.probing)

    def _settled(self, url: str) -> int:
        return sum(home == url for home in self._homes.values())


def subtree(node: str) -> str:
    """The first two steps of a node's path: '0.3' for '0.3.1.2'."""
    return ".".join(node.split(".")[:2])


def _place(tree: str, url: str) -> int:
    """Order of replicas for a subtree, the same in every run."""
    return zlib.crc32(f"{tree} {url}".encode())
