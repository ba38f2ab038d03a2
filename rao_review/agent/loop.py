"""The loop: observe → act → … → return. It knows no model and no rule; the mind decides, the node keeps the books."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from rao_review.agent.node import Node, Run
from rao_review.agent.protocol import Delegate, FailedMindError, Look, NodeResult, Observation, Submit, Task


async def run_node(run: Run, task: Task, given: Sequence[NodeResult] = ()) -> NodeResult:
    """Runs one node and everything below it. A failure is a result, never an exception; being cancelled is no failure.

    `given` are results of children that ran before it and whose findings it has to decide on.
    """
    node = Node(run, task, given)
    try:
        mind = run.policy.mind(task)
        observation: Observation = node.brief()
        while node.goes_on():
            action = await mind.act(observation)
            match action:
                case Look():
                    observation = node.look(action)
                case Delegate():
                    plan = node.plan(action)
                    observation = node.receive(await run_all(run, plan), plan) if isinstance(plan, tuple) else plan
                case Submit():
                    if rejected := node.examine(action):
                        observation = rejected
                        continue
                    unread = node.complement()
                    node.receive(await run_all(run, unread), unread)
                    return node.submit()
                case _:
                    return node.fail(f"the mind's answer is not an action: {type(action).__name__}")
        return node.fail(f"no answer after {run.limits.rounds} rounds")
    except FailedMindError as error:
        return node.fail(str(error))
    except Exception as error:  # a mind is a plug-in (a rule, a model): its fault fails this node and no sibling
        return node.fail(f"{type(error).__name__}: {error}".replace("\n", " "))


async def run_all(run: Run, tasks: Sequence[Task]) -> tuple[NodeResult, ...]:
    """Runs nodes in parallel; their results in the order of the tasks, whoever is first."""
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(run_node(run, task), name=task.node) for task in tasks]
    return tuple(task.result() for task in running)
