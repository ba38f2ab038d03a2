"""`python -m rao_review`."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # `-m` puts the current directory first, where a repository under review could have a `typer.py` of its own.
    if not sys.flags.safe_path and Path(sys.path[0]) == Path.cwd():
        del sys.path[0]

    from rao_review.cli import main

    main()
