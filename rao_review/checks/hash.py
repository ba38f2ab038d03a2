"""The hash check: the file is byte for byte the one that the finding speaks of."""

from __future__ import annotations

from rao_review.checks.texts import Texts
from rao_review.types import HashCheck, Verdict


def check_hash(check: HashCheck, texts: Texts) -> Verdict:
    """Compares git blob ids (SHA-1, or SHA-256 for a 64-digit id). Never discriminates: it speaks of the evidence, not of the fault."""
    if texts.tree(check.side).partial:
        return Verdict("unknown", None, f"only a part of {check.path} is known")
    found = texts.blob(check.path, check.side, check.oid)
    if found is None:
        return Verdict("failed", None, f"there is no file {check.path} in {check.side}")
    if found == check.oid.lower():
        return Verdict("passed", None, f"{check.path} is blob {found[:12]}")
    return Verdict("failed", None, f"{check.path} is blob {found[:12]}, not {check.oid[:12]}")
