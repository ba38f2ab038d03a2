"""Whether a call fits a parameter list: the calling rules of Python, TypeScript, Go and Java."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rao_review.graph.changes import OVERLOADING
from rao_review.graph.facts import Arguments, Definition, Param
from rao_review.graph.graph import Graph
from rao_review.graph.model import DefinitionRef
from rao_review.graph.places import Place

_TRANSPARENT = frozenset({
    "staticmethod", "classmethod", "property", "abstractmethod", "abc.abstractmethod", "override", "typing.override",
    "typing_extensions.override", "functools.lru_cache", "lru_cache", "functools.cache", "cache", "functools.wraps",
    "wraps", "contextmanager", "contextlib.contextmanager", "asynccontextmanager", "contextlib.asynccontextmanager",
    "final", "typing.final", "no_type_check", "deprecated", "warnings.deprecated", "typing_extensions.deprecated",
    "dataclass", "dataclasses.dataclass", "total_ordering", "functools.total_ordering", "runtime_checkable",
    "typing.runtime_checkable", "Override", "Deprecated", "SuppressWarnings", "Nullable", "NonNull",
    "VisibleForTesting", "SafeVarargs", "inheritDoc", "CanIgnoreReturnValue", "FunctionalInterface",
})  # fmt: skip


_IGNORING_MORE = frozenset({"php"})
"""Languages in which a function does not see the arguments that are too many."""


def transparent(definition: Definition) -> bool:
    """Whether its decorators keep the signature as written."""
    return all(d in _TRANSPARENT for d in definition.decorators)


def is_declared(graph: Graph, method: DefinitionRef) -> bool:
    """Whether a Python method only declares what others provide, without its receiver: a class of zope.interface, which nobody calls."""
    owner = method.definition.qualname.rpartition(".")[0]
    if not owner or not method.path.endswith((".py", ".pyi")):
        return False
    classes, _ = graph.resolver(method.side).class_chain(Place((method.path,), owner))
    return any(base.rpartition(".")[2] == "Interface" for _, cls in classes for base in cls.bases)


def misfit(definition: Definition, arguments: Arguments, language: str) -> str | None:
    """Why a call with these arguments fails on this definition, in words; None when it fits or cannot be told.

    In languages that choose among overloads, the others must be asked too.
    """
    params = definition.params
    if (
        params is None
        or not transparent(definition)
        or ("overload" in definition.flags and language not in OVERLOADING)
    ):
        return None
    if language in ("javascript", "jsx"):
        return None
    if language == "python":
        return _python_misfit(params, arguments)
    return _positional_misfit(params, arguments, may_exceed=language in _IGNORING_MORE)


def _python_misfit(params: Sequence[Param], arguments: Arguments) -> str | None:
    slots = [p for p in params if p.kind in ("positional", "positional_only")]
    by_keyword = {p.name for p in params if p.kind in ("positional", "keyword_only")}
    variadic = any(p.kind == "variadic" for p in params)
    open_keywords = any(p.kind == "keyword_variadic" for p in params)
    if arguments.positional > len(slots) and not variadic:
        return f"it takes at most {_count(len(slots), 'positional argument')}, {arguments.positional} are given"
    for keyword in arguments.keywords:
        if keyword not in by_keyword and not open_keywords:
            return f"it has no parameter '{keyword}'"
    taken = {p.name for p in slots[: arguments.positional] if p.kind == "positional"}
    for keyword in arguments.keywords:
        if keyword in taken:
            return f"'{keyword}' is given twice, by position and by name"
    missing = [
        p.name
        for index, p in enumerate(slots)
        if not p.optional and not (index < arguments.positional or arguments.star or p.name in arguments.keywords)
    ]
    missing += [
        p.name for p in params if p.kind == "keyword_only" and not p.optional and p.name not in arguments.keywords
    ]
    if missing and not arguments.double_star:
        return f"{_names(missing)} {'is' if len(missing) == 1 else 'are'} required and not given"
    return None


def _positional_misfit(params: Sequence[Param], arguments: Arguments, *, may_exceed: bool) -> str | None:
    if arguments.star or arguments.keywords:
        return None
    variadic = any(p.kind == "variadic" for p in params)
    required = [p for p in params if not p.optional and p.kind != "variadic"]
    most = sum(1 for p in params if p.kind != "variadic")
    if arguments.positional < len(required):
        bound = "at least " if variadic or most > len(required) else ""
        return f"it takes {bound}{_count(len(required), 'argument')}, {arguments.positional} given"
    if arguments.positional > most and not variadic and not may_exceed:
        return f"it takes {'at most ' if most > len(required) else ''}{_count(most, 'argument')}, {arguments.positional} given"
    return None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"'{n}'" for n in names)
