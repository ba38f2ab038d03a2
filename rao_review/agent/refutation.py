"""Structural findings are dropped only with proof: a check that passes and says the opposite of one of theirs."""

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
    """The decisions, in order; where a rule's finding would be dropped without proof, it is kept and the reason says so."""
    structural = {f.id: f for f in findings if f.rule is not None}
    for decision in decisions:
        finding = structural.get(decision.finding)
        if decision.decision == "drop" and finding is not None and not _refuted(finding, decision.check, judge):
            why = "kept by the harness: a structural finding is dropped only with a check that refutes it"
            yield replace(decision, decision="keep", reason=why)
        else:
            yield decision


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
