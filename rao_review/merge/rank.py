"""The order in which findings are shown: a total order, so that the same findings always print the same."""

from __future__ import annotations

from collections.abc import Iterable

from rao_review.types import Finding

_STATUS = {"verified": 0, "unverified": 1, "refuted": 2}

RankKey = tuple[int, int, str, int, int, str, str, str, str, str, str]


def rank_key(finding: Finding) -> RankKey:
    """Smaller is shown first: severity, then what is proven, then place; the rest only breaks ties."""
    anchor = finding.anchor
    return (
        finding.severity.rank,
        _STATUS[finding.status],
        anchor.path,
        anchor.line,
        anchor.end_line,
        anchor.side,
        finding.category,
        finding.rule or "",
        finding.title,
        finding.id,
        finding.body,
    )


def rank(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=rank_key))
