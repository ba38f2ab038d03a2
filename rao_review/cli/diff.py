"""`rao-review diff`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rao_review.cli.deliver import Delivery
from rao_review.cli.model_options import takes_model_options
from rao_review.cli.options import FailOn, Format, Jobs, NoCache, Output, Quiet, Repo, Verbose
from rao_review.cli.past import load_past
from rao_review.cli.places import find_to_resume
from rao_review.cli.review import Given, run_review
from rao_review.diff.source import Source
from rao_review.errors import SourceError, UsageError

_FORMS = "a range such as main...feature, one commit, a patch file or -, --staged, --uncommitted"


@takes_model_options
def command(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(metavar="[RANGE]", help="A..B, A...B, one commit, a patch file, or - for standard input."),
    ] = None,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[-- PATHS...]", help="Git pathspecs that narrow the change.")
    ] = None,
    staged: Annotated[bool, typer.Option("--staged", help="What the next commit would hold.")] = False,
    uncommitted: Annotated[
        bool, typer.Option("--uncommitted", help="All that is not committed yet, new files included.")
    ] = False,
    repo: Repo = None,
    format_: Format = "terminal",
    output: Output = None,
    fail_on: FailOn = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            "--include", metavar="GLOB", help="Review only these files, also generated and vendored ones. Repeatable."
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="GLOB", help="Skip these files; the report says so. Repeatable."),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="[RUN]",
            help="Go on with a run that was cut off, by default the newest; what it has paid for is not paid again.",
        ),
    ] = None,
    model: dict[str, Any] | None = None,
) -> int:
    """Review a change.


    \b
    RANGE is one of:
      main...feature   what a pull request from feature to main shows
      main..feature    the two trees as they are
      HEAD, v1.2       one commit, against its first parent
      fix.patch, -     a patch, with or without its repository
    or give --staged or --uncommitted.

    \b
    Examples:
      rao-review diff origin/main...HEAD
      rao-review diff v1.0..v2.0 --format json --output review.json
      rao-review diff HEAD~3..HEAD -- src/ ':!src/vendor'
      git show abc123 | rao-review diff -
      rao-review diff main...HEAD --model qwen3-coder --base-url http://127.0.0.1:8000/v1
      rao-review diff --resume            the newest run that was cut off, from there

    Nothing of the repository or the change is executed, and settings are read from the base side (.rao-review.toml).
    """
    # What stood after `--`, which the entry point has set aside.
    narrowed = (*(paths or ()), *context.obj)
    delivery = Delivery.of(format_, output, quiet, verbose)
    past = None if resume is None else load_past(find_to_resume(repo, resume))
    if past is not None and target is None and not staged and not uncommitted:
        source = past.source
    else:
        source = _source(target, staged, uncommitted, repo, narrowed)
    given = Given.of(model, fail_on=fail_on, jobs=jobs, no_cache=no_cache, include=include, exclude=exclude)
    try:
        return run_review(source, given, delivery, past=past)
    except SourceError as error:
        if resume != "last" or not target or ".." in target or "unknown revision" not in str(error):
            raise
        # The parser cannot tell the id of a run after --resume from a change to review.
        raise UsageError(
            f"--resume {target}: {target!r} is neither a run (`rao-review runs` lists them) nor a revision"
        ) from None


def _source(target: str | None, staged: bool, uncommitted: bool, repo: Path | None, paths: tuple[str, ...]) -> Source:
    directory = repo if repo is not None else Path()
    given = sum((target is not None, staged, uncommitted))
    if given > 1:
        pathlike = " (paths go after --)" if target is not None else ""
        raise UsageError(f"give only one of RANGE, --staged, --uncommitted{pathlike}")
    if staged:
        return Source(mode="staged", repo=directory, paths=paths)
    if uncommitted:
        return Source(mode="uncommitted", repo=directory, paths=paths)
    if not target:
        raise UsageError(f"what should be reviewed? Give one of: {_FORMS} (see `rao-review diff --help`)")
    return Source(target, repo=directory, paths=paths)
