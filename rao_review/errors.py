"""The error tree. Every error a user can cause is one of these and prints as one line.

ReviewError                  anything that stops a review; exit code 2
├── UsageError               the command line or a setting makes no sense
├── SourceError              the change cannot be read
│   ├── GitError             git answered with a failure
│   └── PatchError           a patch is malformed; names file and line
├── JournalError             a journal is missing, foreign or damaged
└── ModelError               a model could not be asked, or not in this way
    ├── UnavailableError     no endpoint answers, after all retries
    ├── TransientError       one attempt failed in a way that another attempt may not
    ├── RejectedError        the endpoint refuses the request: wrong key, model or argument
    │   ├── OverflowingError     the prompt does not fit the model's window
    │   └── UnsupportedError     the endpoint cannot do this: tools, schemas, streaming options
    └── BudgetError          tokens, cost, calls or time are used up
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


class ModelError(ReviewError):
    """A model could not be asked, or not in this way."""


class UnavailableError(ModelError):
    """No endpoint answers, after all retries."""


class TransientError(ModelError):
    """One attempt failed in a way that another attempt may not: overload, a broken connection, an empty answer.

    Args:
        kind: a short stable word for it: 'rate limit', 'server error', 'connection', 'time-out', 'truncated', 'empty'.
        message: one line.
        retry_after: seconds that the server asks to wait; None when it does not say.
        sent: whether the prompt reached the model, so that its tokens may have been charged.
    """

    def __init__(self, kind: str, message: str, retry_after: float | None = None, *, sent: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after
        self.sent = sent


class RejectedError(ModelError):
    """The endpoint refuses the request, and would refuse it again. `status` is the HTTP status, 0 when there is none."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class OverflowingError(RejectedError):
    """The prompt does not fit the model's window. `window` and `prompt` are tokens, None when the server does not say."""

    def __init__(self, message: str, status: int = 0, window: int | None = None, prompt: int | None = None) -> None:
        super().__init__(message, status)
        self.window = window
        self.prompt = prompt


class UnsupportedError(RejectedError):
    """The endpoint cannot do this. `feature` is 'tools', 'schema', 'stream' or 'max_output'."""

    def __init__(self, message: str, status: int = 0, feature: str = "") -> None:
        super().__init__(message, status)
        self.feature = feature


class BudgetError(ModelError):
    """Tokens, cost, calls or time are used up. `limit` is the option that says how much there was: 'max-tokens', 'deadline', …"""

    def __init__(self, message: str, limit: str) -> None:
        super().__init__(message)
        self.limit = limit
