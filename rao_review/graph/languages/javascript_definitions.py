"""What JavaScript and TypeScript define: variables, functions, classes, types, enums, namespaces, and by assignment."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.facts import DefinitionKind
from rao_review.graph.languages import javascript_modules as modules
from rao_review.graph.languages.javascript_classes import class_
from rao_review.graph.languages.javascript_functions import FUNCTIONS, flags_of, function, modifiers
from rao_review.graph.languages.javascript_requires import literal, module_of_call
from rao_review.graph.languages.javascript_types import namespace, typed
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import Scope
from rao_review.graph.languages.syntax import Draft

_CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_MOST_PROPERTIES = 400


def statement(walk: Walk, node: Node, context: str) -> None:
    """A declaration that is not exported."""
    declare(walk, node, node)


def export_statement(walk: Walk, node: Node, context: str) -> None:
    if modules.reexport(walk, node):
        return
    is_default = any(child.type == "default" for child in node.children[:4])
    declared = node.child_by_field_name("declaration")
    if declared is not None:
        for draft in declare(walk, declared, node):
            exported = "default" if is_default else draft.name
            modules.export_local(walk, draft.name, exported, draft.at)
        return
    value = node.child_by_field_name("value")
    if value is None:  # export = x
        parts = walk.parts(node)
        value = parts[-1] if parts else None
        is_default = True
    if value is not None:
        export_value(walk, value, node)


def declare(walk: Walk, node: Node, extent: Node) -> list[Draft]:
    """Defines what a declaration declares; gives the definitions of the names that it binds."""
    kind = node.type
    if kind in ("lexical_declaration", "variable_declaration"):
        return _variables(walk, node, extent)
    if kind == "ambient_declaration":
        return [draft for part in walk.parts(node) for draft in _ambient(walk, part, extent)]
    name = node.child_by_field_name("name")
    if kind in _CLASSES:
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
    return declare(walk, node, extent)


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
        draft.annotation = draft.annotation or modules.type_text(walk, declared)
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
            draft = _value(walk, walk.of(one), one, extent, word)
            draft.annotation = written if one == name else ""
            found.append(draft)
    modules.used_keys(walk, name, value, "assign")
    if value is None:
        return found
    if value.type == "object" and found and plain:
        _properties(walk, value, found[0])
    else:
        walk.push(value, modules.unpacking(walk, name))
    return found


def _value(walk: Walk, name: str, at: Node, extent: Node, word: str = "") -> Draft:
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


def _properties(walk: Walk, node: Node, owner: Draft) -> None:
    """The properties of an object literal that has a name, as definitions 'owner.name'."""
    for number, part in enumerate(walk.parts(node)):
        key = part.child_by_field_name("key") or part.child_by_field_name("name")
        value = part.child_by_field_name("value")
        if part.type == "shorthand_property_identifier":
            key = part
        if part.type == "spread_element" or (key is not None and key.type == "computed_property_name"):
            owner.flags.add("dynamic")
        name = "" if key is None else literal(walk, key) or walk.of(key)
        if key is None or not name.replace("$", "_").isidentifier() or number >= _MOST_PROPERTIES:
            walk.push(part)
            continue
        qualname = f"{owner.qualname}.{name}"
        if part.type == "method_definition":
            kind: DefinitionKind = "property" if modifiers(walk, part) & {"get", "set"} else "method"
            function(walk, part, name, key, part, kind, qualname)
        elif value is not None and value.type in FUNCTIONS:
            function(walk, value, name, key, part, "method", qualname)
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


# ── exported values, CommonJS ────────────────────────────────────────────────────────────────────────────


def export_value(walk: Walk, value: Node, extent: Node) -> None:
    """`export default value`, `export = value`, `module.exports = value`."""
    kind = value.type
    if kind == "identifier":
        modules.export_local(walk, walk.of(value), "default", value.start_byte)
        walk.push(value)
        return
    inner = value.child_by_field_name("name")
    name = walk.of(inner) if inner is not None and (kind in FUNCTIONS or kind in _CLASSES) else "default"
    at = inner if inner is not None and name != "default" else value
    if kind in FUNCTIONS:
        draft = function(walk, value, name, at, extent)
    elif kind in _CLASSES:
        draft = class_(walk, value, extent, at if name == "default" else None, name)
    else:
        draft = _value(walk, name, at, extent)
        if kind == "object":
            _properties(walk, value, draft)
        else:
            walk.push(value)
    modules.export_local(walk, draft.name, "default", draft.at)


def assignment(walk: Walk, node: Node, context: str) -> None:
    """`module.exports = …`, `exports.x = …`, `X.prototype.m = function`, `this.x = …`, or a plain assignment."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is not None and right is not None and left.kind_id == walk.kinds.member:
        text = walk.of(left)
        receiver, _, name = text.rpartition(".")
        top = walk.scope.named.kind == "module" and walk.scope.kind != "function"
        if top and text == "module.exports":
            _module_exports(walk, right, node)
            return
        if top and receiver in ("exports", "module.exports") and name.isidentifier():
            _export_member(walk, name, left, right, node)
            return
        if receiver == "this" and walk.scope.owner is not None:
            _instance_field(walk, name, left, right, node)
        elif top and right.type in FUNCTIONS and receiver.removesuffix(".prototype").isidentifier():
            owner = receiver.removesuffix(".prototype")
            function(walk, right, name, left.named_children[-1], node, "method", f"{owner}.{name}")
            walk.push(left.named_children[0], "write")
            return
    modules.assignment(walk, node, context)


