"""A client of the standard library for the simulated endpoint, and prompts in the shape that the templates have."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TOOLS = [
    {"type": "function", "function": {"name": name, "description": "", "parameters": {"type": "object"}}}
    for name in ("read_hunks", "symbol", "search", "read_file", "delegate", "submit")
]


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    data: bytes

    def json(self) -> Any:
        return json.loads(self.data)

    def events(self) -> list[Any]:
        """The events of a stream; the last one must be its end."""
        lines = [line.removeprefix(b"data: ") for line in self.data.split(b"\n\n") if line]
        assert lines[-1] == b"[DONE]", lines[-1:]
        return [json.loads(line) for line in lines[:-1]]


def ask(url: str, path: str, body: Any = None, **headers: str) -> Response:
    """One request on a connection of its own; a body that is not bytes is sent as JSON."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    try:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection.request("GET" if body is None else "POST", f"/v1{path}", data, headers)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, found, response.read())
    finally:
        connection.close()


def chat(url: str, messages: Iterable[Mapping[str, Any]] | str, **fields: Any) -> Response:
    """POST /chat/completions; a text stands for one user message."""
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    return ask(url, "/chat/completions", {"model": "simulated", "messages": list(messages), **fields})


def acts(response: Response) -> list[tuple[str, Any]]:
    """(name, arguments) of the calls of an answer that is not streamed."""
    assert response.status == 200, response.data
    calls = response.json()["choices"][0]["message"]["tool_calls"]
    return [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls]


def briefing(*sections: str, protocol: str = "tools", delegate: str = "no", node: str = "0.2") -> list[dict[str, Any]]:
    """A system message and the first user message."""
    facts = f"node: {node}\nrole: leaf\nprotocol: {protocol}\nmay delegate: {delegate}\n"
    return [
        {"role": "system", "content": "You review changes."},
        {"role": "user", "content": "\n".join((facts, *sections))},
    ]


def hunks(*texts: str) -> str:
    """A section of hunks; each text is 'path' and its diff lines."""
    parts = []
    for number, text in enumerate(texts):
        path, _, lines = text.partition("\n")
        parts.append(f"<<< hunk h{number}\nhunk h{number} {path} @@ -1,2 +1,3 @@ section\n{lines}\n>>> hunk h{number}")
    return "## Hunks\n" + "\n".join(parts)


INDEX = """## Index
<<< index
g1: 41 hunks, 9,200 tokens: src/core/ (12 files)
g2: 3 hunks, 400 tokens: src/api/auth.py
g10: 1 hunk, 90 tokens: docs/
>>> index"""
