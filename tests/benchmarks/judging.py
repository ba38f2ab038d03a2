"""Where a name on a line really leads, by a type checker's own "go to definition": pyright, go/types or the TypeScript compiler, never our graph.

What is not installed in the checkout cannot be followed; such an answer is empty and says nothing.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oracles import workspace

ELSEWHERE = "elsewhere"
_HERE = Path(__file__).parent
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Name:
    """A name on a line of a file, 1-based."""

    path: str
    line: int
    name: str


# What a name leads to: `file:line`, ELSEWHERE for what is not of the repository; empty where that cannot be told.
Answers = Mapping[Name, frozenset[str]]


def go(root: Path, names: Sequence[Name], command: Sequence[str]) -> Answers:
    return _answers(names, [*command, "run", "definitions.go", str(root)])


def typescript(root: Path, names: Sequence[Name], command: Sequence[str]) -> Answers:
    """The last word of the command is the folder of the package `typescript`."""
    *node, library = command
    return _answers(names, [*node, "definitions.cjs", library, str(root), json.dumps(workspace(root))])


def _answers(names: Sequence[Name], command: Sequence[str]) -> Answers:
    text = "".join(f"{n.path}\t{n.line}\t{n.name}\n" for n in names)
    # Not run inside the repository: its manifest may ask for a newer toolchain.
    done = subprocess.run(command, cwd=_HERE, input=text, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])}: {done.stderr[-500:]}")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {Name(path, int(line), name): frozenset(places.split()) for path, line, name, places in rows}


def pyright(root: Path, names: Sequence[Name], command: Sequence[str]) -> Answers:
    """`command` is the language server."""
    answers: dict[Name, frozenset[str]] = {}
    with LanguageServer(command, root) as server:
        for path in sorted({n.path for n in names}):
            text = (root / path).read_text("utf-8", "replace")
            lines = text.split("\n")
            uri = (root / path).as_uri()
            document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
            server.tell("textDocument/didOpen", {"textDocument": document})
            for name in (n for n in names if n.path == path):
                places: set[str] = set()
                for match in re.finditer(rf"\b{name.name}\b", lines[name.line - 1]):
                    at = {"line": name.line - 1, "character": match.start()}
                    found = server.ask("textDocument/definition", {"textDocument": {"uri": uri}, "position": at})
                    places.update(_place(root, location) for location in found or ())
                answers[name] = frozenset(places)
    return answers


def _place(root: Path, location: Mapping[str, Any]) -> str:
    prefix = root.as_uri() + "/"
    uri = location["uri"]
    return (
        f"{uri.removeprefix(prefix)}:{location['range']['start']['line'] + 1}" if uri.startswith(prefix) else ELSEWHERE
    )


class LanguageServer:
    """One question at a time to a language server over its standard streams."""

    def __init__(self, command: Sequence[str], root: Path) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._asked = 0
        folder = {"uri": root.as_uri(), "name": "root"}
        capabilities = {"workspace": {"configuration": True, "workspaceFolders": True}}
        start = {
            "processId": os.getpid(),
            "rootUri": root.as_uri(),
            "workspaceFolders": [folder],
            "capabilities": capabilities,
        }
        self.ask("initialize", start)
        self.tell("initialized", {})

    def __enter__(self) -> LanguageServer:
        return self

    def __exit__(self, *problem: object) -> None:
        self._process.kill()
        self._process.wait()

    def tell(self, method: str, told: Mapping[str, Any]) -> None:
        self._send({"method": method, "params": told})

    def ask(self, method: str, told: Mapping[str, Any]) -> Any:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": told})
        while True:
            message = self._receive()
            if "method" not in message and message.get("id") == self._asked:
                return message.get("result")
            if "id" in message and "method" in message:  # the server asks: nothing is configured
                items = (
                    message.get("params", {}).get("items", ()) if message["method"] == "workspace/configuration" else ()
                )
                self._send({"id": message["id"], "result": [None for _ in items] if items else None})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        size = 0
        while line := self._process.stdout.readline().strip():
            key, _, value = line.partition(b":")
            if key.lower() == b"content-length":
                size = int(value)
        if not size:
            raise SystemExit("the language server is gone")
        message: dict[str, Any] = json.loads(self._process.stdout.read(size))
        return message


@dataclass(frozen=True, slots=True)
class Judge:
    """The usual command, and what asks it."""

    command: tuple[str, ...]
    ask: Callable[[Path, Sequence[Name], Sequence[str]], Answers]


JUDGES = {
    "python": Judge(("pyright-langserver", "--stdio"), pyright),
    "go": Judge(("go",), go),
    "typescript": Judge(("node", "typescript"), typescript),
}
