"""`--format json`: the contract as text."""

from __future__ import annotations

import json

from rao_review.report.contract import Report
from rao_review.report.display import Display


def render(report: Report, display: Display) -> str:
    """Pure ASCII, keys in the contract's order, two spaces, one newline at the end.

    ASCII on purpose: control and bidirectional characters of the change stay escaped wherever the text is shown, and every
    locale can write it. `display` has no bearing on JSON.
    """
    text = json.dumps(report, indent=2, ensure_ascii=True)
    return text.replace("\x7f", "\\u007f") + "\n"
