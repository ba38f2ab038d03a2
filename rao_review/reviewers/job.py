"""What a reviewer is given, and what it brings back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rao_review.agent.protocol import Limits
from rao_review.agent.review import Outcome
from rao_review.errors import UsageError
from rao_review.graph.graph import Graph
from rao_review.models.profile import Profile
from rao_review.policy.line_findings import LineFindings, no_line_findings
from rao_review.policy.rules.rule import Rule
from rao_review.settings import Settings
from rao_review.trace.events import Event, ModelChosen, RunFinished, RunStarted
from rao_review.trace.journal import Recorder
from rao_review.types import ChangeSet


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier run of the same review, to go on with: its id and its events in order; '' and none for a fresh start.

    `complete` when nothing may be asked anew: a replay.
    """

    run: str = ""
    events: tuple[Event, ...] = ()
    complete: bool = False

    @property
    def chosen(self) -> ModelChosen | None:
        """How that run talked to its model."""
        return next((e for e in self.events if isinstance(e, ModelChosen)), None)

    @property
    def seconds(self) -> float | None:
        """What a replayed run took."""
        ends = (e.report for e in self.events if isinstance(e, RunFinished) and self.complete)
        report = next(ends, {})
        run = report.get("run") if isinstance(report, Mapping) else None
        seconds = run.get("seconds") if isinstance(run, Mapping) else None
        return float(seconds) if isinstance(seconds, int | float) else None

    def must_fit(self, change: ChangeSet) -> None:
        """Raises UsageError when the change is not the one that the run reviewed."""
        started = next((e for e in self.events if isinstance(e, RunStarted)), None)
        if started is None:
            return
        before = started.change
        if (before.get("base_id"), before.get("head_id")) != (change.base_id, change.head_id) or (
            before.get("added"),
            before.get("removed"),
        ) != (change.added, change.removed):
            raise UsageError(
                f"{change.base}..{change.head} is not the change that run {self.run} reviewed: it has moved on; "
                "name the commits of that time, or start afresh without --resume"
            )


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that is ready to be asked: where and with what key, and what of it goes on record."""

    profile: Profile
    chosen: ModelChosen


@dataclass(frozen=True, slots=True)
class Job:
    """One review to be done.

    line_findings  tells what the line rules say of the whole change.
    template  reads a prompt template of the repository's own, by file name.
    past      the run that is resumed or replayed.
    choice    the model that reviews; None for the built-in reviewer alone, and for an estimate.
    """

    settings: Settings
    graph: Graph
    rules: Sequence[Rule]
    recorder: Recorder
    line_findings: Callable[[], Awaitable[LineFindings]] = no_line_findings
    template: Callable[[str], bytes | None] = lambda name: None
    past: Past = field(default_factory=Past)
    choice: Choice | None = None

    @property
    def limits(self) -> Limits:
        s = self.settings
        return Limits(depth=s.max_depth, children=s.max_children, nodes=s.max_nodes)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What came of it. `notes` are one-line facts for the report; `faults` are such that make the review partial."""

    outcome: Outcome
    policy: str
    model: str | None = None
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a review by a model would take, if it splits as suggested and reads nothing more. `cost` in dollars, None without prices."""

    window: int
    diff_tokens: int
    nodes: int
    depth: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
