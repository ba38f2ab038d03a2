"""Python imports, with what is known of when they run."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.facts import Import
from rao_review.graph.languages.python_reflection import note_opening
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import GUARDED_IMPORT, SCRIPT, TYPE_ONLY


def _add_import(walk: Walk, module: str, name: str, alias: str, node: Node) -> None:
    region, scope = walk.region, walk.scope
    flags = []
    if scope.kind in ("module", "class") and not scope.is_local and not region & (TYPE_ONLY | SCRIPT):
        flags.append("toplevel")
    if region & TYPE_ONLY:
        flags.append("type_only")
    if region & GUARDED_IMPORT:
        flags.append("guarded")
    walk.found.imports.append(Import(module, name, alias, walk.source.line(node.start_byte), tuple(flags)))
    if alias:
        scope.kept.add(alias)
        note_opening(walk, alias, node)


def import_(walk: Walk, node: Node, context: str) -> None:
    for part in walk.parts(node):
        if part.type == "aliased_import":
            name, *alias = walk.parts(part)
            _add_import(walk, _squeezed(walk, name), "", "".join(map(walk.of, alias)), name)
        elif walk.of(part):
            module = _squeezed(walk, part)
            _add_import(walk, module, "", module.split(".")[0], part)


def import_from(walk: Walk, node: Node, context: str) -> None:
    parts = walk.parts(node)
    module = "__future__" if node.type == "future_import_statement" else _squeezed(walk, parts.pop(0))
    for part in parts:
        if part.type == "wildcard_import":
            _add_import(walk, module, "*", "", part)
        elif part.type == "aliased_import":
            name, *alias = walk.parts(part)
            _add_import(walk, module, walk.of(name), "".join(map(walk.of, alias)), name)
        elif walk.of(part):
            _add_import(walk, module, walk.of(part), walk.of(part), part)


def _squeezed(walk: Walk, node: Node) -> str:
    return "".join(walk.of(node).split())
