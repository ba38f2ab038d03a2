"""The same fault seen twice: which findings say the same, and which of them speaks for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rao_review.merge.rank import RankKey, rank_key
from rao_review.types import Finding, MergeDecision, Side

_Line = tuple[str, Side, int]
_MOST_ALIKE = 3


def combinations(findings: Sequence[Finding]) -> tuple[MergeDecision, ...]:
    """'keep' for the strongest finding of each fault, 'combine' into it for the rest; one decision per finding, in order."""
    decisions: dict[str, MergeDecision] = {}
    for group in _groups(findings):
        leader = min(group, key=_strength)
        for finding in group:
            if finding.id == leader.id:
                decisions[finding.id] = MergeDecision(finding.id, "keep")
            else:
                decisions[finding.id] = MergeDecision(finding.id, "combine", "the same fault", leader.id)
    return tuple(decisions[f.id] for f in findings)


def repetitions(findings: Sequence[Finding]) -> tuple[MergeDecision, ...]:
    """'combine' for what a rule says of one name in one file over and over: the first few stand for themselves, the last of these
    speaks for the others. Only what is alike in proof, severity and silence is combined."""
    alike: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.rule is not None and finding.symbol:
            kind = (finding.status, finding.severity, finding.suppressed_by is None)
            alike[finding.rule, finding.symbol, finding.anchor.path, finding.anchor.side, kind].append(finding)
    into: dict[str, str] = {}
    for group in alike.values():
        in_order = sorted(group, key=lambda finding: (finding.anchor.line, finding.id))
        into.update((finding.id, in_order[_MOST_ALIKE - 1].id) for finding in in_order[_MOST_ALIKE:])
    return tuple(
        MergeDecision(f.id, "combine", "the same name in the same file", into[f.id])
        if f.id in into
        else MergeDecision(f.id, "keep")
        for f in findings
    )


def _strength(finding: Finding) -> tuple[bool, bool, RankKey]:
    """Smaller is stronger: what no comment silences, then what is proven, then what is severe."""
    return finding.suppressed_by is not None, finding.status != "verified", rank_key(finding)


def _groups(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Two findings are one fault when they stand on the same line and name the same symbol; or, where one names no symbol,
    are of the same category and nothing else on that line could be meant."""
    named: dict[_Line, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    nameless: dict[tuple[_Line, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        line = (finding.anchor.path, finding.anchor.side, finding.anchor.line)
        if finding.symbol:
            named[line][finding.symbol].append(finding)
        else:
            nameless[line, finding.category].append(finding)
    groups: list[list[Finding]] = []
    for (line, category), group in nameless.items():
        only = list(named[line].values()) if line in named else []
        if len(only) == 1 and any(f.category == category for f in only[0]):
            only[0].extend(group)
        else:
            groups.append(group)
    groups.extend(group for symbols in named.values() for group in symbols.values())
    return groups
