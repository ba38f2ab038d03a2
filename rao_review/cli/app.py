"""The entry point: finds the command, and turns whatever happens into one line and an exit code.

0    nothing at or above --fail-on
1    findings at or above it
2    incomplete, or could not run
130  interrupted
143  terminated
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from rao_review import __version__
from rao_review.cli.output import InterruptedReview, close_quietly, complain
from rao_review.errors import ReviewError, UsageError

# A command is loaded when it is named: `--help` and `--version` must be instant.
COMMANDS = {
    "diff": ("rao_review.cli.diff", "Review a change: a range of commits, the index, the work tree, or a patch."),
    "demo": ("rao_review.cli.demo", "Review a bundled change with planted faults, to see what a report looks like."),
    "explain": ("rao_review.cli.explain", "Tell what a rule means, with an example and how to silence it."),
    "runs": ("rao_review.cli.runs", "List past runs, newest first."),
    "replay": ("rao_review.cli.replay", "Do a past review again from its journal, without asking the model."),
    "show": ("rao_review.cli.show", "Print the report of a past run."),
    "trace": ("rao_review.cli.trace", "Print the tree of a run: nodes, hunks, time, findings."),
    "schema": ("rao_review.cli.schema", "Print the JSON Schema of --format json."),
    "simulate": ("rao_review.cli.simulate", "Serve a simulated endpoint: the OpenAI chat API with no model behind it."),
}

_HELP = """Review large changes. Every changed line ends as reviewed, skipped (reason) or failed (reason), and every finding
is checked. Needs no model, no key and no network.

\b
Examples:
  rao-review diff main...feature      what a pull request from feature to main shows
  rao-review diff --staged            what you are about to commit
  rao-review demo                     a bundled change, to see a report
  rao-review trace last               how the last run went

\b
Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 incomplete or could not run.
"""

# What other programs call it → what to type here, given the word that follows.
_MEANT: dict[str, Callable[[Sequence[str]], Sequence[str]]] = {
    "help": lambda after: [*(word for word in after if word in COMMANDS), "--help"],
    "review": lambda after: ["diff", *after],
}

_RUN_ID = re.compile(r"\d{8}(-|$)")

# click's UsageError, which typer does not export and which lives elsewhere in older versions.
_CommandLineError: type[Exception] = typer.BadParameter.__mro__[1]


def main() -> None:
    """Console script: runs the command line and exits."""
    _open_closed_streams()
    # Workers end and temporary directories go away on the way out, which the default action does not take.
    signal.signal(signal.SIGTERM, _terminate)
    code = run(sys.argv[1:])
    if gc.isenabled():
        sys.exit(code)
    # A review leaves millions of objects behind: to free them one by one takes a second, and the process ends anyway.
    atexit._run_exitfuncs()
    os._exit(code)


def _open_closed_streams() -> None:
    """Stand /dev/null in for standard streams that are closed, as git does: the next open file would take their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  (open to the end)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code. Nothing it meets becomes a traceback, unless RAO_REVIEW_DEBUG is set."""
    try:
        return _dispatch(list(arguments))
    except _CommandLineError as error:
        complain(f"{_message(error)} (see `{_command_path(error)} --help`)")
    except ReviewError as error:
        complain(str(error))
    except KeyboardInterrupt:
        complain("interrupted")
        return 130
    except InterruptedReview as interrupt:
        complain(f"interrupted: {interrupt}")
        return 130
    except Exception as error:  # a bug of ours: the user gets one line and the place of the traceback
        complain(_bug(error))
    finally:
        close_quietly()
    return 2


def _dispatch(arguments: list[str]) -> int:
    """What stands after `--` are paths, whatever it looks like, and does not go through the parser."""
    paths: list[str] = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, paths = arguments[:at], arguments[at + 1 :]
    if not arguments:
        # As git, ruff and uv do. To exit with 0 would tell a build whose arguments got lost that there is nothing to object to.
        with contextlib.redirect_stdout(sys.stderr):
            _build(["--help"])(args=["--help"], prog_name="rao-review", standalone_mode=False, obj=())
        return 2
    if arguments[0] in _MEANT:
        meant = " ".join(["rao-review", *_MEANT[arguments[0]](arguments[1:2])])
        raise UsageError(f"no such command {arguments[0]!r}: did you mean `{meant}`?")
    arguments = _with_resumed_run(arguments)
    application = _build(arguments)
    _check_order(arguments, application)
    result = application(args=arguments, prog_name="rao-review", standalone_mode=False, obj=tuple(paths))
    if result == 130:
        raise KeyboardInterrupt
    return int(result or 0)


def _check_order(arguments: Sequence[str], application: typer.Typer) -> None:
    """Raises UsageError for an option of a command that stands before it."""
    first = arguments[0].partition("=")[0]
    name = next((word for word in arguments if word in COMMANDS), "")
    if not first.startswith("-") or not name:
        return
    command: Any = typer.main.get_command(application)
    if any(first in parameter.opts for parameter in command.commands[name].params):
        raise UsageError(f"{first} goes after {name}: `rao-review {name} {first} …`")


def _with_resumed_run(arguments: list[str]) -> list[str]:
    """`--resume` may stand alone, which the parser does not know: it then means the last run."""
    if "--resume" not in arguments:
        return arguments
    at = arguments.index("--resume")
    following = arguments[at + 1 : at + 2]
    named = following and (following[0] == "last" or _RUN_ID.match(following[0]))
    return arguments if named else [*arguments[: at + 1], "last", *arguments[at + 1 :]]


def _build(arguments: Sequence[str]) -> typer.Typer:
    # rich's help panels would double the start-up time.
    application = typer.Typer(help=_HELP, rich_markup_mode=None, add_completion=False, no_args_is_help=True)
    application.callback()(_root)
    for name, (module, summary) in COMMANDS.items():
        command = import_module(module).command if name in arguments else _not_loaded
        application.command(name, short_help=summary)(command)
    return application


def _not_loaded() -> None:
    """Stands for a command that the arguments do not name, so that `--help` can list it."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rao-review {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def _message(error: Any) -> str:
    text = " ".join(error.format_message().split())
    return text[:1].lower() + text[1:].rstrip(".")


def _command_path(error: Any) -> str:
    return error.ctx.command_path if error.ctx else "rao-review"


def _bug(error: Exception) -> str:
    import tempfile  # noqa: PLC0415  (would cost every start a hundredth of a second)

    text = "".join(traceback.format_exception(error))
    what = f"a bug in rao-review: {type(error).__name__}"
    if os.environ.get("RAO_REVIEW_DEBUG"):
        sys.stderr.write(text)
        return what
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="rao-review-bug-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
    except OSError:
        return f"{what}; RAO_REVIEW_DEBUG=1 shows the traceback"
    return f"{what}; the traceback is in {file.name}, please report it"
