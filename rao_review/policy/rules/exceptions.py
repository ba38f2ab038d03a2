"""Which exception classes catch which: the builtin hierarchy of Python, and classes of the repository through the graph."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping

from rao_review.graph.facts import Use
from rao_review.graph.graph import Graph

# Without `select.error`, which is no OSError in Python 2: whoever still names it supports that.
_STANDARD: Mapping[str, str] = {
    "EnvironmentError": "OSError",
    "IOError": "OSError",
    "WindowsError": "OSError",
    "asyncio.CancelledError": "BaseException",
    "concurrent.futures.CancelledError": "Exception",
    "configparser.Error": "Exception",
    "json.JSONDecodeError": "ValueError",
    "json.decoder.JSONDecodeError": "ValueError",
    "queue.Empty": "Exception",
    "queue.Full": "Exception",
    "socket.error": "OSError",
    "socket.gaierror": "OSError",
    "socket.herror": "OSError",
    "socket.timeout": "OSError",
    "ssl.SSLError": "OSError",
    "struct.error": "Exception",
    "subprocess.CalledProcessError": "Exception",
    "subprocess.TimeoutExpired": "Exception",
    "urllib.error.HTTPError": "OSError",
    "urllib.error.URLError": "OSError",
    "zipfile.BadZipFile": "Exception",
}
_DEEPEST = 20


def lineage(graph: Graph, path: str, name: str, line: int) -> tuple[str, ...]:
    """The classes that catch an exception, itself first: builtins by their name, repository classes as 'path:qualname'.

    Empty when it cannot be told what the name means; cut short where a base class cannot be told.

    Args:
        path: head file in which the name stands at `line`, as written: 'ValueError', 'errors.NotFound'.
    """
    return tuple(_lineage(graph, path, name, line, _DEEPEST))


def _lineage(graph: Graph, path: str, name: str, line: int, depth: int) -> Iterator[str]:
    facts = graph.facts(path, "head")
    if facts is None or depth == 0:
        return
    receiver, _, last = name.rpartition(".")
    bound = {i.alias: i for i in facts.imports if i.alias}
    first = name.partition(".")[0]
    own = first in bound or any(d.qualname == first for d in facts.definitions) or bool(facts.bound(first))
    if not own:
        if not receiver and not any(i.name == "*" for i in facts.imports):
            yield from _builtin(name)
        return
    found = graph.resolve(path, "head", Use(last, "name", line, receiver))
    if len(found) == 1 and found[0].definition.kind == "class":
        definition = found[0].definition
        yield f"{found[0].path}:{definition.qualname}"
        if len(definition.bases) == 1:
            yield from _lineage(graph, found[0].path, definition.bases[0], definition.line, depth - 1)
    elif not found and first in bound:
        item = bound[first]
        full = ".".join(filter(None, (item.module, item.name, name.partition(".")[2])))
        if full in _STANDARD:
            yield full
            yield from _builtin(_STANDARD[full])


def _builtin(name: str) -> Iterator[str]:
    found = getattr(builtins, _STANDARD.get(name, name), None)
    if isinstance(found, type) and issubclass(found, BaseException):
        yield from (c.__name__ for c in found.__mro__ if issubclass(c, BaseException))
