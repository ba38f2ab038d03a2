"""The prefix cache of the simulated server: which tokens at the start of a prompt it has worked on before.

A prompt is cut into blocks of about 256 tokens. A block is known by its text and everything before it (a chain of hashes), as in
the paged caches of real servers; whole blocks only, least recently used ones are forgotten.
"""

from __future__ import annotations

from collections import OrderedDict

BLOCK_TOKENS = 256


class PrefixCache:
    """Args: bytes_per_token of the server, and the most blocks that are kept."""

    def __init__(self, bytes_per_token: float, capacity: int = 100_000) -> None:
        self._size = max(1, round(BLOCK_TOKENS * bytes_per_token))
        self._capacity = capacity
        self._blocks: OrderedDict[int, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._blocks)

    def add(self, prompt: bytes) -> int:
        """Remembers a prompt, and tells how many tokens at its start were known: a multiple of 256."""
        known, unbroken, chain = 0, True, 0
        for start in range(0, len(prompt) - self._size + 1, self._size):
            chain = hash((chain, prompt[start : start + self._size]))
            if chain in self._blocks:
                self._blocks.move_to_end(chain)
                known += unbroken
            else:
                unbroken = False
                self._blocks[chain] = None
        while len(self._blocks) > self._capacity:
            self._blocks.popitem(last=False)
        return known * BLOCK_TOKENS
