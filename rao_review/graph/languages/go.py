"""Go: packages, functions, methods, types with their fields and methods, constants, variables and imports."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tree_sitter import Node

from rao_review.graph.facts import Columns, DefinitionKind, Import, Param
from rao_review.graph.languages.go_uses import USES, bind_values, known_values, unpacking
from rao_review.graph.languages.go_values import type_name, type_parts
from rao_review.graph.languages.walker import (
    Details,
    Frame,
    Handler,
    Table,
    Walker,
    Work,
    field,
    inside,
    listed,
    skip,
    words,
)

_ENTRY = re.compile(r"(?:main|init|(?:Test|Benchmark|Fuzz|Example)(?![a-z]).*)\Z", re.DOTALL)
_DIRECTORY = re.compile(r"(?:go-)?([A-Za-z_]\w*?)(?:[-.]go)?(?:\.v[0-9]+)?", re.ASCII)
_VERSION = re.compile(r"v[0-9]+\Z")


def extract(source: bytes, language: str) -> Columns:
    """The facts of one Go file; never raises on its content."""
    return _GO.extract(source, language)


# ── package and imports ──────────────────────────────────────────────────────────────────────────────────


def _package(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    walker.found.package = walker.text(node.named_children[0]) if node.named_children else ""
    return ()


def _import(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = field(node, "name")
    module = walker.text(field(node, "path")).strip('"`')
    given = walker.text(name)
    if given in (".", "_"):
        alias = ""
    elif given:
        alias = given
    else:
        *before, alias = module.split("/")
        if before and _VERSION.match(alias):
            alias = before[-1]
        alias = _usual_name(alias)
    if alias:
        walker.aliases.add(alias)
    walker.found.imports.append(
        Import(module, "*" if given == "." else "", alias, walker.source.line(node.start_byte), ("toplevel",))
    )
    return ()


def _usual_name(directory: str) -> str:
    """What a package in such a directory is usually called: `yaml` for 'yaml.v3' and 'go-yaml'."""
    plain = _DIRECTORY.fullmatch(directory)
    return plain[1] if plain else directory


# ── functions ────────────────────────────────────────────────────────────────────────────────────────────


def _function(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A function or a method; the method's owner is its receiver's type."""
    name, body, result = field(node, "name"), field(node, "body"), field(node, "result")
    if name is None:
        return ()
    receiver = field(node, "receiver")
    owner = _receiver_type(walker, receiver)
    text = walker.text(name)
    qualname = f"{owner}.{text}" if owner else text
    inner = Frame(qualname, frame, _results(result))
    _bind_type_parameters(walker, inner, field(node, "type_parameters"))
    if receiver is not None:
        _bind_receiver(walker, inner, receiver)
    parameters = field(node, "parameters")
    params = _bind_parameters(walker, inner, parameters)
    _bind_parameters(walker, inner, result)
    if text != "_":
        flags = _exported(text) | ({"entry"} if not owner and _ENTRY.match(text) else set())
        walker.define(
            node,
            name,
            "method" if receiver is not None else "function",
            qualname,
            body,
            params=params,
            flags=flags,
            returns=_returns(result),
            annotation=walker.folded(result),
        )
    return listed(inner, receiver, field(node, "type_parameters"), parameters, result, body)


def _receiver_type(walker: Walker, receiver: Node | None) -> str:
    for parameter in receiver.named_children if receiver is not None else ():
        if parts := type_parts(walker, field(parameter, "type")):
            return walker.text(parts[0])
    return ""


def _bind_receiver(walker: Walker, frame: Frame, receiver: Node) -> None:
    """Binds `r` of `(r *Foo[T])` to Foo, and T to nothing known."""
    for parameter in receiver.named_children:
        for name in parameter.children_by_field_name("name"):
            walker.bind(frame, name, type_name(walker, frame, field(parameter, "type")), name.start_byte)
        kind = field(parameter, "type")
        while kind is not None and kind.type in ("pointer_type", "parenthesized_type"):
            kind = kind.named_children[0] if kind.named_children else None
        arguments = field(kind, "type_arguments") if kind is not None else None
        for argument in arguments.named_children if arguments is not None else ():
            frame.names[walker.text(argument)] = argument.start_byte


