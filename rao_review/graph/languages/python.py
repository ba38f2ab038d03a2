"""Python, from 2.7's remains to the newest: one walk over the tree, see `scoped_walk`."""

from __future__ import annotations

from functools import cache

from tree_sitter import Node

from rao_review.graph.facts import Columns
from rao_review.graph.languages import python_definitions as definitions
from rao_review.graph.languages import python_flow as flow
from rao_review.graph.languages import python_imports as imports
from rao_review.graph.languages import python_names as names
from rao_review.graph.languages import python_reflection as reflection
from rao_review.graph.languages import python_statements as statements
from rao_review.graph.languages.scoped_walk import Handler, Walk
from rao_review.graph.languages.scopes import Kinds
from rao_review.graph.languages.syntax import ERROR, Source, assemble, grammar, parse

_GRAMMAR = "tree_sitter_python"


def extract(source: bytes, language: str = "python") -> Columns:
    """The facts of a Python file. Never raises on any bytes; what could not be parsed is left out and said in `unknown`."""
    tree = parse(source, _GRAMMAR)
    kinds, handlers = _table()
    walk = Walk(Source(source), kinds, handlers, reflection.plain)
    walk.pending.append((walk.scope, [tree.root_node], 0))
    walk.run(definitions.leave)
    return assemble(language, walk.source, tree.root_node, walk.found)


@cache
def _table() -> tuple[Kinds, dict[int, Handler]]:
    """The handlers by `kind_id`; kinds that are not in it are passed through to what is below them."""
    known = grammar(_GRAMMAR)
    kinds = Kinds(known, _KINDS, _KIND_SETS)
    table: dict[int, Handler] = dict.fromkeys(kinds.leaves, _leaf)
    for name, handler in _HANDLERS.items():
        kind = known.id_for_node_kind(name, True)
        if kind is not None:
            table[kind] = handler
    table[ERROR] = statements.error
    return kinds, table


def _leaf(walk: Walk, node: Node, context: str) -> None:
    """Nothing is below it."""


def _comment(walk: Walk, node: Node, context: str) -> None:
    walk.found.layout.comments.append((node.start_byte, node.end_byte))


_KINDS = {
    "assignment": "assignment", "call": "call", "keyword": "keyword_argument", "list": "argument_list", "member": "attribute",
    "none": "none", "splat": "list_splat", "splat2": "dictionary_splat", "type": "type",
}  # fmt: skip
_KIND_SETS = {
    "compound": statements.COMPOUND,
    "extras": ("comment", "line_continuation"),
    "leaves": ("integer", "float", "none", "true", "false", "ellipsis", "pass_statement"),
    "members": ("attribute", "list_splat"),
}


_HANDLERS: dict[str, Handler] = {
    "module": statements.block,
    "block": statements.block,
    "comment": _comment,
    "line_continuation": _comment,
    "identifier": names.identifier,
    "attribute": names.attribute,
    "call": names.call,
    "subscript": names.subscript,
    "await": names.awaited,
    "parenthesized_expression": names.through,
    "not_operator": names.truth,
    "boolean_operator": names.boolean,
    "conditional_expression": names.choice,
    "string": names.string,
    "type": names.annotation,
    "expression_statement": statements.expression_statement,
    "assignment": statements.assignment,
    "augmented_assignment": statements.augmented,
    "named_expression": statements.walrus,
    "global_statement": statements.scope_statement,
    "nonlocal_statement": statements.scope_statement,
    "type_alias_statement": statements.type_alias,
    "delete_statement": statements.delete,
    "for_statement": flow.loop,
    "for_in_clause": flow.loop,
    "list_comprehension": flow.comprehension,
    "set_comprehension": flow.comprehension,
    "dictionary_comprehension": flow.comprehension,
    "generator_expression": flow.comprehension,
    "lambda": flow.lambda_,
    "lambda_parameters": flow.lambda_parameters,
    "if_statement": flow.condition,
    "elif_clause": flow.condition,
    "while_statement": flow.condition,
    "assert_statement": flow.condition,
    "else_clause": flow.clauses,
    "except_clause": flow.clauses,
    "except_group_clause": flow.clauses,
    "finally_clause": flow.clauses,
    "case_clause": flow.clauses,
    "try_statement": flow.try_statement,
    "with_statement": flow.with_statement,
    "with_item": flow.with_item,
    "as_pattern": flow.as_pattern,
    "case_pattern": flow.case_pattern,
    "return_statement": flow.return_,
    "yield": flow.yield_,
    "import_statement": imports.import_,
    "import_from_statement": imports.import_from,
    "future_import_statement": imports.import_from,
    "function_definition": definitions.function_definition,
    "class_definition": definitions.class_definition,
    "decorated_definition": definitions.decorated,
}
