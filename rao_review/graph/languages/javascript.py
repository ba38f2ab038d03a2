"""JavaScript with JSX, TypeScript and TSX: one walk over the tree, see `scoped_walk`."""

from __future__ import annotations

from collections import Counter
from functools import cache

from tree_sitter import Node

from rao_review.graph.facts import Columns
from rao_review.graph.languages import javascript_classes as classes
from rao_review.graph.languages import javascript_definitions as definitions
from rao_review.graph.languages import javascript_exports as exports
from rao_review.graph.languages import javascript_flow as flow
from rao_review.graph.languages import javascript_functions as functions
from rao_review.graph.languages import javascript_modules as modules
from rao_review.graph.languages import javascript_names as names
from rao_review.graph.languages import javascript_types as types
from rao_review.graph.languages.scoped_walk import Handler, Walk
from rao_review.graph.languages.scopes import Kinds
from rao_review.graph.languages.syntax import ERROR, Source, assemble, grammar, parse

_GRAMMARS = {
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
}
_SILENT = frozenset({"this", "super", "super()", "arguments", "undefined"})


def extract(source: bytes, language: str) -> Columns:
    """The facts of a JavaScript or TypeScript file. Never raises on any bytes; what could not be parsed is left out and said in
    `unknown`."""
    tree = parse(source, *_GRAMMARS[language])
    kinds, handlers = _table(language)
    walk = Walk(Source(source), kinds, handlers, names.plain, _SILENT)
    module = walk.scope
    walk.pending.append((module, [tree.root_node], 0))
    walk.run(_leave)
    exports.settle(walk, module)
    _mark_overloads(walk)
    return assemble(language, walk.source, tree.root_node, walk.found)


def _leave(walk: Walk) -> None:
    """The end of a scope."""
    scope = walk.scope
    if scope.kind == "module" and not scope.qualname:
        for local, exported in scope.exported.items():
            for draft in scope.drafts.get(local, ()):
                draft.flags.add("exported")
                if "default" in exported:
                    draft.flags.add("default_export")
    elif scope.draft is not None and scope.kind == "function":
        functions.leave_function(walk, scope, scope.draft)
    elif scope.draft is not None and scope.kind == "class":
        classes.leave_class(scope, scope.draft)


def _mark_overloads(walk: Walk) -> None:
    callables = [draft for draft in walk.found.drafts if draft.kind in ("function", "method")]
    times = Counter(draft.qualname for draft in callables)
    for draft in callables:
        if times[draft.qualname] > 1:
            draft.flags.add("overload")


@cache
def _table(language: str) -> tuple[Kinds, dict[int, Handler]]:
    """The handlers by `kind_id`; kinds that are not in it are passed through to what is below them."""
    known = grammar(*_GRAMMARS[language])
    kinds = Kinds(known, _KINDS, _KIND_SETS)
    table: dict[int, Handler] = dict.fromkeys(kinds.leaves, _leaf)
    for name, handler in _HANDLERS.items():
        kind = known.id_for_node_kind(name, True)
        if kind is not None:
            table[kind] = handler
    table[ERROR] = flow.error
    return kinds, table


def _leaf(walk: Walk, node: Node, context: str) -> None:
    """Nothing is below it."""


def _comment(walk: Walk, node: Node, context: str) -> None:
    walk.found.layout.comments.append((node.start_byte, node.end_byte))


_KINDS = {
    "call": "call_expression", "list": "arguments", "member": "member_expression", "none": "null", "splat": "spread_element",
    "type": "type_annotation",
}  # fmt: skip
_KIND_SETS = {
    "compound": (),
    "extras": ("comment", "html_comment"),
    "leaves": (
        "number", "true", "false", "null", "undefined", "this", "super", "property_identifier", "private_property_identifier",
        "string_fragment", "predefined_type", "jsx_text", "statement_identifier", "empty_statement", "accessibility_modifier",
        "override_modifier", "import", "break_statement", "continue_statement", "hash_bang_line", "optional_chain",
        "meta_property", "escape_sequence", "debugger_statement", "html_character_reference", "regex_flags", "regex_pattern",
        "this_type", "jsx_closing_element", "existential_type", "asserts",
    ),
    "members": ("member_expression", "nested_identifier", "jsx_namespace_name"),
}  # fmt: skip

_HANDLERS: dict[str, Handler] = {
    "comment": _comment,
    "html_comment": _comment,
    "identifier": names.identifier,
    "shorthand_property_identifier": names.shorthand,
    "member_expression": names.member,
    "call_expression": names.call,
    "new_expression": names.new,
    "subscript_expression": names.subscript,
    "await_expression": names.awaited,
    "parenthesized_expression": names.through,
    "non_null_expression": names.through,
    "as_expression": names.through,
    "satisfies_expression": names.through,
    "unary_expression": names.unary,
    "binary_expression": names.binary,
    "ternary_expression": names.ternary,
    "spread_element": names.spread,
    "string": names.literal_text,
    "regex": names.literal_text,
    "template_string": names.template,
    "jsx_opening_element": names.jsx_tag,
    "jsx_self_closing_element": names.jsx_tag,
    "type_identifier": types.type_name,
    "nested_type_identifier": types.type_path,
    "type_query": types.type_query,
    "type_parameter": types.type_parameter,
    "type_predicate": types.named_type,
    "index_signature": types.named_type,
    "mapped_type_clause": types.named_type,
    "infer_type": types.named_type,
    "asserts_annotation": types.named_type,
    "expression_statement": exports.expression_statement,
    "statement_block": flow.block,
    "switch_body": flow.block,
    "for_statement": flow.for_statement,
    "for_in_statement": flow.for_in,
    "catch_clause": flow.catch,
    "if_statement": flow.condition,
    "while_statement": flow.condition,
    "do_statement": flow.condition,
    "try_statement": flow.try_statement,
    "return_statement": functions.return_,
    "yield_expression": functions.yield_,
    "arrow_function": functions.anonymous,
    "function_expression": functions.anonymous,
    "generator_function": functions.anonymous,
    "method_definition": functions.anonymous,
    "assignment_expression": exports.assignment,
    "augmented_assignment_expression": modules.augmented,
    "update_expression": modules.augmented,
    "import_statement": modules.import_statement,
    "export_statement": exports.export_statement,
    "lexical_declaration": definitions.statement,
    "variable_declaration": definitions.statement,
    "function_declaration": definitions.statement,
    "generator_function_declaration": definitions.statement,
    "function_signature": definitions.statement,
    "class_declaration": definitions.statement,
    "abstract_class_declaration": definitions.statement,
    "interface_declaration": definitions.statement,
    "type_alias_declaration": definitions.statement,
    "enum_declaration": definitions.statement,
    "internal_module": definitions.statement,
    "module": definitions.statement,
    "ambient_declaration": definitions.statement,
    "class": classes.anonymous_class,
    "class_body": classes.class_body,
    "interface_body": types.members,
    "object_type": types.members,
    "enum_body": types.enum_body,
    "function_type": types.signature,
    "constructor_type": types.signature,
    "call_signature": types.signature,
    "construct_signature": types.signature,
    "method_signature": types.signature,
}
