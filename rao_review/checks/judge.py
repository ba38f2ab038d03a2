"""Runs a finding's checks and says what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from rao_review.checks.absence import without_proof_of_absence
from rao_review.checks.anchor import check_anchor
from rao_review.checks.hash import check_hash
from rao_review.checks.regex import check_regex
from rao_review.checks.suppression import suppress
from rao_review.checks.symbol import check_symbol
from rao_review.checks.texts import Texts
from rao_review.graph.graph import Graph
from rao_review.types import Anchor, Check, Finding, Verdict

# One line a kind. `Any`: each takes its own kind of check.
KINDS: Mapping[str, Callable[[Any, Texts, Graph], Verdict]] = {
    "regex": lambda check, texts, graph: check_regex(check, texts),
    "hash": lambda check, texts, graph: check_hash(check, texts),
    "symbol": check_symbol,
}

Status = Literal["verified", "unverified", "refuted"]


class Judge:
    """Judges findings about one change. Verdicts are kept: the same check is run once, however many findings carry it.

    Args:
        graph: the change, its two trees and what is known of them.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._texts = Texts(graph)
        self._verdicts: dict[Check, Verdict] = {}
        self._known_hunks = frozenset(h.id for h in graph.change.hunks())

    def verdict(self, check: Check) -> Verdict:
        """The verdict of one check."""
        if check not in self._verdicts:
            self._verdicts[check] = KINDS[check.kind](check, self._texts, self._graph)
        return self._verdicts[check]

    def judge(self, finding: Finding) -> Finding:
        """The finding with its verdicts, its status, its anchor corrected, only hunks that exist, and what silences it."""
        hunks = tuple(h for h in finding.hunks if h in self._known_hunks)
        anchored, anchor = check_anchor(finding.anchor, [self._graph.hunk(h) for h in hunks], self._texts)
        verdicts = tuple(map(self.verdict, finding.checks))
        if not hunks:
            around = self._graph.hunk_at(anchor.path, anchor.side, anchor.line)
            hunks = (around.id,) if around is not None else ()
        judged = replace(
            finding,
            anchor=anchor,
            hunks=hunks,
            anchor_verdict=anchored,
            verdicts=verdicts,
            status=status(anchored, verdicts),
            suppressed_by=None,
        )
        return suppress(without_proof_of_absence(judged), self._graph)

    def occurrence(self, anchor: Anchor) -> int:
        """How many earlier lines of the file read like the anchor's first line: tells repeated snippets apart."""
        lines = self._texts.stripped(anchor.path, anchor.side)
        if not 0 < anchor.line <= len(lines):
            return 0
        return self._texts.places(anchor.path, anchor.side)[lines[anchor.line - 1]].index(anchor.line)


def judge(finding: Finding, graph: Graph) -> Finding:
    """`Judge.judge` for a single finding. For many, keep a `Judge`: it remembers."""
    return Judge(graph).judge(finding)


def status(anchored: Verdict, verdicts: Sequence[Verdict]) -> Status:
    """refuted: the anchor or any check fails. verified: everything passes and something tells head from base."""
    every = (anchored, *verdicts)
    if any(v.status == "failed" for v in every):
        return "refuted"
    if all(v.status == "passed" for v in every) and any(v.discriminates for v in verdicts):
        return "verified"
    return "unverified"
