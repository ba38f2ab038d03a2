"""A simulated endpoint: a real HTTP server that speaks the OpenAI chat API and has no model behind it.

request ──▶ http ──▶ chat        bytes → turns, tools, limits                 (http.py, chat.py)
                      │
                      ├── faults      does this request fail, and how         (faults.py, wording.py)
                      ├── prefix      which tokens the server has seen        (prefix.py)
                      ├── prompt      what stands in the prompt               (prompt.py)
                      │     └── reviewer   what a reviewer would do next      (reviewer.py, planted.py, obey.py)
                      │           └── answer    tool calls or JSON text       (answer.py)
                      └── delivery    paced, whole or as events, or broken    (delivery.py, latency.py)

It says of itself that it is simulated: in the model's name, in a header of every response, in every summary and finding. It knows
a fault only when the two lines that prove it were in one request, so a review against it measures what the harness put in front
of a model; it says nothing about how well a real model reviews.
"""

from __future__ import annotations

from rao_review.simulate.options import Options
from rao_review.simulate.planted import Planted, load_planted
from rao_review.simulate.server import SimulatedEndpoint, serve_in_thread

__all__ = ["Options", "Planted", "SimulatedEndpoint", "load_planted", "serve_in_thread"]
