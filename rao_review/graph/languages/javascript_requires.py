"""JavaScript imports that are calls: `require('x')` and `import('x')`."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.facts import Import
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import GUARDED_IMPORT, TYPE_ONLY


def literal(walk: Walk, node: Node | None) -> str | None:
    """The value of a string without escapes, else None."""
    if node is None or node.type not in ("string", "template_string"):
        return None
    text = walk.of(node)[1:-1]
    return None if "\\" in text or "${" in text else text


def import_flags(walk: Walk, dynamic: bool = False) -> tuple[str, ...]:
    flags = []
    if dynamic:
        flags.append("dynamic")
    if walk.scope.kind in ("module", "block") and not walk.scope.is_local and not dynamic:
        flags.append("toplevel")
    if walk.region & TYPE_ONLY:
        flags.append("type_only")
    if walk.region & GUARDED_IMPORT:
        flags.append("guarded")
    return tuple(flags)


def module_of_call(walk: Walk, node: Node | None) -> str | None:
    """'./x' for `require('./x')`."""
    if node is None or node.type != "call_expression":
        return None
    function, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or given is None or walk.of(function) != "require":
        return None
    parts = walk.parts(given)
    return literal(walk, parts[0]) if len(parts) == 1 else None


def require_call(walk: Walk, given: Node | None) -> None:
    """`require('x')` that a declaration has not taken as its import (see `javascript_modules`)."""
    parts = walk.parts(given) if given is not None else []
    module = literal(walk, parts[0]) if len(parts) == 1 else None
    if module and given is not None:
        line = walk.source.line(given.start_byte)
        if not any(one.line == line and one.module == module for one in walk.found.imports[-8:]):
            flags = import_flags(walk, walk.scope.is_local)
            walk.found.imports.append(Import(module, "", "", line, flags))


def import_call(walk: Walk, given: Node | None) -> None:
    """`import('x')`."""
    parts = walk.parts(given) if given is not None else []
    module = literal(walk, parts[0]) if parts else None
    if module and given is not None:
        walk.found.imports.append(Import(module, "", "", walk.source.line(given.start_byte), import_flags(walk, True)))
