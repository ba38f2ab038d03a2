"""The messages of one node: what has been said, how large it is, and what is forgotten when the window is full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rao_review.models.wire import Message, Reply, Request
from rao_review.policy.llm.actions import answer_schema, tools
from rao_review.policy.llm.footing import Footing

_FORGOTTEN = "(no longer shown, to make room: read it again if you need it)"
_SHORT = 400


class Conversation:
    """Begins with a system message and a briefing; then turns follow.

    Args:
        opening: the system message and the briefing.
        may_delegate: whether `delegate` is among the actions.
    """

    def __init__(self, opening: Sequence[Message], may_delegate: bool) -> None:
        self._messages = list(opening)
        self._opening = len(opening)
        self._may_delegate = may_delegate
        self._heard = len(opening)

    @property
    def turns(self) -> int:
        """Messages after the opening."""
        return len(self._messages) - self._opening

    def request(self, footing: Footing) -> Request:
        if footing.protocol == "tools":
            return Request(tuple(self._messages), tools(self._may_delegate), None, footing.max_output)
        schema = answer_schema(self._may_delegate) if footing.schema else None
        return Request(tuple(self._messages), (), schema, footing.max_output)

    def said(self, reply: Reply) -> None:
        """What the model answered becomes a turn: it has read all before it. Its reasoning is not said again."""
        self._messages.append(Message("assistant", reply.text, reply.calls))
        self._heard = len(self._messages)

    def answer(self, call: str, text: str) -> None:
        """The answer to a native call (its id), or to the last message ('')."""
        if call:
            self._messages.append(Message("tool", text, answers=call))
        elif self._messages[-1].role == "user" and self.turns:
            self._messages[-1] = replace(self._messages[-1], text=f"{self._messages[-1].text}\n{text}")
        else:
            self._messages.append(Message("user", text))

    def reopen(self, opening: Sequence[Message]) -> None:
        """Says the opening anew, in another protocol; what was said since is forgotten."""
        self._messages = list(opening)
        self._heard = len(opening)

    def rewind(self, turns: int) -> None:
        """Forgets what was said after the first `turns` messages."""
        del self._messages[self._opening + turns :]
        self._heard = min(self._heard, len(self._messages))

    def forget(self) -> bool:
        """Drops the oldest long answer that the model has read; False when there is none."""
        for index in range(self._opening, self._heard):
            message = self._messages[index]
            if message.role in ("tool", "user") and len(message.text) > _SHORT:
                self._messages[index] = replace(message, text=_FORGOTTEN)
                return True
        return False

    def cut(self) -> bool:
        """Shortens to a half the longest thing that the model has not read yet; False when all are short."""
        fresh = range(max(self._heard, self._opening), len(self._messages))
        longest = max(fresh, key=lambda i: len(self._messages[i].text), default=None)
        if longest is None or len(self._messages[longest].text) <= _SHORT:
            return False
        message = self._messages[longest]
        half = message.text[: len(message.text) // 2]
        self._messages[longest] = replace(message, text=f"{half}\n… cut: too long for the window, ask for less")
        return True
