"""The error tree. Every error a user can cause is one of these and prints as one line.

ReviewError                  anything that stops a review; exit code 2
├── UsageError               the command line or a setting makes no sense
├── SourceError              the change cannot be read
│   ├── GitError             git answered with a failure
│   └── PatchError           a patch is malformed; names file and line
└── JournalError             a journal is missing, foreign or damaged
"""

from __future__ import annotations


class ReviewError(Exception):
    """Base of every error that ends a review. `str(error)` is one line that says what to do."""


class UsageError(ReviewError):
    """The command line or a setting makes no sense."""


class SourceError(ReviewError):
    """The change under review cannot be read."""


class GitError(SourceError):
    """git answered with a failure."""


class PatchError(SourceError):
    """A patch is malformed.

    Args:
        message: what is wrong and what to do.
        origin: the patch's file name, or `<stdin>`.
        line: 1-based line in the patch where it goes wrong.
    """

    def __init__(self, message: str, origin: str, line: int) -> None:
        super().__init__(f"{origin}:{line}: {message}")
        self.origin = origin
        self.line = line


class JournalError(ReviewError):
    """A journal is missing, of a foreign version, or damaged."""
