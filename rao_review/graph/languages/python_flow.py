"""Python control flow: loops, comprehensions, conditions, `try`, `with`, `match`, `return`; where names are guarded."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tree_sitter import Node

from rao_review.graph.languages.python_statements import bind
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import CONDITIONAL, EXPECTED, GUARDED, GUARDED_IMPORT, SCRIPT, TYPE_ONLY

_NAME_ERRORS = re.compile(
    r"\b(?:AttributeError|ImportError|ModuleNotFoundError|NameError|TypeError|UnboundLocalError)\b"
)
_IMPORT_ERRORS = re.compile(r"\b(?:ImportError|ModuleNotFoundError|Exception|BaseException)\b")
_CATCHES = re.compile(r"\b(?:suppress|raises|assertRaises\w*)\s*\(")
_EXPECTS = re.compile(r"\b(?:raises|warns|assert_?[rR]aises\w*|assert_?[wW]arns\w*|deprecated_call)\s*\(")
_TYPE_CHECKING = re.compile(r"(?:\w+\.)?TYPE_CHECKING|False|0").fullmatch


def is_async(node: Node) -> bool:
    first = node.child(0)
    return first is not None and first.type == "async"


def loop(walk: Walk, node: Node, context: str) -> None:
    """`for x in y`, as a statement or in a comprehension."""
    walk.stack.extend(reversed([*node.children_by_field_name("body"), *node.children_by_field_name("alternative")]))
    walk.push(node.child_by_field_name("right"), "await iterate" if is_async(node) else "iterate")
    left = node.child_by_field_name("left")
    if left is not None:
        bind(walk, left, "", node)
    walk.parts(node)


def comprehension(walk: Walk, node: Node, context: str) -> None:
    walk.block(walk.parts(node))


def lambda_(walk: Walk, node: Node, context: str) -> None:
    walk.block(walk.parts(node))


def lambda_parameters(walk: Walk, node: Node, context: str) -> None:
    stack = walk.parts(node)
    while stack:
        part = stack.pop()
        if part.type == "identifier":
            walk.scope.bind(walk.of(part), "", part.start_byte)
        elif part.type == "default_parameter":
            name, *value = walk.parts(part)
            walk.stack.extend(value)
            stack.append(name)
        else:
            stack += walk.parts(part)


def condition(walk: Walk, node: Node, context: str) -> None:
    """`if`, `elif`, `while`, `assert`: the first expression is tested."""
    first, *rest = walk.parts(node)
    if not rest:
        walk.push(first, "truth")
        return
    text = walk.of(first)
    region = CONDITIONAL if node.type != "assert_statement" else 0
    if "hasattr(" in text:
        region |= GUARDED
    if node.type == "if_statement" and _TYPE_CHECKING(text):
        region |= TYPE_ONLY
    elif text.startswith("__name__"):
        region |= SCRIPT
    consequence = [part for part in rest if part.type == "block"]
    walk.within(CONDITIONAL, [part for part in rest if part.type != "block"])
    walk.within(region, consequence)
    walk.push(first, "truth")


def clauses(walk: Walk, node: Node, context: str) -> None:
    """`else`, `finally`, `case` and what else just holds statements that may not run."""
    walk.within(CONDITIONAL, walk.parts(node))


def try_statement(walk: Walk, node: Node, context: str) -> None:
    body, *rest = walk.parts(node)
    caught = ""
    for clause in rest:
        if clause.type.startswith("except"):
            head = [part for part in walk.parts(clause) if part.type != "block"]
            caught += " " + " ".join(map(walk.of, head)) if head else " Exception"
    region = GUARDED_IMPORT if _IMPORT_ERRORS.search(caught) else 0
    walk.within(CONDITIONAL | region, rest)
    walk.within(CONDITIONAL | region | (GUARDED if _NAME_ERRORS.search(caught) else 0), [body])


def with_statement(walk: Walk, node: Node, context: str) -> None:
    parts = walk.parts(node)
    items = walk.of(parts[0])
    guarded = _CATCHES.search(items) and _NAME_ERRORS.search(items)
    region = (GUARDED | GUARDED_IMPORT) if guarded else 0
    walk.within(region | EXPECTED if _EXPECTS.search(items) else region, parts[1:])
    given = "await with" if is_async(node) else "with"
    walk.stack.extend([(item, given) for item in reversed(walk.parts(parts[0]))])


def with_item(walk: Walk, node: Node, context: str) -> None:
    for part in walk.parts(node):
        walk.push(part, context)


def as_pattern(walk: Walk, node: Node, context: str) -> None:
    """`x as y` of `with` and `except`."""
    value, *targets = walk.parts(node)
    walk.push(value, context)
    for target in targets:
        for name in walk.parts(target) if target.type == "as_pattern_target" else [target]:
            bind(walk, name, walk.called(value) if context == "with" else "", node)


def case_pattern(walk: Walk, node: Node, context: str) -> None:
    """Names in a pattern are bound, but for classes and dotted values."""
    stack = [node]
    while stack:
        current = stack.pop()
        kind = current.type
        if kind == "dotted_name":
            text = walk.of(current)
            if "." in text:
                walk.chain(text, current.start_byte, "attribute", "", None, current.end_byte)
            elif text != "_":
                bind(walk, current.named_children[0], "", node)
            continue
        if kind == "identifier":
            bind(walk, current, "", node)
            continue
        if kind == "string":
            walk.push(current)
            continue
        parts = walk.parts(current)
        if kind == "class_pattern" and parts:
            text = walk.of(parts[0])
            walk.chain(text, parts[0].start_byte, "attribute" if "." in text else "name", "", None, parts[0].end_byte)
            parts = parts[1:]
        elif kind == "keyword_pattern":
            parts = parts[1:]
        stack += reversed(parts)


def return_(walk: Walk, node: Node, context: str) -> None:
    parts = walk.parts(node)
    walk.scope.returns += _shapes(walk, parts[0]) if parts else ("none",)
    for part in parts:
        if part.type == "expression_list":
            walk.stack.extend(reversed(walk.parts(part)))
        else:
            walk.push(part, "return")


def _shapes(walk: Walk, node: Node) -> Iterable[str]:
    """The shapes that a returned expression can have."""
    stack, found = [node], []
    while stack:
        part = stack.pop()
        kind = part.type
        inside = walk.parts(part)
        if kind == "parenthesized_expression":
            stack += inside
        elif kind == "conditional_expression" and len(inside) == 3:
            stack += [inside[0], inside[2]]
        elif kind in ("expression_list", "tuple"):
            starred = any(one.type == "list_splat" for one in inside)
            found.append("value" if starred else f"tuple:{len(inside)}")
        else:
            found.append(_SHAPES.get(kind, "value"))
    return found


_SHAPES = {
    "none": "none",
    "list": "list",
    "list_comprehension": "list",
    "dictionary": "dict",
    "dictionary_comprehension": "dict",
}


def yield_(walk: Walk, node: Node, context: str) -> None:
    walk.scope.function.generator = True
    words = [child.type for child in node.children[:2]]
    for part in walk.parts(node):
        walk.push(part, "iterate" if "from" in words else "")
