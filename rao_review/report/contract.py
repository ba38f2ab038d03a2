"""The report contract `rao-review/report@1`: its shape, and how it is made from a Review.

Every format prints a `Report`, so a past run prints from its journal exactly like a fresh one. The JSON Schema with the
meaning of each field is `report.schema.json` beside this file. Beyond the design's contract there are: `schema`, `version`,
`fate` of an unreviewed hunk, `unknown` (files whose dependency facts are missing), `notes` and `excerpts` (source lines
around each finding, so that a report can be printed without its repository).

Text is valid Unicode: bytes of the change that are not UTF-8 are written `\\xNN`; paths reversibly so (`report.escape`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal, NotRequired, TypedDict

from rao_review.report.escape import escape_path, valid_text
from rao_review.trace.codec import encode
from rao_review.types import Check, Coverage, Finding, Review, Severity, Side, Verdict

SCHEMA = "rao-review/report@1"

Fate = Literal["reviewed", "skipped", "failed"]


class RunPart(TypedDict):
    id: str
    policy: str
    model: str | None
    outcome: Literal["complete", "partial", "failed"]
    seconds: float


class ChangePart(TypedDict):
    base: str
    head: str
    base_id: str
    head_id: str
    files: int
    hunks: int
    added: int
    removed: int


class VerdictPart(TypedDict):
    status: Literal["passed", "failed", "unknown"]
    discriminates: bool | None
    detail: str


class CheckPart(TypedDict):
    """`kind` is anchor, regex, hash or symbol; the other fields depend on it."""

    kind: str
    verdict: VerdictPart
    name: NotRequired[str]
    claim: NotRequired[str]
    path: NotRequired[str | None]
    side: NotRequired[Side]
    line: NotRequired[int | None]
    pattern: NotRequired[str]
    start: NotRequired[int]
    end: NotRequired[int]
    expect: NotRequired[bool]
    oid: NotRequired[str]


class RelatedPart(TypedDict):
    path: str
    side: Side
    line: int
    end_line: int
    note: str


class FindingPart(TypedDict):
    id: str
    fingerprint: str
    path: str
    side: Side
    line: int
    end_line: int
    quote: str
    severity: str
    category: str
    rule: NotRequired[str]
    symbol: NotRequired[str]
    title: str
    body: str
    suggestion: NotRequired[str]
    status: Literal["verified", "unverified", "refuted"]
    checks: list[CheckPart]
    related: list[RelatedPart]
    found_by: list[str]
    hunks: list[str]
    suppressed_by: NotRequired[str]


class Counts(TypedDict):
    total: int
    reviewed: int
    skipped: int
    failed: int


class UnreviewedPart(TypedDict):
    path: str
    hunk: str
    lines: int
    fate: Fate
    reason: str


class CoveragePart(TypedDict):
    lines: Counts
    hunks: Counts
    unreviewed: list[UnreviewedPart]


class UsagePart(TypedDict):
    nodes: int
    depth: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: NotRequired[float]


class UnknownPart(TypedDict):
    path: str
    reason: str


class LinePart(TypedDict):
    line: int
    text: str


class ExcerptPart(TypedDict):
    path: str
    side: Side
    lines: list[LinePart]


class Report(TypedDict):
    schema: str
    version: str
    run: RunPart
    change: ChangePart
    findings: list[FindingPart]
    refuted: list[FindingPart]
    coverage: CoveragePart
    usage: UsagePart
    unknown: list[UnknownPart]
    notes: list[str]
    excerpts: list[ExcerptPart]


def build(review: Review, version: str) -> Report:
    """The contract of `review`, JSON-safe. Findings, notes and unreviewed hunks keep their order, the rest is sorted.

    `version` is the program's. Equal reviews give equal reports; `run.id` and `run.seconds` are all that differs between
    two runs over the same change.
    """
    change = review.change
    return Report(
        schema=SCHEMA,
        version=version,
        run=RunPart(
            id=review.run,
            policy=review.policy,
            model=review.model,
            outcome=review.outcome,
            seconds=round(review.seconds, 3),
        ),
        change=ChangePart(
            base=valid_text(change.base),
            head=valid_text(change.head),
            base_id=change.base_id,
            head_id=change.head_id,
            files=len(change.files),
            hunks=sum(1 for _ in change.hunks()),
            added=change.added,
            removed=change.removed,
        ),
        findings=[_finding(finding) for finding in review.findings],
        refuted=[_finding(finding) for finding in review.refuted],
        coverage=_coverage(review.coverage),
        usage=_usage(review),
        unknown=[
            UnknownPart(path=escape_path(path), reason=valid_text(why)) for path, why in sorted(review.unknown.items())
        ],
        notes=[valid_text(note) for note in review.notes],
        excerpts=[
            ExcerptPart(
                path=escape_path(path),
                side=side,
                lines=[LinePart(line=line, text=valid_text(text)) for line, text in sorted(lines.items())],
            )
            for (path, side), lines in sorted(review.excerpts.items())
        ],
    )


def _finding(finding: Finding) -> FindingPart:
    anchor = finding.anchor
    part = FindingPart(
        id=valid_text(finding.id),
        fingerprint=finding.fingerprint,
        path=escape_path(anchor.path),
        side=anchor.side,
        line=anchor.line,
        end_line=max(anchor.line, anchor.end_line),
        quote=valid_text(anchor.quote),
        severity=str(finding.severity),
        category=finding.category,
        title=valid_text(finding.title),
        body=valid_text(finding.body),
        status=finding.status,
        checks=_checks(finding),
        related=[
            RelatedPart(
                path=escape_path(place.path),
                side=place.side,
                line=place.line,
                end_line=max(place.line, place.end_line),
                note=valid_text(place.note),
            )
            for place in finding.related
        ],
        found_by=list(finding.found_by),
        hunks=[valid_text(hunk) for hunk in finding.hunks],
    )
    if finding.rule is not None:
        part["rule"] = finding.rule
    if finding.symbol:
        part["symbol"] = valid_text(finding.symbol)
    if finding.suggestion is not None:
        part["suggestion"] = valid_text(finding.suggestion)
    if finding.suppressed_by is not None:
        part["suppressed_by"] = valid_text(finding.suppressed_by)
    return part


_NOT_RUN = Verdict("unknown", None, "not run")


def _checks(finding: Finding) -> list[CheckPart]:
    """The anchor's own check first, then the finding's, each with its verdict."""
    verdicts = [*finding.verdicts, *[_NOT_RUN] * (len(finding.checks) - len(finding.verdicts))]
    anchor = CheckPart(kind="anchor", verdict=_verdict(finding.anchor_verdict or _NOT_RUN))
    return [anchor, *(_check(check, verdict) for check, verdict in zip(finding.checks, verdicts, strict=False))]


def _check(check: Check, verdict: Verdict) -> CheckPart:
    fields: dict[str, Any] = encode(check)
    for name, value in fields.items():
        if isinstance(value, str):
            fields[name] = escape_path(value) if name == "path" else valid_text(value)
    part = CheckPart(kind=fields.pop("kind"), verdict=_verdict(verdict))
    part.update(fields)  # type: ignore[typeddict-item]  # the check's own fields, as the schema lists them by kind
    return part


def _verdict(verdict: Verdict) -> VerdictPart:
    return VerdictPart(status=verdict.status, discriminates=verdict.discriminates, detail=valid_text(verdict.detail))


def _coverage(coverage: Coverage) -> CoveragePart:
    lines: Counter[str] = Counter()
    hunks: Counter[str] = Counter()
    for fate in coverage.fates:
        lines[fate.fate] += fate.lines
        hunks[fate.fate] += 1
    return CoveragePart(
        lines=_counts(lines),
        hunks=_counts(hunks),
        unreviewed=[
            UnreviewedPart(
                path=escape_path(fate.path),
                hunk=valid_text(fate.hunk),
                lines=fate.lines,
                fate=fate.fate,
                reason=valid_text(fate.reason),
            )
            for fate in coverage.fates
            if fate.fate != "reviewed"
        ],
    )


def _counts(by_fate: Counter[str]) -> Counts:
    return Counts(
        total=by_fate.total(),
        reviewed=by_fate["reviewed"],
        skipped=by_fate["skipped"],
        failed=by_fate["failed"],
    )


def _usage(review: Review) -> UsagePart:
    usage = review.usage
    part = UsagePart(
        nodes=usage.nodes,
        depth=usage.depth,
        calls=usage.calls,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
    )
    if usage.cost is not None:
        part["cost"] = usage.cost
    return part


def counts_at_least(report: Report, level: Severity) -> int:
    """How many findings are at or above `level`, suppressed ones left out."""
    return sum(1 for f in report["findings"] if "suppressed_by" not in f and Severity(f["severity"]).at_least(level))
