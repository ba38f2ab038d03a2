"""`review()` is the whole picture: load → select → graph → agent → assemble."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from rao_review import __version__
from rao_review.agent.review import Outcome
from rao_review.diff.select import select
from rao_review.diff.source import Loaded, Source, load
from rao_review.errors import UsageError
from rao_review.graph.graph import Graph
from rao_review.graph.store import Store
from rao_review.policy.aside import Aside
from rao_review.policy.rules import DEFINITION_RULES, LINE_RULES, RULES
from rao_review.policy.rules.rule import Rule
from rao_review.policy.secrets import mask
from rao_review.report.contract import Report, build
from rao_review.report.words import count
from rao_review.reviewers import (
    Expectation,
    Job,
    Past,
    Reviewed,
    check_start,
    choosing,
    expected_of,
    preload,
    review_by,
)
from rao_review.settings import CONFIG, Layers, Settings
from rao_review.trace.codec import encode
from rao_review.trace.events import RunFinished, RunStarted
from rao_review.trace.journal import Journal, MemoryJournal, NoJournal, Recorder
from rao_review.trace.recording import Recording
from rao_review.trace.runs import runs_directory
from rao_review.types import Anchor, ChangeSet, Finding, Related, Review, Side, Tree

STAGES = ("load", "select", "graph", "agent", "assemble")

_AROUND = 3
# Longer lines are cut in excerpts; a report is no place for a minified file.
_LINE = 2000


@dataclass(frozen=True, slots=True)
class Request:
    """What to review, and how.

    runs   where the journal goes; None is the repository's own place.
    key    for the model's endpoint.
    past   the run that this one goes on with, or replays.
    """

    source: Source
    layers: Layers = field(default_factory=Layers)
    runs: Path | None = None
    key: str = field(default="", repr=False)
    past: Past = field(default_factory=Past)


@dataclass(frozen=True, slots=True)
class Result:
    """A review, its report in the JSON contract, and the settings that were in force."""

    review: Review
    report: Report
    settings: Settings


def review(request: Request, *watchers: Recorder) -> Result:
    """Review the change of `request`. `watchers` see every event as it happens.

    Raises a ReviewError when the change cannot be read or a setting makes no sense. Everything later becomes part of the
    result: what could not be reviewed is in the coverage with its reason.
    """
    begin = time.monotonic()
    past = request.past
    check_start(request.layers.settings(None), request.key, past)
    if request.layers.asks_a_model and not past.complete:
        preload()
    with load(request.source) as loaded:
        past.must_fit(loaded.change)
        settings = request.layers.settings(_config(loaded))
        rules = _in_force(DEFINITION_RULES, settings)
        template = partial(_template, loaded.base, settings.prompts)
        journal = NoJournal(past.run) if past.complete else Journal(request.runs or runs_directory(loaded.common_dir))
        with (
            choosing(settings, request.key, past, template) as choice,
            Recording(begin, journal, *watchers) as recording,
        ):
            recording.record(_started(request, settings, loaded.change))
            recording.stage("load", count(len(loaded.change.files), "file"))

            change = _selected(loaded, settings)
            recording.stage(
                "select", f"{sum(1 for f in change.files if f.skip):,} of {count(len(change.files), 'file')} skipped"
            )

            with (
                Store(_cache(loaded, settings), workers=settings.jobs or None) as store,
                Aside(_in_force(LINE_RULES, settings), change, settings.jobs) as aside,
            ):
                graph = Graph(change, loaded.base, loaded.head, store)
                if store.warm:  # then what the other process will read is known; else it is once the graph is prepared
                    aside.begin(graph, store)
                graph.prepare()
                aside.begin(graph, store)
                recording.stage(
                    "graph",
                    f"{count(len(graph.changes()), 'definition')} changed, {count(len(graph.unknown), 'file')} unknown",
                )

                job = Job(settings, graph, rules, recording, partial(aside.findings, graph), template, past, choice)
                reviewed = asyncio.run(review_by(job))
                recording.stage("agent", _took(reviewed.outcome))

                notes = (*_settings_notes(loaded, settings), *store.notes, *recording.notes)
                finished = _assemble(graph, reviewed, recording, notes, past.seconds)
                report = build(finished, __version__)
                recording.stage("assemble", finished.outcome)
            recording.record(RunFinished(finished.outcome, report))
            return Result(finished, report, settings)


def expect(request: Request) -> tuple[ChangeSet, Expectation]:
    """What a review of `request` by its model would take. Raises a ReviewError as `review` does."""
    check_start(request.layers.settings(None), request.key, request.past, asks=False)
    with load(request.source) as loaded:
        settings = request.layers.settings(_config(loaded))
        change = _selected(loaded, settings)
        with Store(_cache(loaded, settings), workers=settings.jobs or None) as store:
            graph = Graph(change, loaded.base, loaded.head, store)
            graph.prepare()
            template = partial(_template, loaded.base, settings.prompts)
            return change, expected_of(Job(settings, graph, (), MemoryJournal(), template=template))


def _took(outcome: Outcome) -> str:
    usage = outcome.usage
    nodes = f"{count(usage.nodes, 'node')}, depth {usage.depth}"
    more = f", + {usage.structural:,} of the built-in reviewer" if usage.structural else ""
    return f"{nodes}{more}, {count(len(outcome.findings), 'finding')}"


def _started(request: Request, settings: Settings, change: ChangeSet) -> RunStarted:
    source = request.source
    asked = {"target": source.target, "mode": source.mode, "repo": str(source.repo.resolve()), "paths": source.paths}
    policy = "llm" if settings.model else "builtin"
    return RunStarted(
        policy, settings.model or None, _summary(change), encode(settings), encode(asked), request.past.run
    )


def _template(base: Tree, folder: str, name: str) -> bytes | None:
    """A prompt template of the repository's own, from the base side."""
    return base.read(f"{folder.strip('/')}/{name}") if folder else None


