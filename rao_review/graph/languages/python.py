"""Python, from 2.7's remains to the newest: one walk over the tree, see `scopes`."""

from __future__ import annotations

from functools import cache

from tree_sitter import Node

from rao_review.graph.facts import FileFacts
from rao_review.graph.languages import python_definitions as definitions
from rao_review.graph.languages import python_names as names
from rao_review.graph.languages import python_statements as statements
from rao_review.graph.languages.scopes import Handler, Kinds, Walk
from rao_review.graph.languages.syntax import Source, assemble, grammar, parse

_GRAMMAR = "tree_sitter_python"


def extract(source: bytes, language: str = "python") -> FileFacts:
    """The facts of a Python file. Never raises on any bytes; what could not be parsed is left out and said in `unknown`."""
    tree = parse(source, _GRAMMAR)
    kinds, handlers = _table()
    walk = Walk(Source(source), kinds, handlers)
    walk.pending.append((walk.scope, [tree.root_node], 0))
    walk.run(definitions.leave)
    return assemble(language, walk.source, tree.root_node, walk.found)


@cache
def _table() -> tuple[Kinds, dict[int, Handler | None]]:
    """The handlers by `kind_id`; kinds that are not in it are passed through to what is below them."""
    known = grammar(_GRAMMAR)
    kinds = Kinds(known)
    table: dict[int, Handler | None] = dict.fromkeys(kinds.leaves, _leaf)
    for name, handler in _HANDLERS.items():
        kind = known.id_for_node_kind(name, True)
        if kind is not None:
            table[kind] = handler
    table[_ERROR] = statements.error
    return kinds, table


def _leaf(walk: Walk, node: Node, context: str) -> None:
    """Nothing is below it."""


def _comment(walk: Walk, node: Node, context: str) -> None:
    walk.found.layout.comments.append((node.start_byte, node.end_byte))


_ERROR = 0xFFFF
"""The `kind_id` of ERROR nodes in every grammar."""

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
    "for_statement": statements.loop,
    "for_in_clause": statements.loop,
    "list_comprehension": statements.comprehension,
    "set_comprehension": statements.comprehension,
    "dictionary_comprehension": statements.comprehension,
    "generator_expression": statements.comprehension,
    "lambda": statements.lambda_,
    "lambda_parameters": statements.lambda_parameters,
    "if_statement": statements.condition,
    "elif_clause": statements.condition,
    "while_statement": statements.condition,
    "assert_statement": statements.condition,
    "else_clause": statements.clauses,
    "except_clause": statements.clauses,
    "except_group_clause": statements.clauses,
    "finally_clause": statements.clauses,
    "case_clause": statements.clauses,
    "try_statement": statements.try_statement,
    "with_statement": statements.with_statement,
    "with_item": statements.with_item,
    "as_pattern": statements.as_pattern,
    "case_pattern": statements.case_pattern,
    "return_statement": statements.return_,
    "yield": statements.yield_,
    "import_statement": statements.import_,
    "import_from_statement": statements.import_from,
    "future_import_statement": statements.import_from,
    "function_definition": definitions.function_definition,
    "class_definition": definitions.class_definition,
    "decorated_definition": definitions.decorated,
}
