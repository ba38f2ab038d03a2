"""`rao-review explain [RULE]`"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import Annotated

import typer

from rao_review.cli.output import emit
from rao_review.errors import UsageError
from rao_review.policy.rules import RULES
from rao_review.report.display import Detail, display_for
from rao_review.report.rule_view import render_rule, render_rules


def command(rule: Annotated[str | None, typer.Argument(metavar="[RULE]", help="Id of a rule.")] = None) -> int:
    """Tell what a rule of the built-in reviewer means, with an example and how to silence it. Without RULE, list them all."""
    display = display_for(sys.stdout, Detail.NORMAL)
    if rule is None:
        emit(render_rules([(r.id, r.severity, r.category, r.summary) for r in RULES], display))
        return 0
    for known in RULES:
        if known.id == rule:
            emit(render_rule((known.id, known.severity, known.category, known.summary), known.explanation, display))
            return 0
    close = get_close_matches(rule, [known.id for known in RULES], n=1)
    hint = f"did you mean {close[0]!r}?" if close else "`rao-review explain` lists them"
    raise UsageError(f"there is no rule {rule!r}; {hint}")
