"""A model that says what it is told: for tests and demonstrations."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence

from rao_review.models.wire import Reply, Request, TokenUsage

Answer = Reply | Exception | str
Answers = Sequence[Answer] | Callable[[Request], Answer]


class ScriptedModel:
    """Answers each node from its own script; a text is a whole reply.

    Args:
        scripts: by node id, answers in order, or a function of the request. A node without one gets `otherwise`.
        otherwise: the answer of all other nodes.

    `asked` has every request with its node, in order.
    """

    name = "scripted"

    def __init__(self, scripts: Mapping[str, Answers], otherwise: Answer = '{"action": "submit"}') -> None:
        self._scripts: dict[str, deque[Answer] | Callable[[Request], Answer]] = defaultdict(deque)
        for node, answers in scripts.items():
            self._scripts[node] = answers if callable(answers) else deque(answers)
        self._otherwise = otherwise
        self.asked: list[tuple[str, Request]] = []

    async def complete(self, request: Request, node: str) -> Reply:
        """The next answer of the node's script; exceptions in it are raised."""
        self.asked.append((node, request))
        script = self._scripts[node]
        answer = script(request) if callable(script) else script.popleft() if script else self._otherwise
        if isinstance(answer, Exception):
            raise answer
        return Reply(answer, (), "stop", TokenUsage(estimated=True)) if isinstance(answer, str) else answer
