"""What the rules say that start from changed lines: worked out for the whole change, a file at a time, and handed out by hunk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from rao_review.graph.graph import Graph
from rao_review.policy.rules.hunk_evidence import read_ahead
from rao_review.policy.rules.rule import Rule
from rao_review.types import Finding, Hunk


@dataclass(frozen=True, slots=True)
class LineFindings:
    """Findings by the id of the hunk that causes them, each hunk's in the order of the rules.

    `broken` has for each rule that broke the reason in every file where it did: it says nothing there.
    """

    found: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    broken: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, hunks: Iterable[Hunk]) -> list[Finding]:
        return [finding for hunk in hunks for finding in self.found.get(hunk.id, ())]


async def no_line_findings() -> LineFindings:
    """Of a reviewer that has no line rules."""
    return LineFindings()


def line_findings(graph: Graph, rules: Sequence[Rule]) -> LineFindings:
    """What `rules` say of every hunk that is to be reviewed. The fault of one rule does not hide what the others find."""
    found: dict[str, list[Finding]] = defaultdict(list)
    broken: dict[str, list[str]] = defaultdict(list)
    by_path = {path: list(hunks) for path, hunks in groupby(graph.change.reviewable(), key=lambda hunk: hunk.path)}
    for path in read_ahead(graph, list(by_path), "head") if rules else ():
        for rule in rules:
            try:
                for finding in rule.check(graph, by_path[path]):
                    found[finding.hunks[0]].append(finding)
            except Exception as error:
                broken[rule.id].append(f"{type(error).__name__}: {error}")
    return LineFindings(found, broken)
