"""What JavaScript and TypeScript declare: variables, functions, classes, types, enums, namespaces."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.facts import DefinitionKind
from rao_review.graph.languages import javascript_modules as modules
from rao_review.graph.languages.javascript_classes import class_
from rao_review.graph.languages.javascript_functions import FUNCTIONS, flags_of, function, modifiers
from rao_review.graph.languages.javascript_requires import literal
from rao_review.graph.languages.javascript_types import namespace, typed
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import Scope
from rao_review.graph.languages.syntax import Draft

CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_TYPES = frozenset({"interface", "type"})
_MOST_PROPERTIES = 400


def statement(walk: Walk, node: Node, context: str) -> None:
    """A declaration that is not exported."""
    declare(walk, node, node)


def declare(walk: Walk, node: Node, extent: Node) -> list[Draft]:
    """Defines what a declaration declares; gives the definitions of the names that it binds."""
    kind = node.type
    if kind in ("lexical_declaration", "variable_declaration"):
        return _variables(walk, node, extent)
    if kind == "ambient_declaration":
        return [draft for part in walk.parts(node) for draft in _ambient(walk, part, extent)]
    name = node.child_by_field_name("name")
    if kind in CLASSES:
        return [class_(walk, node, extent)]
    if name is None or not walk.of(name):
        walk.descend(walk.parts(node))
        return []
    if kind.endswith(("function_declaration", "function_signature")):
        draft = function(walk, node, walk.of(name), name, extent)
    elif kind in ("interface_declaration", "type_alias_declaration", "enum_declaration"):
        draft = typed(walk, node, name, extent)
    else:
        draft = namespace(walk, node, name, extent)
    _keep(walk, draft.name)
    return [draft]


def _ambient(walk: Walk, node: Node, extent: Node) -> list[Draft]:
    """What follows `declare`."""
    if node.type == "statement_block":  # declare global { … }
        scope = Scope("module", "", walk.scope)
        walk.pending.append((scope, walk.parts(node), walk.region))
        return []
    found = declare(walk, node, extent)
    for draft in found:
        if draft.kind not in _TYPES:
            draft.flags.add("ambient")
    return found


def _keep(walk: Walk, name: str) -> None:
    """A declared name may be used from here, and from the scopes around a block, as what it names."""
    walk.scope.kept.add(name)
    walk.scope.named.kept.add(name)


# ── variables ────────────────────────────────────────────────────────────────────────────────────────────


def _variables(walk: Walk, node: Node, extent: Node) -> list[Draft]:
    first = node.child(0)
    word = first.type if first is not None else ""
    declarators = [part for part in walk.parts(node) if part.type == "variable_declarator"]
    found: list[Draft] = []
    for one in declarators:
        found += _variable(walk, one, extent if len(declarators) == 1 else one, word)
    return found


def _variable(walk: Walk, node: Node, extent: Node, word: str) -> list[Draft]:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    declared = node.child_by_field_name("type")
    walk.parts(node)
    if name is None:
        return []
    if declared is not None:
        walk.push(declared)
    if modules.required(walk, name, value):
        return []
    plain = walk.of(name) if name.type == "identifier" else ""
    if plain and value is not None and value.type in FUNCTIONS:
        draft = function(walk, value, plain, name, extent)
        if written := modules.type_text(walk, declared):
            draft.annotation = draft.annotation or written
            draft.params = None  # which of them may be left out is for the type to say
        _keep(walk, plain)
        return [draft]
    if plain and value is not None and value.type == "class":
        draft = class_(walk, value, extent, name)
        return [draft]
    written = modules.type_text(walk, declared)
    known = written or modules.value_class(walk, value)
    scope = walk.scope if word != "var" or walk.scope.kind != "block" else walk.scope.function
    found = []
    for one in modules.pattern_names(walk, name):
        scope.bind(walk.of(one), known if one is name or one == name else "", one.start_byte)
        if scope.kind == "module":
            draft = variable(walk, walk.of(one), one, extent, word)
            draft.annotation = written if one == name else ""
            found.append(draft)
    modules.used_keys(walk, name, value, "assign")
    if value is None:
        return found
    if found and plain and modules.is_all_exports(walk, value):
        scope.whole.add(plain)
        scope.objects.add(plain)
    if value.type == "object" and found and plain:
        scope.objects.add(plain)
        properties(walk, value, found[0], typed=declared is not None)
    else:
        walk.push(value, modules.unpacking(walk, name))
    return found


def variable(walk: Walk, name: str, at: Node, extent: Node, word: str = "") -> Draft:
    """A variable, or a constant for `const` names in capitals."""
    scope = walk.scope.function
    end = walk.text.find("\n", extent.start_byte)
    draft = Draft(
        name, scope.qualify(name), "constant" if name.isupper() else "variable", at.start_byte, extent.start_byte,
        extent.end_byte, extent.start_byte, min(extent.end_byte, end if end >= 0 else extent.end_byte),
        flags=flags_of(walk, name, set(), False) - {"entry"},
    )  # fmt: skip
    if name not in scope.drafts:
        walk.found.drafts.append(draft)
    scope.drafts.setdefault(name, []).append(draft)
    return draft


def properties(walk: Walk, node: Node, owner: Draft, *, typed: bool = False) -> None:
    """The properties of an object literal that has a name, as definitions 'owner.name'.

    Args:
        typed: whether a type says what the methods take.
    """
    for number, part in enumerate(walk.parts(node)):
        key = part.child_by_field_name("key") or part.child_by_field_name("name")
        value = part.child_by_field_name("value")
        if part.type == "shorthand_property_identifier":
            key = part
        unseen = part.type == "spread_element" or (key is not None and key.type == "computed_property_name")
        if unseen or number >= _MOST_PROPERTIES:
            owner.flags.add("dynamic")
        name = "" if key is None else literal(walk, key) or walk.of(key)
        if key is None or not name.replace("$", "_").isidentifier() or number >= _MOST_PROPERTIES:
            walk.push(part)
            continue
        qualname = f"{owner.qualname}.{name}"
        if part.type == "method_definition":
            kind: DefinitionKind = "property" if modifiers(walk, part) & {"get", "set"} else "method"
            method = function(walk, part, name, key, part, kind, qualname)
            method.params = None if typed else method.params
        elif value is not None and value.type in FUNCTIONS:
            method = function(walk, value, name, key, part, "method", qualname)
            method.params = None if typed else method.params
        else:
            walk.push(part)
            walk.found.drafts.append(
                Draft(
                    name,
                    qualname,
                    "field",
                    key.start_byte,
                    part.start_byte,
                    part.end_byte,
                    part.start_byte,
                    part.end_byte,
                )
            )
