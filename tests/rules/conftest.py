"""The golden cases, from `tests/goldens.py`, and real changes, from `tests/changes.py`."""

from changes import graph_of as graph_of
from goldens import golden_graph as golden_graph
from goldens import goldens as goldens
