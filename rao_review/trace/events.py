"""The events of a run: one tagged union. The journal stores them; tree, cost, critical path and report are folds over them.

Every event is a frozen dataclass whose `event` tag is its name in the journal; `node` is '' for events of the run itself.
Node ids are paths in the tree: '0' is the root, '0.2' its second child, '0.2.1' that one's first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rao_review.types import Finding, MergeDecision


@dataclass(frozen=True, slots=True)
class RunStarted:
    """`settings` is JSON-safe; `change` has base, head, base_id, head_id, files, hunks, added, removed; `source` is what the user
    asked for: target, mode, repo, paths. `resumes` is the run that this one goes on with."""

    policy: str
    model: str | None
    change: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    resumes: str = ""
    event: Literal["run_started"] = "run_started"
    node: str = ""


@dataclass(frozen=True, slots=True)
class ModelChosen:
    """Who is asked and how, fixed before the first call. A resumed run takes it over, so that it asks the same.

    seed     makes fences and placeholders; `prompts` is version and hash of the templates.
    window   tokens of prompt and answer together, and `source` who said so: server, table or user.
    budget   the limits in force: tokens, calls, cost, seconds.
    simulated  whether the endpoint said of itself that no model is behind it.
    expected_calls  how many are expected; 0 where nobody can tell.
    """

    model: str
    endpoints: tuple[str, ...]
    strategy: str
    protocol: str
    window: int
    source: str
    max_output: int
    seed: str
    prompts: Mapping[str, Any]
    budget: Mapping[str, Any]
    simulated: bool = False
    expected_calls: int = 0
    event: Literal["model_chosen"] = "model_chosen"
    node: str = ""

    @property
    def shortage(self) -> str:
        """One line when fewer calls are allowed than are expected; '' when there are enough."""
        most = self.budget.get("max_calls")
        if not isinstance(most, int) or most >= self.expected_calls:
            return ""
        return f"about {self.expected_calls:,} calls are expected; with --max-calls {most:,} parts will not be reviewed"


@dataclass(frozen=True, slots=True)
class StageFinished:
    """A pipeline stage ended. `seconds` is wall-clock; `detail` is one line with the figures."""

    stage: str
    seconds: float
    detail: str
    event: Literal["stage_finished"] = "stage_finished"
    node: str = ""


@dataclass(frozen=True, slots=True)
class NodeStarted:
    node: str
    parent: str
    depth: int
    goal: str
    hunks: tuple[str, ...]
    lines: int
    event: Literal["node_started"] = "node_started"


@dataclass(frozen=True, slots=True)
class Looked:
    """A node read something. `shown` are the hunks whose whole text it got."""

    node: str
    tool: str
    arguments: Mapping[str, Any]
    characters: int
    shown: tuple[str, ...] = ()
    event: Literal["looked"] = "looked"


@dataclass(frozen=True, slots=True)
class Split:
    """A split decision and its preview, before the children run. `children` are (node id, hunks, instruction);
    `left_over` the hunks that no child got and the harness gives to a child of its own."""

    node: str
    rationale: str
    children: tuple[tuple[str, tuple[str, ...], str], ...]
    cut_edges: int
    left_over: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    accepted: bool = True
    event: Literal["split"] = "split"


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding with its verdicts, as it came out of the checks of `node`."""

    node: str
    finding: Finding
    event: Literal["reported"] = "reported"


@dataclass(frozen=True, slots=True)
class Merged:
    node: str
    decisions: tuple[MergeDecision, ...]
    event: Literal["merged"] = "merged"


@dataclass(frozen=True, slots=True)
class NodeReturned:
    """`reviewed` are hunks whose whole text this node itself was shown; `findings` the ids it gives to its parent."""

    node: str
    summary: str
    findings: tuple[str, ...]
    reviewed: tuple[str, ...]
    event: Literal["node_returned"] = "node_returned"


@dataclass(frozen=True, slots=True)
class NodeFailed:
    node: str
    reason: str
    event: Literal["node_failed"] = "node_failed"


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A request on its way to the model, written ahead. `call` counts from 1 in its node.

    kept      how many messages of the node's call before it this one begins with; `messages` are the others.
    digest    of the whole request: an equal digest is an equal request.
    """

    node: str
    call: int
    digest: str
    kept: int
    messages: tuple[Mapping[str, Any], ...]
    tools: tuple[str, ...]
    max_output: int
    event: Literal["call_started"] = "call_started"


@dataclass(frozen=True, slots=True)
class CallRetried:
    """An attempt failed and another one follows after `wait` seconds."""

    node: str
    attempt: int
    kind: str
    detail: str
    wait: float
    event: Literal["call_retried"] = "call_retried"


@dataclass(frozen=True, slots=True)
class CallFinished:
    """What the model answered. `replayed` is true when the answer is that of an earlier run's journal, paid there; `low` when the
    budget was nearly gone by then, so that the node is told to submit."""

    node: str
    call: int
    digest: str
    reply: Mapping[str, Any]
    replayed: bool = False
    low: bool = False
    event: Literal["call_finished"] = "call_finished"


@dataclass(frozen=True, slots=True)
class CallFailed:
    """A call that no retry could help. `error` is the name of the error's class, `fields` what else it says."""

    node: str
    call: int
    digest: str
    error: str
    detail: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    event: Literal["call_failed"] = "call_failed"


@dataclass(frozen=True, slots=True)
class RunFinished:
    """`report` is the whole report in its JSON contract, so that a past run prints from the journal alone."""

    outcome: str
    report: Mapping[str, Any]
    event: Literal["run_finished"] = "run_finished"
    node: str = ""


Event = (
    RunStarted
    | ModelChosen
    | StageFinished
    | NodeStarted
    | Looked
    | Split
    | Reported
    | Merged
    | NodeReturned
    | NodeFailed
    | CallStarted
    | CallRetried
    | CallFinished
    | CallFailed
    | RunFinished
)
