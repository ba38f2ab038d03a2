"""Java statements: what they bind, and how they use the values in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tree_sitter import Node

from rao_review.graph.languages.java_uses import type_value, value_of
from rao_review.graph.languages.walker import Frame, Handler, Walker, Work, field, inside, listed

_CONDITIONAL = ("if_statement", "while_statement", "do_statement", "ternary_expression")


def bind(walker: Walker, frame: Frame, name: Node, value: str, since: int) -> None:
    """Binds a local. Outside methods (initializers; their frames count no result) it is no fact about the class around."""
    if frame.results:
        walker.bind(frame, name, value, since)
    else:
        frame.names.setdefault(walker.text(name), since)


def _block(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return inside(frame.block(), node)


def _local(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    kind = field(node, "type")
    below = [(c, frame, "") for c in node.named_children if c.type != "variable_declarator"]
    declared = type_value(walker, frame, kind)
    for declarator in node.children_by_field_name("declarator"):
        name, value = field(declarator, "name"), field(declarator, "value")
        if name is not None:
            inferred = kind is not None and walker.text(kind) == "var"
            bind(walker, frame, name, value_of(walker, frame, value) if inferred else declared, declarator.end_byte)
        below += listed(frame, value)
    return below


def _typed_name(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A loop variable, resource, caught exception or pattern: a type, a name, a value."""
    name, kind, value = field(node, "name"), field(node, "type"), field(node, "value")
    inner = frame if node.type in ("resource", "catch_formal_parameter") else frame.block()
    if name is not None:
        caught = [c for c in node.named_children if c.type == "catch_type"]
        kinds = caught[0].named_children if caught else [kind] if kind is not None else []
        known = type_value(walker, frame, kinds[0]) if len(kinds) == 1 else ""
        if kind is not None and walker.text(kind) == "var" and node.type == "resource":
            known = value_of(walker, frame, value)
        bind(walker, inner, name, known, name.start_byte)
    loop = node.type == "enhanced_for_statement"
    return [(c, inner, "iterate" if loop and c == value else "") for c in node.named_children if c != name]


def _instanceof(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name = field(node, "name")
    if name is not None:
        bind(walker, frame, name, type_value(walker, frame, field(node, "right")), name.start_byte)
    return [(child, frame, "") for child in node.named_children if child != name]


def _pattern(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`Foo f` in a switch label or record pattern."""
    *before, name = node.named_children or [node]
    if before and name.type == "identifier":
        bind(walker, frame, name, type_value(walker, frame, before[-1]), name.start_byte)
        return [(child, frame, "") for child in before]
    return [(child, frame, "") for child in node.named_children]


def _record_pattern(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name, *rest = node.named_children
    if name.type == "identifier" and not frame.shadows(walker.text(name), name.start_byte):
        walker.use(name, "type", frame, "", "type")
        return [(child, frame, "") for child in rest]
    return [(child, frame, "") for child in node.named_children]


def _lambda(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    inner, parameters, body = frame.block(), field(node, "parameters"), field(node, "body")
    if parameters is None:
        return listed(inner, body)
    if parameters.type == "formal_parameters":
        return listed(inner, parameters, body)
    for name in [parameters] if parameters.type == "identifier" else parameters.named_children:
        bind(walker, inner, name, "", name.start_byte)
    return listed(inner, body)


def _parameter(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A typed parameter of a lambda or method, bound where it is visited."""
    name = field(node, "name")
    if node.type == "spread_parameter":
        declarator = next((c for c in node.named_children if c.type == "variable_declarator"), None)
        name = field(declarator, "name") if declarator is not None else None
    if name is not None:
        known = "" if node.type == "spread_parameter" else type_value(walker, frame, field(node, "type"))
        bind(walker, frame, name, known, name.start_byte)
    return [(c, frame, "") for c in node.named_children if c != name and c.type != "variable_declarator"]


def _assignment(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    left = field(node, "left")
    return [(child, frame, "write" if child == left else "") for child in node.named_children]


def _update(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return [(child, frame, "write") for child in node.named_children]


def _discard(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return [(child, frame, "discard") for child in node.named_children]


def _condition(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    inner, condition = frame.block(), field(node, "condition")
    if node.type == "if_statement":
        inner = frame  # a pattern in the condition of `if (!(x instanceof Foo f)) return;` holds after the statement
    return [(child, inner, "truth" if child == condition else "") for child in node.named_children]


def _pass_truth(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`!x`, `(x)`, `x && y` in a condition: their parts are conditions too."""
    if node.type != "parenthesized_expression":
        operator = field(node, "operator")
        context = context if context == "truth" and operator is not None and operator.type in ("!", "&&", "||") else ""
    return [(child, frame, context) for child in node.named_children]


def _array_access(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    array = field(node, "array")
    return [(child, frame, "subscript" if child == array else "") for child in node.named_children]


def _labeled(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return [(child, frame, "") for child in node.named_children if child.type != "identifier"]


STATEMENTS: Mapping[str, Handler] = {
    **dict.fromkeys(_CONDITIONAL, _condition),
    "block": _block,
    "constructor_body": _block,
    "for_statement": _condition,
    "switch_block_statement_group": _block,
    "switch_rule": _block,
    "catch_clause": _block,
    "try_with_resources_statement": _block,
    "local_variable_declaration": _local,
    "enhanced_for_statement": _typed_name,
    "resource": _typed_name,
    "catch_formal_parameter": _typed_name,
    "instanceof_expression": _instanceof,
    "type_pattern": _pattern,
    "record_pattern_component": _pattern,
    "record_pattern": _record_pattern,
    "lambda_expression": _lambda,
    "formal_parameter": _parameter,
    "spread_parameter": _parameter,
    "assignment_expression": _assignment,
    "update_expression": _update,
    "expression_statement": _discard,
    "unary_expression": _pass_truth,
    "binary_expression": _pass_truth,
    "parenthesized_expression": _pass_truth,
    "array_access": _array_access,
    "labeled_statement": _labeled,
}
