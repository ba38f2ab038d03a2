"""Every rule against its golden cases: `fixtures/rules/RULE/CASE/{base,head}/…` with `expected.txt` (`path:line rule severity`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
import re2
from goldens import Case, cases

from rao_review.graph.graph import Graph
from rao_review.policy.rules import RULES
from rao_review.types import Finding, HashCheck, RegexCheck

BY_ID = {rule.id: rule for rule in RULES}


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.rule}/{c.name}")
def test_golden(case: Case, golden_graph: Callable[[Case], Graph]) -> None:
    graph = golden_graph(case)
    found = list(BY_ID[case.rule].check(graph, list(graph.change.reviewable())))
    assert sorted(f"{f.anchor.path}:{f.anchor.line} {f.rule} {f.severity}" for f in found) == case.expected()
    for finding in found:
        assert_proved(graph, finding)


def assert_proved(graph: Graph, finding: Finding) -> None:
    """The quote stands at the anchor, the checks hold, and the cause is a hunk of the change."""
    anchor = finding.anchor
    lines = graph.lines(anchor.path, anchor.side)
    assert "\n".join(lines[anchor.line - 1 : anchor.end_line]).strip() == anchor.quote != ""
    assert finding.checks
    assert finding.hunks and {h.id for h in graph.change.hunks()}.issuperset(finding.hunks)
    for check in finding.checks:
        if isinstance(check, RegexCheck):
            text = graph.lines(check.path, check.side)[max(check.start - 1, 0) : check.end or None]
            assert check.expect == bool(re2.search(f"(?m){check.pattern}", "\n".join(text))), check
        elif isinstance(check, HashCheck):
            assert graph.tree(check.side).entries()[check.path].oid == check.oid


def test_every_rule_has_cases_of_both_kinds() -> None:
    speaking = Counter(case.rule for case in cases() if case.expected())
    silent = Counter(case.rule for case in cases() if not case.expected())
    assert set(speaking) == set(silent)
    assert set(speaking) <= set(BY_ID)


def test_secrets_are_masked_in_words(golden_graph: Callable[[Case], Graph]) -> None:
    case = Case("secret", "github-token")
    graph = golden_graph(case)
    (finding,) = BY_ID["secret"].check(graph, list(graph.change.reviewable()))
    token = graph.lines("deploy.py", "head")[0].split('"')[1]
    assert token in finding.anchor.quote
    assert all(
        token[4:20] not in text
        for text in (finding.title, finding.body, *(getattr(c, "pattern", "") for c in finding.checks))
    )
