"""JavaScript control flow: blocks, loops, conditions, `try`; where names are local or guarded."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.languages.javascript_modules import pattern_names
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import CONDITIONAL, GUARDED, GUARDED_IMPORT

_STATEMENTS = (
    "_statement", "_declaration", "function_signature",
)  # fmt: skip


def error(walk: Walk, node: Node, context: str) -> None:
    """What could not be parsed: only whole statements in it are believed."""
    walk.stack.extend([child for child in reversed(node.named_children) if child.type.endswith(_STATEMENTS)])


def expression_statement(walk: Walk, node: Node, context: str) -> None:
    parts = walk.parts(node)
    if len(parts) == 1:
        walk.push(parts[0], "discard")
    else:
        walk.stack.extend(reversed(parts))


def block(walk: Walk, node: Node, context: str) -> None:
    """`{ … }`. Outside functions its `let`s must not look like the module's."""
    if walk.scope.kind == "module":
        walk.block(walk.parts(node))
    else:
        walk.stack.extend(reversed(walk.parts(node)))


def for_statement(walk: Walk, node: Node, context: str) -> None:
    if walk.scope.kind == "module":
        walk.block([node])
        return
    condition = node.child_by_field_name("condition")
    for part in reversed(walk.parts(node)):
        walk.push(part, "truth" if part == condition else "")


def for_in(walk: Walk, node: Node, context: str) -> None:
    """`for (const x of y)`, `for (x in y)`, `for await`."""
    if walk.scope.kind == "module":
        walk.block([node])
        return
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    walk.push(node.child_by_field_name("body"))
    words = {child.type for child in node.children[:10] if not child.is_named}
    if right is not None:
        word = "await iterate" if "await" in words else "iterate"
        walk.push(right, word if "of" in words else "")
    if left is not None:
        declared = bool(words & {"const", "let", "var", "using"})
        for one in pattern_names(walk, left):
            if declared:
                walk.scope.bind(walk.of(one), "", one.start_byte)
            else:
                walk.scope.names.append((walk.of(one), "name", one.start_byte, None, "write", 0))
    walk.parts(node)


def catch(walk: Walk, node: Node, context: str) -> None:
    if walk.scope.kind == "module":
        walk.block([node])
        return
    given = node.child_by_field_name("parameter")
    if given is not None:
        for one in pattern_names(walk, given):
            walk.scope.bind(walk.of(one), "", one.start_byte)
    walk.push(node.child_by_field_name("body"))
    walk.push(node.child_by_field_name("type"))
    walk.parts(node)


def condition(walk: Walk, node: Node, context: str) -> None:
    """`if`, `while`, `do`: what is tested, and what may not run."""
    tested = node.child_by_field_name("condition")
    others = [part for part in walk.parts(node) if part != tested]
    region = CONDITIONAL
    if tested is not None and "typeof " in walk.of(tested):
        region |= GUARDED
    walk.within(region, others)
    walk.push(tested, "truth")


def try_statement(walk: Walk, node: Node, context: str) -> None:
    body = node.child_by_field_name("body")
    others = [part for part in walk.parts(node) if part != body]
    walk.within(CONDITIONAL, others)
    if body is not None:
        walk.within(CONDITIONAL | GUARDED_IMPORT, [body])
