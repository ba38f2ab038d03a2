"""Fresh interpreters for what is done in another process. No forks: that of a program with threads may deadlock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path


def start(
    function: Callable[..., None],
    *arguments: object,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    descriptors: Collection[int] = (),
) -> subprocess.Popen[bytes]:
    """A process that runs a function of ours, out of reach of Ctrl-C and silent on standard error. Raises OSError.

    Args:
        arguments: numbers and strings; they are written out.
        descriptors: open ones that it inherits (POSIX).
    """
    command = _command(function, *arguments)
    if sys.platform == "win32":
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )
    return subprocess.Popen(
        command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, pass_fds=descriptors, process_group=0
    )


def _command(function: Callable[..., None], *arguments: object) -> list[str]:
    """The command line. The interpreter looks for modules where this one does, but never in the current directory, which may be a
    hostile repository's."""
    package_root = str(Path(__file__).resolve().parents[2])
    here = str(Path.cwd())
    places = [package_root, *(place for place in sys.path if place and place not in (package_root, here))]
    call = f"{function.__name__}({', '.join(map(repr, arguments))})"
    code = f"import sys; sys.path[:] = {places!r}; from {function.__module__} import {function.__name__}; {call}"
    flags = ["-I", "-S"] + (["-B"] if sys.dont_write_bytecode else [])
    return [sys.executable or "python3", *flags, "-c", code]