def _config(loaded: Loaded) -> bytes | None:
    """The base side's configuration. Never the head's, and not a fragment of it that a patch happens to show."""
    return None if loaded.base.partial else loaded.base.read(CONFIG)


def _selected(loaded: Loaded, settings: Settings) -> ChangeSet:
    return select(loaded.change, loaded.base, settings.include, settings.exclude, settings.origins)


def _settings_notes(loaded: Loaded, settings: Settings) -> Iterator[str]:
    """What a reader must know of the settings: rules that were off, and a configuration that does not count yet."""
    if settings.disable:
        origin = settings.origins.get("disable", "")
        where = f"disable in {origin} on the base side" if origin == CONFIG else origin or "settings"
        off = list(dict.fromkeys(settings.disable))
        yield f"{count(len(off), 'rule')} switched off: {', '.join(off)} ({where})"
    if loaded.base.partial:
        return
    before, after = loaded.base.read(CONFIG), loaded.head.read(CONFIG)
    if before is None and after is not None:
        yield f"`{CONFIG}` is new in this change: it counts from the next one"
    elif before != after:
        what = "removed" if after is None else "altered"
        yield f"`{CONFIG}` is {what} in this change: that counts from the next one, here the base side's did"


def _in_force(rules: Sequence[Rule], settings: Settings) -> Sequence[Rule]:
    """Those of some rules that are not switched off. Raises UsageError for an id that is none."""
    known = {rule.id for rule in RULES}
    for name in settings.disable:
        if name not in known:
            raise UsageError(f"disable: there is no rule {name!r}; `rao-review explain` lists them")
    return [rule for rule in rules if rule.id not in settings.disable]


def _cache(loaded: Loaded, settings: Settings) -> Path | None:
    if loaded.common_dir is None or not settings.cache:
        return None
    return loaded.common_dir / "rao-review" / "facts.sqlite"


def _summary(change: ChangeSet) -> Mapping[str, object]:
    return {
        "base": change.base,
        "head": change.head,
        "base_id": change.base_id,
        "head_id": change.head_id,
        "files": len(change.files),
        "hunks": sum(1 for _ in change.hunks()),
        "added": change.added,
        "removed": change.removed,
    }


def _assemble(
    graph: Graph, reviewed: Reviewed, recording: Recording, notes: Sequence[str], seconds: float | None
) -> Review:
    """The review as the report prints it. `seconds` of a replayed run are those it took."""
    outcome, coverage = reviewed.outcome, reviewed.outcome.coverage
    nothing = coverage.hunks("failed") > 0 and coverage.hunks("reviewed") == 0
    failed = (f"the review itself failed: {outcome.failure}",) if outcome.failure else ()
    broken = (*failed, *reviewed.faults)
    return Review(
        run=recording.run,
        policy=reviewed.policy,
        model=reviewed.model,
        outcome="failed" if nothing else "complete" if coverage.complete and not broken else "partial",
        seconds=recording.seconds if seconds is None else seconds,
        change=graph.change,
        findings=tuple(map(_masked, outcome.findings)),
        refuted=tuple(map(_masked, outcome.refuted)),
        coverage=coverage,
        usage=outcome.usage,
        notes=(*graph.change.notes, *broken, *reviewed.notes, *notes),
        unknown=graph.unknown,
        excerpts=_excerpts(graph, outcome),
    )


def _masked(finding: Finding) -> Finding:
    """The finding as reports may show it: no token in its quote."""
    return replace(finding, anchor=replace(finding.anchor, quote=mask(finding.anchor.quote)))


def _excerpts(graph: Graph, outcome: Outcome) -> Mapping[tuple[str, Side], Mapping[int, str]]:
    """The lines around each finding and each place that belongs to it."""
    excerpts: dict[tuple[str, Side], dict[int, str]] = defaultdict(dict)
    for finding in (*outcome.findings, *outcome.refuted):
        places: tuple[Anchor | Related, ...] = (finding.anchor, *finding.related)
        for place in places:
            lines = graph.lines(place.path, place.side)
            first, last = max(1, place.line - _AROUND), min(len(lines), place.line + _AROUND)
            for number in range(first, last + 1):
                excerpts[place.path, place.side][number] = mask(lines[number - 1][:_LINE])
    return excerpts
