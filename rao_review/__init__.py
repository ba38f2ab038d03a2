"""rao-review: code review of large changes by a recursive agent. The model decides, the harness keeps the books."""

__version__ = "0.1.0"
