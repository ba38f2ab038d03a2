"""Fingerprints: the same fault keeps its name across runs, and when its lines move."""

from __future__ import annotations

import hashlib

from rao_review.types import Finding


def fingerprint(finding: Finding, occurrence: int) -> str:
    """16 hex digits over path, symbol, normalised snippet and category.

    Args:
        finding: its anchor's quote is the snippet; runs of white space count as one space.
        occurrence: how many earlier lines of the file read like the anchor's first, so that repeated snippets differ.
    """
    snippet = " ".join(finding.anchor.quote.split())
    parts = (finding.anchor.path, finding.symbol, snippet, finding.category, str(occurrence))
    # A length before each part: no two lists of parts read the same.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
