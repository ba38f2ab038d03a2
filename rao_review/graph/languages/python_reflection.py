"""Python calls that mean more than a call: attributes and modules named by strings, and names that appear while running."""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Node

from rao_review.graph.facts import Import
from rao_review.graph.languages.scoped_walk import Walk

DOTTED = re.compile(r"[A-Za-z_\x80-\xff][\w\x80-\xff]*(?:\.[A-Za-z_\x80-\xff][\w\x80-\xff]*)*", re.ASCII).fullmatch
_LITERAL = re.compile(r"""[rRuU]?(?:\"\"\"|'''|"|')([^"'\\]*)(?:\"\"\"|'''|"|')""").fullmatch
_MODULES = re.compile(r"\[__name__|\[[^\n]*\]\s*=(?!=)").match


_OPENING = frozenset({"__getattr__", "__getattribute__"})


def note_opening(walk: Walk, name: str, node: Node) -> None:
    """A module or class that binds `__getattr__`, in whatever way, has names that nobody sees."""
    scope = walk.scope
    if name in _OPENING and scope.kind in ("module", "class"):
        walk.make_dynamic(scope if scope.kind == "class" else None, node)


def plain(text: str) -> str:
    """'a.b.c' from the text of an attribute, '' if it is more than names and dots."""
    if not DOTTED(text):
        text = "".join(text.lstrip("*").split())  # the grammar reads `[*a.b]` as if it were `[(*a).b]`
    return text if DOTTED(text) else ""


def literal(walk: Walk, node: Node | None) -> str | None:
    """The value of a plain string literal without escapes, else None."""
    if node is None or node.type != "string":
        return None
    match = _LITERAL(walk.of(node))
    return match.group(1) if match else None


def _named_attribute(walk: Walk, node: Node, given: Node) -> None:
    """`getattr(x, "name")` and its like use the attribute."""
    positional = [part for part in walk.parts(given) if part.type != "keyword_argument"]
    function = walk.of(node.named_children[0])
    if function == "setattr" and positional and walk.of(positional[0]) == walk.scope.receiver:
        walk.make_dynamic(walk.scope.owner, node)
    name = literal(walk, positional[1]) if len(positional) > 1 else None
    if name is None or not DOTTED(name) or "." in name:
        return
    context = {"setattr": "write", "delattr": "delete", "hasattr": "guarded"}.get(function, "")
    if function == "getattr" and len(positional) > 2:
        context = "guarded"
    receiver = walk.dotted(positional[0]) or walk.called(positional[0]) or "?"
    walk.use(name, "attribute", positional[1].start_byte, receiver, context)


def _import_module(walk: Walk, node: Node, given: Node) -> None:
    """`import_module("a.b")`."""
    parts = walk.parts(given)
    module = literal(walk, parts[0]) if parts else None
    if module and DOTTED(module.lstrip(".")):
        walk.found.imports.append(Import(module, "", "", walk.source.line(node.start_byte), ("dynamic",)))


def _own_dict(walk: Walk, node: Node, given: Node) -> None:
    """`self.__dict__.update(…)`."""
    if walk.of(node).split(".")[0] == walk.scope.receiver:
        walk.make_dynamic(walk.scope.owner, node)


def open_names(walk: Walk, text: str, node: Node, context: str) -> None:
    """`sys.modules[__name__]`, `sys.modules[…] = …`, `self.__dict__[…] = …`."""
    if text == "sys.modules" and _MODULES(walk.text, node.end_byte):
        walk.make_dynamic(None, node)
    elif text.endswith(".__dict__") and "write" in context:
        _own_dict(walk, node, node)


def _namespace(walk: Walk, node: Node, given: Node) -> None:
    """`globals()` anywhere, `exec(…)`, `locals()` and `vars()` outside functions, `vars(self)`."""
    function = walk.of(node.named_children[0])
    scope = walk.scope.function
    if scope.receiver and walk.of(given) == f"({scope.receiver})":
        walk.make_dynamic(walk.scope.owner, node)
    elif function == "globals" or scope.kind == "module":
        walk.make_dynamic(None, node)
    elif scope.kind == "class":
        walk.make_dynamic(scope, node)


def _moved(walk: Walk, node: Node, given: Node) -> None:
    """`zope.deprecation.moved("a.b")` in a module puts the names of another into it."""
    parts = walk.parts(given)
    if walk.scope.kind == "module" and parts and DOTTED(literal(walk, parts[0]) or ""):
        walk.make_dynamic(None, node)


BY_NAME: dict[str, Callable[[Walk, Node, Node], None]] = {
    **dict.fromkeys(("getattr", "hasattr", "setattr", "delattr"), _named_attribute),
    **dict.fromkeys(("globals", "locals", "vars", "exec"), _namespace),
    **dict.fromkeys(("import_module", "__import__"), _import_module),
    "moved": _moved,
}
BY_MEMBER = {"import_module": _import_module, "update": _own_dict, "moved": _moved}
