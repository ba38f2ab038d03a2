"""The golden cases, from `tests/goldens.py`."""

from goldens import golden_graph as golden_graph
from goldens import goldens as goldens
