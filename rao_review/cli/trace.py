"""`rao-review trace RUN`"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from rao_review.cli.options import Repo
from rao_review.cli.output import emit
from rao_review.cli.places import find_journal
from rao_review.report.display import listing_for
from rao_review.report.tree_view import render_tree
from rao_review.trace.events import StageFinished
from rao_review.trace.journal import read
from rao_review.trace.runs import load_run
from rao_review.trace.tree import fold
from rao_review.trace.usage import CallCount


def command(
    run: Annotated[str, typer.Argument(help="Id of a run, its beginning, or `last`.")] = "last", repo: Repo = None
) -> int:
    """Print how a run went: the time of each stage, and the tree of its nodes with hunks, lines, time and findings.

    Works while the run is still going on, and for a run that was killed.
    """
    path = find_journal(repo, run)
    records = list(read(path))
    stages = [record.event for record in records if isinstance(record.event, StageFinished)]
    calls = CallCount()
    for record in records:
        calls.record(record.event)
    emit(render_tree(load_run(path), fold(records), stages, calls, listing_for(sys.stdout)))
    return 0
