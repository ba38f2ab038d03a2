"""What every Java object has, or every enum, without writing it: who removes an override of it removes no name."""

from __future__ import annotations

from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef
from rao_review.policy.rules.subclasses import class_chain, class_of

_OF_OBJECTS = frozenset(
    {"clone", "equals", "finalize", "getClass", "hashCode", "notify", "notifyAll", "toString", "wait"}
)
_OF_ENUMS = frozenset({"compareTo", "describeConstable", "getDeclaringClass", "name", "ordinal", "valueOf", "values"})
_OF_EXCEPTIONS = frozenset({
    "addSuppressed", "fillInStackTrace", "getCause", "getLocalizedMessage", "getMessage", "getStackTrace", "getSuppressed", "initCause",
    "printStackTrace", "setStackTrace",
})  # fmt: skip


def is_inherited(graph: Graph, old: DefinitionRef) -> bool:
    """Whether the class of a removed Java method has one of that name all the same. Which of several a call means is not told."""
    name = old.definition.name
    if not old.path.endswith(".java") or old.definition.kind != "method":
        return False
    if name in _OF_OBJECTS:
        return True
    owner = class_of(graph, old) if name in _OF_ENUMS | _OF_EXCEPTIONS else None
    if owner is None:
        return False
    if owner.definition.kind == "enum":
        return name in _OF_ENUMS
    classes, _ = class_chain(graph, owner)
    return name in _OF_EXCEPTIONS and any("Exception" in cls.bases for _, cls in classes)
