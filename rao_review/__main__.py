"""`python -m rao_review`."""

from __future__ import annotations

from rao_review.cli import main

if __name__ == "__main__":
    main()
