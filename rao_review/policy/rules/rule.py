"""What a rule of the built-in reviewer is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from rao_review.graph.graph import Graph
from rao_review.types import Finding, Hunk, Severity


class Rule(Protocol):
    """One kind of fault. Instances are listed in `policy.rules.RULES`; one file a rule.

    id           kebab-case, e.g. 'removed-symbol'; shown with each finding and taken by `rao-review explain`.
    severity     the usual one; a finding may be lower when less is known.
    category     'correctness', 'security', 'maintainability', 'tests' or 'compatibility'.
    summary      one line.
    explanation  Markdown: what it means, an example before and after, how to silence it.
    """

    id: str
    severity: Severity
    category: str
    summary: str
    explanation: str

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        """The faults that `hunks` cause, wherever they show. Each fault is reported for exactly one causing hunk, so that
        leaves that share a repository never report it twice. A rule that cannot be sure yields nothing."""
