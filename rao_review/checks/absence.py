"""Claims that something is not there. The quote of a line proves nothing about the rest of a repository, so they need a symbol check."""

from __future__ import annotations

import re
from dataclasses import replace

from rao_review.types import Finding

_IS = r"(?:\bis|\bare|\bwas|\bwere|\bbeen|\bbe|\bgets?|\bdoes|\bdo|\bhas|\bhave)"
_NOT = r"(?:\s+(?:not|never|no longer|nowhere)|n['\u2019]t)(?:\s+(?:ever|even|yet|anywhere|been|being))*"
_THERE = r"(?:defined|declared|called|used|referenced|imported|exported|implemented|handled|found|there|present|available|exists?)"
_IN_WORDS = re.compile(
    rf"""(?ix)
      {_IS}{_NOT}\s+{_THERE}\b | \b(?:never|nowhere)\s+{_THERE}\b | \bno\s+longer\s+{_THERE}\b
    | \b(?:undefined|undeclared|non-?existent|unreferenced|nonexisting)\b
    | \bno\s+(?:such|callers?|uses?|usages?|definitions?|references?)\b
    """
)
# Words that mean less in the middle of an explanation.
_IN_A_TITLE = re.compile(r"(?i)\b(?:missing|unused|lacks?|absent)\b")
_NEEDS = "an absence claim needs a symbol check"


def claims_absence(finding: Finding) -> bool:
    """Whether the words of a finding say that something is missing, undefined or unused."""
    return bool(_IN_WORDS.search(finding.title) or _IN_A_TITLE.search(finding.title) or _IN_WORDS.search(finding.body))


def without_proof_of_absence(finding: Finding) -> Finding:
    """A judged finding; if it was verified, claims an absence and no symbol check speaks for it, as an unverified one that says why.

    What rules say is not read for its words: they look at the whole graph before they speak.
    """
    if finding.status != "verified" or finding.rule is not None or not claims_absence(finding):
        return finding
    pairs = zip(finding.checks, finding.verdicts, strict=True)
    if any(check.kind == "symbol" and verdict.status == "passed" for check, verdict in pairs):
        return finding
    anchored = finding.anchor_verdict
    if anchored is not None:
        anchored = replace(anchored, detail=f"{anchored.detail}; {_NEEDS}")
    return replace(finding, status="unverified", anchor_verdict=anchored)
