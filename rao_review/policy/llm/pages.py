"""A node's own hunks on their way into prompts: all at once where they fit, else page by page. Nothing is left out on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rao_review.agent.protocol import Query, ReadHunks, Reading


@dataclass(frozen=True, slots=True)
class Portion:
    """What is shown of a node's hunks in one prompt. `hunks` are those with any text in `text`; `more` pages follow it."""

    text: str
    hunks: tuple[str, ...]
    page: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    hunks: tuple[str, ...]
    tokens: int


class Pages:
    """Gathers readings of hunks into portions.

    Args:
        hunks: what is to be read, in order.
        count: tokens of a text.
    """

    def __init__(self, hunks: Sequence[str], count: Callable[[str], int]) -> None:
        self._rest: Query | None = ReadHunks(tuple(hunks))
        self._count = count
        self._waiting: deque[_Piece] = deque()
        self._current: list[_Piece] = []
        self._page = 0
        self._room = 0

    @property
    def more(self) -> bool:
        """Whether anything is yet to be shown."""
        return self._rest is not None or bool(self._waiting)

    def next_look(self, room: int) -> Query | None:
        """What to read before a portion of `room` tokens can be made; None when enough is at hand."""
        waiting = sum(p.tokens for p in self._waiting)
        widest = max((p.tokens for p in self._waiting), default=0)
        return self._rest if waiting == 0 or waiting + widest <= room else None

    def take(self, reading: Reading) -> None:
        """Text that was read: it waits to be shown."""
        hunks = tuple(dict.fromkeys(p.hunk for p in reading.parts))
        self._waiting.append(_Piece(reading.text, hunks, self._count(reading.text)))
        self._rest = reading.rest

    def portion(self, room: int) -> Portion:
        """The next page: as much of what waits as fits in `room` tokens, at least one piece."""
        self._page += 1
        self._current = [self._waiting.popleft()]
        while self._waiting and sum(p.tokens for p in self._current) + self._waiting[0].tokens <= room:
            self._current.append(self._waiting.popleft())
        return self._shown()

    def lessen(self) -> Portion | None:
        """The same page with about half of its text; the rest waits again. None when it cannot be made smaller."""
        kept = len(self._current) // 2
        if not kept:
            halves = _halved(self._current[0], self._count)
            if halves is None:
                return None
            self._current = list(halves)
            kept = 1
        self._waiting.extendleft(reversed(self._current[kept:]))
        self._current = self._current[:kept]
        return self._shown()

    def abandon(self) -> tuple[str, ...]:
        """The hunks that have not been shown whole, which will not be."""
        rest = self._rest.hunks if isinstance(self._rest, ReadHunks) else ()
        hunks = (*(h for p in self._waiting for h in p.hunks), *rest)
        self._waiting.clear()
        self._rest = None
        return tuple(dict.fromkeys(hunks))

    def _shown(self) -> Portion:
        text = "\n".join(p.text for p in self._current)
        hunks = tuple(dict.fromkeys(h for p in self._current for h in p.hunks))
        return Portion(text, hunks, self._page, self.more)


def _halved(piece: _Piece, count: Callable[[str], int]) -> tuple[_Piece, _Piece] | None:
    """Two halves, cut at a line end where there is one, else within the line. None for what is too short to cut."""
    middle = len(piece.text) // 2
    if middle < 200:
        return None
    newline = piece.text.find("\n", middle)
    cut = newline + 1 if 0 < newline < len(piece.text) * 3 // 4 else middle
    first, second = piece.text[:cut].rstrip("\n"), piece.text[cut:]
    return _Piece(first, piece.hunks, count(first)), _Piece(second, piece.hunks, count(second))
