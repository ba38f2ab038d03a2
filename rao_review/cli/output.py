"""Where reports go: standard output, or a file that appears whole or not at all. And the one line of an error."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from rao_review.errors import UsageError
from rao_review.report.escape import visible


class InterruptedReview(BaseException):
    """Ctrl-C in a review that can be gone on with. Says how. No Exception, as KeyboardInterrupt is none."""


def complain(message: str) -> None:
    """One line on standard error: an error, a stage, a verdict. Messages may quote the change, so they are made safe."""
    encoding = sys.stderr.encoding or "ascii"
    # stderr may be closed, full or gone; there is nobody left to tell.
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"rao-review: {visible(message.strip(), encoding)}\n")
        sys.stderr.flush()


def emit(text: str) -> None:
    """Write a report to standard output. A reader that has gone away (`| head`) is no error; a full disk is a UsageError."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
    except OSError as error:
        _discard_stdout()
        raise UsageError(f"standard output: {error.strerror or error}") from None


def close_quietly() -> None:
    """Flush standard output now, so that the interpreter has nothing to complain about at exit."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()
    except (OSError, ValueError) as error:
        complain(f"standard output: {error}")


def _discard_stdout() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def check_output(path: Path) -> None:
    """Raises UsageError when a report could not be written to `path`: before the review, not after it."""
    folder = path.resolve().parent
    if path.is_dir():
        raise UsageError(f"--output: {path} is a directory; name a file in it")
    if not folder.is_dir():
        raise UsageError(f"--output: there is no directory {folder}; create it first")
    if not os.access(path if _is_special(path) else folder, os.W_OK):
        raise UsageError(f"--output: {path} cannot be written")


def write_report(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step, so that no reader ever sees half a report. Raises UsageError."""
    try:
        if _is_special(path):
            path.write_text(text, encoding="utf-8", newline="\n")
        else:
            _replace(path.resolve(), text.encode("utf-8"))
    except OSError as error:
        raise UsageError(f"--output: {path}: {error.strerror or error}") from None


def _is_special(path: Path) -> bool:
    """A device or a pipe (`/dev/stdout`, a FIFO) is written to, not replaced."""
    return path.exists() and not path.is_file()


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name[:40]}.{os.getpid()}-{os.urandom(4).hex()}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(data)
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        temporary.replace(path)
    except BaseException:  # interrupted or failed: leave nothing behind, whatever it was
        temporary.unlink(missing_ok=True)
        raise