def _bind_parameters(walker: Walker, frame: Frame | None, parameters: Node | None) -> tuple[Param, ...] | None:
    """The parameters of a list, `a, b int` as two, None when it has an error; binds their names where there is a body. A single result
    type is no list."""
    found: list[Param] = []
    if parameters is None or parameters.type != "parameter_list":
        return ()
    for node in parameters.named_children:
        if node.type not in ("parameter_declaration", "variadic_parameter_declaration"):
            continue
        variadic = node.type.startswith("variadic")
        kind = field(node, "type")
        annotation = walker.folded(kind)
        names = node.children_by_field_name("name")
        if frame is not None:
            value = "" if variadic else type_name(walker, frame, kind)
            for name in names:
                walker.bind(frame, name, value, name.start_byte)
        found += [
            Param(text, "variadic" if variadic else "positional", variadic, annotation)
            for text in [walker.text(name) for name in names] or [""]
        ]
    return None if parameters.has_error else tuple(found)


def _bind_type_parameters(walker: Walker, frame: Frame, parameters: Node | None) -> None:
    for node in parameters.named_children if parameters is not None else ():
        for name in node.children_by_field_name("name"):
            frame.names[walker.text(name)] = name.start_byte


def _results(result: Node | None) -> int:
    """How many values the result list gives back."""
    if result is None:
        return 0
    if result.type != "parameter_list":
        return 1
    return sum(
        max(1, len(p.children_by_field_name("name")))
        for p in result.named_children
        if p.type == "parameter_declaration"
    )


def _returns(result: Node | None) -> str:
    count = _results(result)
    return "none" if count == 0 else "value" if count == 1 else f"tuple:{count}"


