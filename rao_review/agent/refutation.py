"""Structural findings are dropped only with proof: a check that passes and says the opposite of one of theirs.

Nor do they vanish in a finding about something else: they are combined only with what speaks of the same line or the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rao_review.checks import Judge
from rao_review.types import Check, Finding, MergeDecision, SymbolCheck

_OPPOSITE: Mapping[str, str] = {
    "defined": "not_defined",
    "not_defined": "defined",
    "used": "not_used",
    "not_used": "used",
}


def guarded(decisions: Iterable[MergeDecision], findings: Iterable[Finding], judge: Judge) -> Iterator[MergeDecision]:
    """The decisions, in order; where a rule's finding would be lost without proof, it is kept and the reason says so."""
    by_id = {f.id: f for f in findings}
    for decision in decisions:
        finding = by_id.get(decision.finding)
        why = "" if finding is None or finding.rule is None else _forbidden(decision, finding, by_id, judge)
        yield replace(decision, decision="keep", into=None, reason=f"kept by the harness: {why}") if why else decision


def _forbidden(decision: MergeDecision, finding: Finding, by_id: Mapping[str, Finding], judge: Judge) -> str:
    """Why a rule's finding may not be decided on like this; '' when it may."""
    if decision.decision == "drop" and not _refuted(finding, decision.check, judge):
        return "a structural finding is dropped only with a check that refutes it"
    target = by_id.get(decision.into or "")
    if decision.decision == "combine" and target is not None and not _same_place(finding, target):
        return "a structural finding is combined only with one about the same line or name"
    return ""


def _same_place(one: Finding, other: Finding) -> bool:
    if one.symbol and other.symbol and _bare(one.symbol) == _bare(other.symbol):
        return True
    a, b = one.anchor, other.anchor
    return (a.path, a.side) == (b.path, b.side) and a.line <= b.end_line and b.line <= a.end_line


def _refuted(finding: Finding, check: Check | None, judge: Judge) -> bool:
    if not isinstance(check, SymbolCheck):
        return False
    contradicts = any(
        isinstance(own, SymbolCheck) and _bare(own.name) == _bare(check.name) and _OPPOSITE[own.claim] == check.claim
        for own in finding.checks
    )
    return contradicts and judge.verdict(check).status == "passed"


def _bare(name: str) -> str:
    return name.rpartition(".")[2]
