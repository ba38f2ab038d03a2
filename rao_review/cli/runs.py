"""`rao-review runs`"""

from __future__ import annotations

import sys

from rao_review.cli.options import Repo
from rao_review.cli.output import complain, emit
from rao_review.cli.places import journals
from rao_review.report.display import listing_for
from rao_review.report.tree_view import render_runs
from rao_review.trace.runs import list_runs


def command(repo: Repo = None) -> int:
    """List past runs, newest first: id, outcome, findings, time, change.

    A run that was killed or is still running is listed as such. Runs are kept in the git directory, under rao-review/runs.
    """
    directory = journals(repo)
    runs = list_runs(directory)
    if not runs:
        complain(f"no runs yet in {directory}")
    emit(render_runs(runs, listing_for(sys.stdout)))
    return 0
