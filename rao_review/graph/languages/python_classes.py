"""The parameters of a Python class: from its `__init__`, or from the fields of a dataclass, attrs class, NamedTuple or model."""

from __future__ import annotations

import re

from tree_sitter import Node

from rao_review.graph.facts import Param, ParamKind
from rao_review.graph.languages.python_reflection import literal
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import Scope

_NEUTRAL_BASES = frozenset({"object", "Generic", "typing.Generic", "ABC", "abc.ABC"})
_DATACLASS = frozenset({"dataclass", "dataclasses.dataclass"})
_ATTRS_NEW = frozenset(
    (
        "define",
        "attr.define",
        "attrs.define",
        "frozen",
        "attr.frozen",
        "attrs.frozen",
        "mutable",
        "attr.mutable",
        "attrs.mutable",
    )
) | {"attr.dataclass"}
_ATTRS_OLD = frozenset({"attr.s", "attr.attrs", "attr.attributes", "attrs"})
_ATTRS_FIELDS = frozenset({"attr.ib", "attr.attrib", "attrib", "attr.field", "attrs.field", "field"})
_CLASS_VAR = re.compile(r"""["']?(?:\w+\.)?ClassVar\b""").match
_OPTIONAL = re.compile(r"(?:\w+\.)?Optional\[|.*\|\s*None\b").match
_FILLS = re.compile(r"(?!field_validator$).*valid").match
"""Decorators of methods that may see the arguments before a model does; of those nobody knows, what sounds like it."""
_REQUIRED = frozenset({"...", "Required", "pydantic.Required", "Ellipsis"})

Fields = list[tuple[str, str, Node | None]]
Options = dict[str, Node]


def is_dataclass(decorators: tuple[str, ...]) -> bool:
    return any(name in _DATACLASS or name in _ATTRS_NEW or name in _ATTRS_OLD for name in decorators)


def constructor(walk: Walk, scope: Scope) -> tuple[Param, ...] | None:
    """The parameters of a call of the class, None when the class alone does not tell."""
    draft = scope.draft
    if draft is None or draft.kind == "enum" or "dynamic" in draft.flags:
        return None
    written = scope.drafts.get("__init__")
    if written is not None:
        return written[0].params if len(written) == 1 else None
    if "__new__" in scope.drafts:
        return None
    if draft.bases in (("NamedTuple",), ("typing.NamedTuple",)):
        return tuple(Param(name, "positional", value is not None, kind) for name, kind, value in scope.fields if kind)
    if draft.bases in (("BaseModel",), ("pydantic.BaseModel",)) and not draft.decorators:
        return _model(walk, scope)
    if not _NEUTRAL_BASES.issuperset(draft.bases):
        return None
    if not draft.decorators:
        return ()
    if len(draft.decorators) == 1 and "dataclass" in draft.flags:
        options = _options(walk, scope.header[0])
        if draft.decorators[0] in _DATACLASS:
            return _dataclass(walk, scope.fields, options)
        return _attrs(walk, scope, options)
    return None


def _options(walk: Walk, node: Node | None) -> Options:
    """The keyword arguments of a call (or of the call in a decorator)."""
    if node is not None and node.type == "decorator":
        node = node.named_children[0]
    if node is None or node.type != "call":
        return {}
    given = node.named_children[-1]
    pairs = [walk.parts(part) for part in given.named_children if part.type == "keyword_argument"]
    return {walk.of(pair[0]): pair[1] for pair in pairs if len(pair) == 2}


def _is(walk: Walk, options: Options, name: str, value: str) -> bool:
    return name in options and walk.of(options[name]) == value


def _dataclass(walk: Walk, fields: Fields, options: Options) -> tuple[Param, ...] | None:
    if _is(walk, options, "init", "False"):
        return None
    keyword_only = _is(walk, options, "kw_only", "True")
    found: dict[str, Param] = {}
    for name, annotation, value in fields:
        if not annotation or _CLASS_VAR(annotation):
            continue
        if annotation.endswith("KW_ONLY"):
            keyword_only = True
            continue
        given = _options(walk, value) if walk.called(value) in ("field()", "dataclasses.field()") else None
        if given is not None and _is(walk, given, "init", "False"):
            found.pop(name, None)
            continue
        optional = value is not None if given is None else bool({"default", "default_factory"} & given.keys())
        only = keyword_only if given is None or "kw_only" not in given else _is(walk, given, "kw_only", "True")
        found[name] = Param(name, "keyword_only" if only else "positional", optional, annotation)
    return _in_order(found)


def _in_order(found: dict[str, Param]) -> tuple[Param, ...]:
    return tuple(sorted(found.values(), key=lambda param: param.kind == "keyword_only"))


def _attrs(walk: Walk, scope: Scope, options: Options) -> tuple[Param, ...] | None:
    if _is(walk, options, "init", "False") or "these" in options:
        return None
    draft = scope.draft
    attributes = {f"{name}()" for name in _ATTRS_FIELDS}
    by_call = [field for field in scope.fields if walk.called(field[2]) in attributes]
    new = draft is not None and draft.decorators[0] in _ATTRS_NEW
    annotated = (new and all(field[1] for field in by_call)) or _is(walk, options, "auto_attribs", "True")
    defaults = {d for drafts in scope.drafts.values() for one in drafts for d in one.decorators}
    keyword_only = _is(walk, options, "kw_only", "True")
    found: dict[str, Param] = {}
    for name, annotation, value in scope.fields:
        is_call = walk.called(value) in attributes
        if not is_call and (not annotated or not annotation or _CLASS_VAR(annotation)):
            continue
        given = _options(walk, value) if is_call else {}
        if _is(walk, given, "init", "False"):
            continue
        optional = (
            (value is not None and not is_call)
            or bool({"default", "factory"} & given.keys())
            or f"{name}.default" in defaults
        )
        if (
            is_call
            and value is not None
            and any(p.type != "keyword_argument" for p in walk.parts(value.named_children[-1]))
        ):
            optional = True  # the default may be given by position
        kind: ParamKind = "keyword_only" if keyword_only or _is(walk, given, "kw_only", "True") else "positional"
        alias = literal(walk, given.get("alias")) or name.lstrip("_")
        found[name] = Param(alias, kind, optional, annotation)
    return _in_order(found)


def _model(walk: Walk, scope: Scope) -> tuple[Param, ...] | None:
    """A pydantic model: fields by keyword; what it does not know it ignores."""
    decorators = {d.rpartition(".")[2] for drafts in scope.drafts.values() for one in drafts for d in one.decorators}
    if any(_FILLS(name) for name in decorators) or "Config" in scope.drafts or "model_config" in scope.drafts:
        return None
    found: list[Param] = []
    for name, annotation, value in scope.fields:
        if not annotation or name.startswith("_") or _CLASS_VAR(annotation):
            continue
        optional = bool(_OPTIONAL(annotation)) if value is None else not _is_required(walk, value)
        if walk.called(value) in ("Field()", "pydantic.Field()") and value is not None:
            given = _options(walk, value)
            if any("alias" in key for key in given):
                return None
            first = next((p for p in walk.parts(value.named_children[-1]) if p.type != "keyword_argument"), None)
            optional = bool({"default", "default_factory"} & given.keys()) or (
                first is not None and not _is_required(walk, first)
            )
        found.append(Param(name, "keyword_only", optional, annotation))
    return (*found, Param("", "keyword_variadic", True))


def _is_required(walk: Walk, value: Node) -> bool:
    """Whether a default is none: `a: float = ...`."""
    return walk.of(value) in _REQUIRED
