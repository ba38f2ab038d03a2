"""Rust: modules, functions, types, traits and impls; `use` trees; names inside macro calls."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from rao_review.graph.facts import Columns
from rao_review.graph.languages.declarative import Reader
from rao_review.graph.languages.vocabulary import Defines, Vocabulary, add_import, part, path_of
from rao_review.graph.languages.walker import Frame, Table, Walker, Work, listed

_RUST = Vocabulary(
    defines={
        "mod_item": Defines("module"),
        "function_item": Defines("function", member="method", params="parameters", result="return_type"),
        "function_signature_item": Defines("function", member="method", params="parameters", result="return_type"),
        "struct_item": Defines("class"),
        "union_item": Defines("class"),
        "enum_item": Defines("enum"),
        "enum_variant": Defines("enum_member"),
        "trait_item": Defines("interface"),
        "field_declaration": Defines("field", result="type"),
        "const_item": Defines("constant", result="type"),
        "static_item": Defines("variable", result="type"),
        "type_item": Defines("type"),
        "associated_type": Defines("type"),
        "macro_definition": Defines("function"),
    },
    names=frozenset({"identifier"}),
    types=frozenset({"type_identifier"}),
    members={
        "field_expression": ("value", "field"),
        "scoped_identifier": ("path", "name"),
        "scoped_type_identifier": ("path", "name"),
    },
    calls={"call_expression": ("", "function", "arguments")},
    wrappers={"generic_function": "function", "generic_type": "type", "generic_type_with_turbofish": "type"},
    parameters={"parameter": "positional", "variadic_parameter": "variadic"},
    lists=frozenset({"arguments"}),
    bases=frozenset({"trait_bounds"}),
    binds={
        "let_declaration": ("pattern",),
        "for_expression": ("pattern",),
        "let_condition": ("pattern",),
        "match_arm": ("pattern",),
        "closure_parameters": ("*",),
    },
    nothing=frozenset(
        {
            "line_comment",
            "block_comment",
            "string_literal",
            "raw_string_literal",
            "char_literal",
            "lifetime",
            "self",
            "crate",
            "super",
        }
        | {"primitive_type", "shorthand_field_identifier", "field_identifier", "macro_rule"}
    ),
    generics=frozenset({"type_parameters"}),
    universe=frozenset({"Self", "self", "Some", "None", "Ok", "Err"}),
    plain=frozenset(
        {"derive", "allow", "cfg", "inline", "must_use", "doc", "deprecated", "non_exhaustive", "cold", "warn", "repr"}
    ),
)
_READER = Reader(_RUST)


def extract(source: bytes, language: str) -> Columns:
    """The facts of one Rust file; never raises on its content."""
    return _TABLE.extract(source, language)


def _items(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """Attributes stand before the item that they decorate."""
    work: list[Work] = []
    decorators = ""
    for child in node.named_children:
        if child.type == "attribute_item":
            attribute = part(child, "attribute")
            name = part(attribute, "0") if attribute is not None else None
            path = path_of(walker, name)
            if attribute is not None and name is not None and path:
                decorators += f" @{path}"
                receiver, _, _ = path.rpartition(".")
                walker.use(part(name, "name") or name, "decorator", frame, receiver)
                work += [(below, frame, "") for below in attribute.named_children[1:]]
        elif not child.type.endswith("comment"):
            work.append((child, frame, decorators))
            decorators = ""
    return work


def _impl(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """Methods belong to the type; the trait is a use, for the type may be defined elsewhere."""
    kind, trait = part(node, "type"), part(node, "trait")
    path = path_of(walker, kind)
    inner = Frame(frame.qualify(path), frame, owner=frame.qualify(path), place="class") if path else frame
    work = listed(inner, part(node, "type_parameters"), kind, part(node, "body"))
    if trait is not None:
        receiver, name, below = _READER.target(walker, trait)
        if name is not None:
            walker.use(name, "inherit", inner, receiver)
        work += [(child, inner, "") for child in below]
    return work


def _use(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`use a::{b, c::d as e, f::*}`: one import for each leaf."""
    flags = ("reexport",) if node.named_children and node.named_children[0].type == "visibility_modifier" else ()
    tree = part(node, "argument")
    pending: list[tuple[Node, str]] = [] if tree is None else [(tree, "")]
    while pending:
        item, prefix = pending.pop()
        if item.type == "scoped_use_list":
            prefix = ".".join(filter(None, (prefix, path_of(walker, part(item, "path")))))
            item = part(item, "list") or item
        if item.type == "use_list":
            pending += [
                (child, prefix) for child in reversed(item.named_children) if not child.type.endswith("comment")
            ]
            continue
        target = (
            part(item, "path")
            if item.type == "use_as_clause"
            else part(item, "0")
            if item.type == "use_wildcard"
            else item
        )
        path = ".".join(filter(None, (prefix, path_of(walker, target))))
        if item.type == "use_wildcard":
            add_import(walker, item, path, "*", "", *flags)
            continue
        module, _, name = path.removesuffix(".self").rpartition(".")
        alias = walker.text(part(item, "alias")) if item.type == "use_as_clause" else name
        if name:
            add_import(walker, item, module, name, alias if alias != "_" else "", *flags)
    return ()


def _macro(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A macro's arguments are only tokens: an identifier behind a dot or `::` is a member of something unknown."""
    macro = part(node, "macro")
    if macro is not None:
        walker.use(macro, "call", frame, "", "discard" if context == "discard" else "")
    return [(child, frame, "") for child in node.named_children if child != macro]


def _tokens(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    before = ""
    work: list[Work] = []
    for child in node.children:
        if child.type == "identifier":
            member = before in (".", "::")
            if member or not frame.shadows(walker.text(child), child.start_byte):
                walker.use(child, "name", frame, "?" if member else "")
        elif child.type == "token_tree":
            work.append((child, frame, ""))
        before = child.type
    return work


_TABLE = Table(
    "tree_sitter_rust",
    _READER.handlers(
        {
            "source_file": _items,
            "declaration_list": _items,
            "field_declaration_list": _items,
            "enum_variant_list": _items,
            "impl_item": _impl,
            "use_declaration": _use,
            "macro_invocation": _macro,
            "token_tree": _tokens,
        }
    ),
)
