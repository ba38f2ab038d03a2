"""`rao-review demo`"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from rao_review.cli.deliver import Delivery
from rao_review.cli.model_options import takes_model_options
from rao_review.cli.options import FailOn, Format, Jobs, NoCache, Output, Quiet, Verbose
from rao_review.cli.review import Given, run_review
from rao_review.demo import build
from rao_review.diff.source import Source
from rao_review.trace.runs import runs_directory


@takes_model_options
def command(
    format_: Format = "terminal",
    output: Output = None,
    fail_on: FailOn = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    model: dict[str, Any] | None = None,
) -> int:
    """Review a bundled change with planted cross-file faults and harmless edits that look alike.

    It is made into a repository in a temporary directory and reviewed as any other. Exits with 1: there are findings.
    """
    delivery = Delivery.of(format_, output, quiet, verbose)
    with tempfile.TemporaryDirectory(prefix="rao-review-demo-") as directory:
        source = Source("base..head", repo=build(Path(directory)))
        # The repository goes away, so its journal is kept in the user's state directory.
        given = Given.of(model, fail_on=fail_on, jobs=jobs, no_cache=no_cache)
        return run_review(source, given, delivery, runs_directory(None))
