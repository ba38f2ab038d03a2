"""Whether `value.name()` can mean nothing but one removed method, although the class of the value is not known."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from re import Match, Pattern
from threading import Thread

from rao_review.graph.facts import Use
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef, ResolvedUse
from rao_review.graph.places import Place
from rao_review.policy.rules.subclasses import class_chain, class_of

OWN = frozenset({"self", "cls", "this", "super()"})
_TELLING = 5
_OF_BUILTINS = frozenset(
    name
    for kind in (
        str, bytes, list, dict, set, int, float, type, BaseException, TextIOWrapper, Pattern, Match, Path, datetime, timedelta, Thread,
    )
    for name in dir(kind)
)  # fmt: skip


def only_meaning(graph: Graph, old: DefinitionRef, use: ResolvedUse) -> bool:
    """Whether a call `value.name()` can mean nothing but this Python method: no other definition has or had the name, nothing sets it, what
    everybody knows lacks it, the class cannot get it otherwise, the change left the line alone, and the file knows the module.
    The file in which it was defined proves nothing of a parameter or of `value.other`."""
    name = old.definition.name
    if old.definition.kind != "method" or not old.path.endswith(".py") or name in _OF_BUILTINS or len(name) < _TELLING:
        return False
    if use.use.kind != "call" or use.use.receiver.partition(".")[0] in OWN or is_still_set(graph, name):
        return False
    if graph.is_touched(use.path, "head", use.use.line, use.use.line):
        return False  # who wrote it knows the module as it is now
    if _may_get_otherwise(graph, old) or _is_from_outside(graph, use):
        return False
    home = {old.path, graph.head_path(old.path)}
    facts = graph.scope_facts(use.path, "head")
    if use.path in home:
        return use.use.receiver.isidentifier() and not _is_parameter(graph, use)
    return any(
        not home.isdisjoint(place.files)
        for item in (facts.imports if facts else ())
        for place in graph.resolution(use.path, "head", item).chain
    )


def is_still_set(graph: Graph, name: str) -> bool:
    """Whether some object still gets an attribute of this name: nobody can tell that it is not this one."""
    uses = (m for _, m in graph.mentions(name, "head") if isinstance(m, Use))
    return any("write" in use.context.split() for use in uses) or any(
        d.definition.kind in ("field", "property") for d in graph.definitions(name, "head")
    )


def _may_get_otherwise(graph: Graph, old: DefinitionRef) -> bool:
    """Whether the class of a removed method may have it all the same: by `__getattr__`, or from a base that cannot be read."""
    owner = class_of(graph, old)
    if owner is None:
        return False
    classes, is_open = class_chain(graph, owner)
    places = (Place((path,), f"{cls.qualname}.{old.definition.name}") for path, cls in classes)
    return is_open or any(graph.resolver("head").provides(place) is None for place in places)


def _is_from_outside(graph: Graph, use: ResolvedUse) -> bool:
    """Whether the receiver is, or is made by, something imported from another package: `time.sleep()`, `proc = Popen(…); proc.poll()`."""
    facts = graph.scope_facts(use.path, "head")
    if facts is None:
        return False
    first = use.use.receiver.partition(".")[0]
    makers = (re.match(r"\w+", b.value.strip("\"'")) for b in facts.bindings if b.name == first)
    names = {first, *(maker[0] for maker in makers if maker)}
    items = (item for item in facts.imports if (item.alias or item.module).partition(".")[0] in names)
    return any(not graph.resolution(use.path, "head", item).chain for item in items)


def _is_parameter(graph: Graph, use: ResolvedUse) -> bool:
    """Whether the receiver is given from outside: then it may be of any class, also where the method was defined."""
    around = graph.definitions(use.use.scope, "head", use.path) if use.use.scope else ()
    return any(p.name == use.use.receiver for one in around for p in one.definition.params or ())
