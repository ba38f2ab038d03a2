"""Real changes, from `tests/changes.py`."""

from changes import graph_of as graph_of
