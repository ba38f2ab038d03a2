"""Go: what is known of types and values where they stand."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.languages.walker import Frame, Walker, field, words

UNIVERSE = words(
    "append cap len make new panic recover nil true false iota any bool byte comparable complex64 complex128 error float32 float64 "
    "int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr"
)
"""Predeclared names that nobody defines again; `min`, `max`, `copy`, … are left in, since packages do."""

TRANSPARENT = frozenset({"pointer_type", "parenthesized_type", "parenthesized_expression", "unary_expression"})
"""Nodes around a type or expression that leave open which type it is: pointers, parentheses, `&`."""


def type_parts(walker: Walker, node: Node | None) -> tuple[Node, str] | None:
    """The name node of a named type and its package, pointers and type arguments removed; None for any other type."""
    while node is not None:
        kind = node.type
        if kind == "type_identifier":
            return node, ""
        if kind == "qualified_type":
            name = field(node, "name")
            return None if name is None else (name, walker.text(field(node, "package")))
        if kind == "generic_type":
            node = field(node, "type")
        elif kind in TRANSPARENT or kind == "type_elem":
            node = node.named_children[0] if len(node.named_children) == 1 else None
        else:
            return None
    return None


def type_name(walker: Walker, frame: Frame, node: Node | None) -> str:
    """'Foo' or 'pkg.Foo' for a named type, '' for others, predeclared types and type parameters."""
    parts = type_parts(walker, node)
    if parts is None:
        return ""
    name, package = walker.text(parts[0]), parts[1]
    if package:
        return f"{package}.{name}"
    return "" if name in UNIVERSE or frame.shadows(name, parts[0].start_byte) else name


def value_of(walker: Walker, frame: Frame, node: Node | None) -> str:
    """What is known of an expression's type, in the words of `Binding.value`."""
    while node is not None and node.type in TRANSPARENT:
        node = node.named_children[0] if len(node.named_children) == 1 else None
    if node is None:
        return ""
    if node.type in ("composite_literal", "type_assertion_expression"):
        return type_name(walker, frame, field(node, "type"))
    if node.type == "selector_expression":
        return walker.dotted(node)
    if node.type != "call_expression":
        return ""
    function = field(node, "function")
    name = walker.dotted(function)
    if name == "new" and (arguments := field(node, "arguments")) is not None and arguments.named_children:
        return type_name(walker, frame, arguments.named_children[0])
    if (
        not name
        or name in UNIVERSE
        or (function is not None and "." not in name and frame.shadows(name, function.start_byte))
    ):
        return ""
    return f"{name}()"


def receiver_of(walker: Walker, frame: Frame, node: Node | None) -> str:
    """What stands before the dot, in the words of `Use.receiver`."""
    text = walker.dotted(node)
    if text:
        return text
    while node is not None and node.type in TRANSPARENT:
        node = node.named_children[0] if len(node.named_children) == 1 else None
    if node is None:
        return "?"
    if node.type in ("identifier", "selector_expression"):
        return walker.dotted(node) or "?"
    value = value_of(walker, frame, node)
    return value if value.endswith("()") else f"{value}()" if value else "?"