def _literal(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A function without a name belongs to the definition around it."""
    parameters, result = field(node, "parameters"), field(node, "result")
    inner = Frame(frame.scope, frame, _results(result))
    _bind_parameters(walker, inner, parameters)
    _bind_parameters(walker, inner, result)
    return listed(inner, parameters, result, field(node, "body"))


def _only_type(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A parameter or an anonymous struct's field: its name is no use."""
    return listed(frame, field(node, "type"))


def _method_element(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return listed(frame, field(node, "parameters"), field(node, "result"))


# ── types ────────────────────────────────────────────────────────────────────────────────────────────────


def _group(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A `type`, `const` or `var` declaration; a lone spec stands for the whole declaration."""
    specs = [child for child in node.named_children if child.type != "comment"]
    lone = (
        len(specs) == 1 and specs[0].type != "var_spec_list" and not any(child.type == "(" for child in node.children)
    )
    if lone and specs[0].type in ("type_spec", "type_alias"):
        return _type(walker, specs[0], frame, node)
    if lone and specs[0].type in ("const_spec", "var_spec"):
        return _values(walker, specs[0], frame, node)
    return [(child, frame, "") for child in specs]


def _type_spec(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return _type(walker, node, frame, node)


def _type(walker: Walker, node: Node, frame: Frame, extent: Node) -> Sequence[Work]:
    name, kind = field(node, "name"), field(node, "type")
    if name is None or kind is None:
        return ()
    text = walker.text(name)
    qualname = frame.qualify(text)
    local = frame.outer is not None
    if local:
        frame.names.setdefault(text, node.start_byte)
    inner = Frame(qualname, frame)
    _bind_type_parameters(walker, inner, field(node, "type_parameters"))
    below = listed(inner, field(node, "type_parameters"))
    bases: list[str] = []
    members: list[Work] = []
    body: Node | None = None
    what: DefinitionKind = "type"
    if kind.type == "struct_type":
        what, body = "class", kind.named_children[0] if kind.named_children else None
        members = _struct(walker, body, inner, bases)
    elif kind.type == "interface_type":
        what = "interface"
        members = _interface(walker, kind, inner, bases)
    else:
        members = listed(inner, kind)
    if text != "_":
        flags = _exported(text) | ({"local"} if local else set())
        walker.define(extent, name, what, qualname, body, flags=flags, bases=tuple(bases))
    return below + members


def _struct(walker: Walker, body: Node | None, frame: Frame, bases: list[str]) -> list[Work]:
    """The fields of a struct; an embedded type is a base and a field of its own name."""
    below: list[Work] = []
    for node in body.named_children if body is not None else ():
        kind = field(node, "type")
        if node.type != "field_declaration" or kind is None:
            continue
        names = node.children_by_field_name("name")
        if not names and (parts := type_parts(walker, kind)):
            names = [parts[0]]
            below += _embed(walker, frame, kind, bases)
        else:
            below += listed(frame, kind)
        for name in names:
            text = walker.text(name)
            if text and text != "_":
                details = Details(flags=_exported(text), annotation=walker.folded(kind))
                walker.define(node, name, "field", frame.qualify(text), **details)
    return below


def _interface(walker: Walker, kind: Node, frame: Frame, bases: list[str]) -> list[Work]:
    """The methods of an interface; an embedded interface is a base, a union of types is not."""
    below: list[Work] = []
    for node in kind.named_children:
        name, result = field(node, "name"), field(node, "result")
        if node.type == "method_elem" and name is not None:
            text = walker.text(name)
            inner = Frame(frame.qualify(text), frame)
            walker.define(
                node,
                name,
                "method",
                inner.scope,
                params=_bind_parameters(walker, None, field(node, "parameters")),
                flags={"abstract"} | _exported(text),
                returns=_returns(result),
                annotation=walker.folded(result),
            )
            below += listed(inner, field(node, "parameters"), result)
        elif node.type == "type_elem" and len(node.named_children) == 1 and type_parts(walker, node):
            below += _embed(walker, frame, node, bases)
        else:
            below += inside(frame, node)
    return below


def _embed(walker: Walker, frame: Frame, kind: Node, bases: list[str]) -> list[Work]:
    """Notes an embedded type as a base; gives what is left to visit of it."""
    parts = type_parts(walker, kind)
    if parts is None:
        return listed(frame, kind)
    name, package = parts
    text = walker.text(name)
    if package or not frame.shadows(text, name.start_byte):
        bases.append(f"{package}.{text}" if package else text)
        walker.use(name, "inherit", frame, package)
    while kind.type in ("pointer_type", "type_elem", "parenthesized_type") and kind.named_children:
        kind = kind.named_children[0]
    return listed(frame, field(kind, "type_arguments"))


# ── constants and variables ──────────────────────────────────────────────────────────────────────────────


def _value_spec(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return _values(walker, node, frame, node)


def _values(walker: Walker, node: Node, frame: Frame, extent: Node) -> Sequence[Work]:
    """`var a, b T = x, y`: definitions at package level, bindings inside functions."""
    names, kind, right = node.children_by_field_name("name"), field(node, "type"), field(node, "value")
    names = [name for name in names if name.type == "identifier"]
    below = listed(frame, kind) + unpacking(frame, len(names), right)
    if frame.outer is not None:
        if kind is None:
            bind_values(walker, frame, names, right, node.end_byte)
        for name in names if kind is not None else ():
            walker.bind(frame, name, type_name(walker, frame, kind), node.end_byte)
        return below
    what: DefinitionKind = "constant" if node.type == "const_spec" else "variable"
    for name in names:
        text = walker.text(name)
        if text and text != "_":
            details = Details(flags=_exported(text), annotation=walker.folded(kind))
            walker.define(extent, name, what, text, **details)
    if kind is None and what == "variable":
        for name, value in zip(names, known_values(walker, frame, len(names), right), strict=True):
            if value:
                walker.note(walker.text(name), value, "", name)
    return below


def _exported(name: str) -> set[str]:
    first = name[:1] if name[:1].isascii() else name.encode("latin-1").decode("utf-8", "replace")[:1]
    return {"exported"} if first.isupper() else set()


_NOTHING = (
    "comment interpreted_string_literal raw_string_literal rune_literal int_literal float_literal imaginary_literal nil true false "
    "field_identifier package_identifier label_name iota"
)

_HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(words(_NOTHING), skip),
    **USES,
    "package_clause": _package,
    "import_spec": _import,
    "function_declaration": _function,
    "method_declaration": _function,
    "func_literal": _literal,
    "parameter_declaration": _only_type,
    "variadic_parameter_declaration": _only_type,
    "type_parameter_declaration": _only_type,
    "field_declaration": _only_type,
    "method_elem": _method_element,
    "type_declaration": _group,
    "const_declaration": _group,
    "var_declaration": _group,
    "type_spec": _type_spec,
    "type_alias": _type_spec,
    "const_spec": _value_spec,
    "var_spec": _value_spec,
}

_GO = Table("tree_sitter_go", _HANDLERS)
