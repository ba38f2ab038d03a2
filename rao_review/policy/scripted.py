"""A policy that plays what it is told: for tests, demonstrations and replays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from rao_review.agent.protocol import Action, Look, Mind, Observation, ReadHunks, Reading, Submit, Task

Step = Action | Exception | Callable[[Observation], Action]
Script = Sequence[Step]


class ScriptedPolicy:
    """Plays one script per node. A node without a script reads its hunks and submits nothing.

    Args:
        scripts: by node id ('0', '0.1', …), or a function of the task that gives a script, or None for the default. A step is
            an action, a function from the observation to an action, or an exception to raise.

    `seen` has the observations of each node, in order.
    """

    name = "scripted"

    def __init__(self, scripts: Mapping[str, Script] | Callable[[Task], Script | None]) -> None:
        self._scripts = scripts
        self.seen: dict[str, list[Observation]] = {}

    def mind(self, task: Task) -> Mind:
        seen = self.seen.setdefault(task.node, [])
        script = self._scripts(task) if callable(self._scripts) else self._scripts.get(task.node)
        return _Reader(task, seen) if script is None else _Player(iter(script), seen)


class _Player:
    def __init__(self, steps: Iterator[Step], seen: list[Observation]) -> None:
        self._steps = steps
        self._seen = seen

    async def act(self, observation: Observation) -> Action:
        self._seen.append(observation)
        step = next(self._steps, None)
        if step is None:
            raise EOFError("the script is over")
        if isinstance(step, Exception):
            raise step
        return step(observation) if callable(step) else step


class _Reader:
    """Reads everything and finds nothing."""

    def __init__(self, task: Task, seen: list[Observation]) -> None:
        self._task = task
        self._seen = seen

    async def act(self, observation: Observation) -> Action:
        self._seen.append(observation)
        if isinstance(observation, Reading):
            return Submit(summary="read") if observation.rest is None else Look(observation.rest)
        return Look(ReadHunks(self._task.hunks)) if self._task.hunks else Submit()
