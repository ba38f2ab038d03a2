"""`rao-review explain [RULE]`"""

from __future__ import annotations

import os
import sys
import textwrap
from difflib import get_close_matches
from typing import Annotated

import typer

from rao_review.cli.output import emit
from rao_review.errors import UsageError
from rao_review.policy.rules import RULES
from rao_review.profiles import EXAMPLE, KEYS, config_path
from rao_review.report.display import Detail, display_for
from rao_review.report.rule_view import render_rule, render_rules


def command(
    rule: Annotated[str | None, typer.Argument(metavar="[RULE]", help="Id of a rule, or `profiles`.")] = None,
) -> int:
    """Tell what a rule of the built-in reviewer means, with an example and how to silence it. Without RULE, list them all.

    `explain profiles` tells where profiles of models stand, and what may be in one.
    """
    if rule == "profiles":
        emit(_profiles())
        return 0
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


def _profiles() -> str:
    example = "".join(f"    {line}\n" if line else "\n" for line in EXAMPLE.splitlines())
    keys = textwrap.fill(", ".join(KEYS), 88, initial_indent="    ", subsequent_indent="    ")
    return (
        "A profile says which model is asked, where, and what it may cost: `rao-review diff A..B --profile work`.\n"
        "Flags and RAO_REVIEW_… variables go before it.\n\n"
        f"File: {config_path(os.environ)}\n\n{example}\n"
        f"Keys, as the flags of `rao-review diff --help`, with dashes or underscores:\n{keys}\n"
    )
