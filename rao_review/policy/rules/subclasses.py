"""Who inherits from a class, as far as the graph is certain."""

from __future__ import annotations

from collections.abc import Iterator

from rao_review.graph.facts import Definition, Import
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef
from rao_review.graph.places import Place
from rao_review.graph.table import CLASS_KINDS
from rao_review.types import Side

_MAX_DEPTH = 6


def subclasses(graph: Graph, base: DefinitionRef) -> Iterator[DefinitionRef]:
    """All known classes at head below `base`, direct ones first, each once."""
    seen = {(base.path, base.definition.qualname)}
    level = [base]
    for _ in range(_MAX_DEPTH):
        following: list[DefinitionRef] = []
        graph.find(parent.definition.name for parent in level)
        for parent in level:
            for child in _direct(graph, parent):
                key = (child.path, child.definition.qualname)
                if key not in seen:
                    seen.add(key)
                    following.append(child)
                    yield child
        level = following


def _direct(graph: Graph, parent: DefinitionRef) -> Iterator[DefinitionRef]:
    name = parent.definition.name
    for path, use in graph.mentions(name, "head"):
        if (
            isinstance(use, Import)
            or use.kind != "inherit"
            or not graph.leads_to(graph.resolution(path, "head", use), "head", parent)
        ):
            continue
        facts = graph.scope_facts(path, "head")
        for definition in facts.definitions if facts else ():
            names_it = any(b.rpartition(".")[2] == name for b in definition.bases)
            if names_it and definition.kind in CLASS_KINDS and definition.start_line <= use.line <= definition.end_line:
                yield DefinitionRef(path, "head", definition)


def class_chain(graph: Graph, cls: DefinitionRef) -> tuple[list[tuple[str, Definition]], bool]:
    """A class and the classes above it, nearest first, each with its path; and whether a base could not be followed."""
    return graph.resolver(cls.side).class_chain(Place((cls.path,), cls.definition.qualname))


def own_method(graph: Graph, cls: DefinitionRef, name: str) -> DefinitionRef | None:
    """The method that a class defines itself."""
    found = graph.definitions(f"{cls.definition.qualname}.{name}", "head", cls.path)
    return found[0] if found else None


def inherited(graph: Graph, cls: DefinitionRef, name: str) -> tuple[DefinitionRef | None, bool]:
    """The definition of `name` that instances of `cls` see, and whether the chain of bases could not be followed to its end."""
    classes, is_open = class_chain(graph, cls)
    for path, definition in classes:
        for found in graph.definitions(f"{definition.qualname}.{name}", "head", path):
            return found, is_open
    return None, is_open


def is_told_apart(graph: Graph, cls: DefinitionRef) -> bool:
    """Whether a qualified name means one class of its file on both sides: functions without a name may each have a local of that name."""
    qualname = cls.definition.qualname
    sides: tuple[tuple[Side, str], ...] = (("head", cls.path), ("base", graph.base_path(cls.path)))
    for side, path in sides:
        found = graph.definitions(qualname, side, path)
        here = [one.definition for one in found if one.definition.qualname == qualname]
        if len(here) > 1 and any("local" in one.flags for one in here):
            return False
    return True


def class_of(graph: Graph, method: DefinitionRef) -> DefinitionRef | None:
    """The class at head that a method stands in."""
    owner = method.definition.qualname.rpartition(".")[0]
    path = method.path if method.side == "head" else graph.head_path(method.path)
    found = [d for d in graph.definitions(owner, "head", path) if d.definition.kind in CLASS_KINDS] if owner else []
    around = [d for d in found if _holds(d, method)]
    return next(iter(around or found), None)


def _holds(cls: DefinitionRef, method: DefinitionRef) -> bool:
    """Whether a definition of head stands in a class: one of several that have a name together."""
    own = cls.definition
    return method.side == "head" and own.start_line <= method.definition.line <= own.end_line