def _module_exports(walk: Walk, right: Node, extent: Node) -> None:
    required = module_of_call(walk, right)
    if required is not None:
        modules.add_import(walk, required, "*", "", extent.start_byte, "reexport")
    elif right.type == "object":
        _export_object(walk, right)
    elif right.type == "assignment_expression":
        walk.push(right)
    else:
        export_value(walk, right, extent)


def _export_object(walk: Walk, node: Node) -> None:
    """`module.exports = { a, b: c, d() {…} }`."""
    for part in walk.parts(node):
        key = part.child_by_field_name("key") or part.child_by_field_name("name")
        value = part.child_by_field_name("value")
        if part.type == "shorthand_property_identifier":
            modules.export_local(walk, walk.of(part), walk.of(part), part.start_byte)
            walk.push(part)
        elif part.type == "spread_element":
            required = module_of_call(walk, next(iter(walk.parts(part)), None))
            if required is not None:
                modules.add_import(walk, required, "*", "", part.start_byte, "reexport")
            else:
                walk.make_dynamic(None, part)
                walk.push(part)
        elif key is not None and key.type == "property_identifier":
            _export_member(walk, walk.of(key), key, value if value is not None else part, part)
        else:
            walk.push(part)


def _export_member(walk: Walk, name: str, at: Node, value: Node, extent: Node) -> None:
    """`exports.name = value`."""
    place = at.named_children[-1] if at.named_child_count else at
    if value.type == "identifier":
        modules.export_local(walk, walk.of(value), name, at.start_byte)
        walk.push(value)
        return
    modules.export(walk, name)
    if value.type in FUNCTIONS or value.type == "method_definition":
        draft = function(walk, value, name, place, extent)
    elif value.type == "class":
        draft = class_(walk, value, extent, place, name)
    else:
        required = module_of_call(walk, value)
        if required is not None:
            modules.add_import(walk, required, "", name, at.start_byte, "reexport")
            return
        draft = _value(walk, name, place, extent)
        walk.push(value)
    draft.flags.add("exported")


def _instance_field(walk: Walk, name: str, left: Node, right: Node, extent: Node) -> None:
    """`this.x = …` makes a field of the class, once."""
    scope, owner = walk.scope, walk.scope.owner
    if owner is None or not name.lstrip("#").replace("$", "_").isidentifier():
        return
    scope.bind(f"this.{name}", modules.value_class(walk, right), left.start_byte)
    if name not in owner.drafts:
        at = left.named_children[-1]
        draft = Draft(
            name, owner.qualify(name), "field", at.start_byte, extent.start_byte, extent.end_byte, extent.start_byte,
            extent.end_byte, flags={"instance", "private"} if name.startswith(("_", "#")) else {"instance"},
        )  # fmt: skip
        owner.drafts[name] = [draft]
        walk.found.drafts.append(draft)
