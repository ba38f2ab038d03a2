"""What JavaScript and TypeScript export: ES statements, and CommonJS by assignment to `exports` and `module.exports`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tree_sitter import Node

from rao_review.graph.facts import Arguments, Import
from rao_review.graph.languages import javascript_flow as flow
from rao_review.graph.languages import javascript_modules as modules
from rao_review.graph.languages.javascript_classes import class_
from rao_review.graph.languages.javascript_definitions import CLASSES, declare, properties, variable
from rao_review.graph.languages.javascript_functions import FUNCTIONS, function
from rao_review.graph.languages.javascript_requires import literal, module_of_call
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import Scope
from rao_review.graph.languages.syntax import Draft

_DEFINE = "Object.defineProperty"
_SHARED = frozenset({"argument", "subscript"})
"""How a value is used where names may be put on it that nobody sees."""


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
    if value is not None:
        _export_value(walk, value, node)
    else:  # export = x
        for part in walk.parts(node)[-1:]:
            _export_all(walk, part, node)


def _export_value(walk: Walk, value: Node, extent: Node) -> str:
    """`export default value`, and what `module.exports = value` gives as a whole. The name in this file of what is exported."""
    kind = value.type
    if kind == "identifier":
        modules.export_local(walk, walk.of(value), "default", value.start_byte)
        walk.push(value)
        return walk.of(value)
    inner = value.child_by_field_name("name")
    name = walk.of(inner) if inner is not None and (kind in FUNCTIONS or kind in CLASSES) else "default"
    at = inner if inner is not None and name != "default" else value
    if kind in FUNCTIONS:
        draft = function(walk, value, name, at, extent)
    elif kind in CLASSES:
        draft = class_(walk, value, extent, at if name == "default" else None, name)
    else:
        draft = variable(walk, name, at, extent)
        if kind == "object":
            properties(walk, value, draft)
        else:
            walk.push(value)
    modules.export_local(walk, draft.name, "default", draft.at)
    return draft.name


def assignment(walk: Walk, node: Node, context: str) -> None:
    """`module.exports = …`, `exports.x = …`, `X.prototype.m = function`, `this.x = …`, or a plain assignment."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is not None and right is not None and left.kind_id == walk.kinds.member:
        text = walk.of(left)
        receiver, _, name = text.rpartition(".")
        top = _at_top(walk)
        if top and text == "module.exports":
            _export_all(walk, right, node)
            return
        if top and receiver in modules.ALL_EXPORTS and name.isidentifier():
            _export_member(walk, name, left, right, node)
            return
        if receiver == "this" and walk.scope.owner is not None:
            _instance_field(walk, name, left, right, node)
        elif top and right.type in FUNCTIONS and receiver.removesuffix(".prototype").isidentifier():
            owner = receiver.removesuffix(".prototype")
            draft = function(walk, right, name, left.named_children[-1], node, "method", f"{owner}.{name}")
            draft.flags |= {"static"} if owner == receiver else set()
            walk.push(left.named_children[0], "attribute")
            return
    modules.assignment(walk, node, context)


def expression_statement(walk: Walk, node: Node, context: str) -> None:
    """Any statement that is an expression; `Object.defineProperty(exports, 'x', …)` exports."""
    call = node.named_child(0) if walk.text.startswith(_DEFINE, node.start_byte) else None
    if call is None or not _define_export(walk, call):
        flow.expression_statement(walk, node, context)


def settle(walk: Walk, module: Scope) -> None:
    """Exports the members of what stands for all exports, once the whole file is read.

    What a file hands over in another way, or lets others put names on, is open: any name may be there.
    """
    if ".prototype" in walk.text:
        _mark_mixed_in(walk)
    if not module.whole and "exports" not in walk.text:
        return
    shared = modules.ALL_EXPORTS | module.whole
    members: dict[str, None] = {}
    is_open = False
    for name, _, _, receiver, _, _, context, _ in walk.found.uses:
        words = context.split()
        if receiver in shared and "write" in words:
            members[name] = None
        elif receiver in ("", "module"):
            whole = f"{receiver}.{name}" if receiver else name
            is_open = is_open or (whole in (shared | {"module"}) and _is_let_go(whole, words))
    held, beside = _own_members(walk, module)
    members.update(dict.fromkeys(held))
    if members:
        walk.found.exports = tuple(dict.fromkeys((*(walk.found.exports or ()), *members)))
    if is_open or beside:
        walk.make_module_dynamic()


def _mark_mixed_in(walk: Walk) -> None:
    """Notes the classes that get members nobody sees: `Object.assign(Shop.prototype, require('./selling'))`, `Shop.prototype[name] = …`."""
    mixed = {
        receiver
        for name, _, _, receiver, _, _, context, _ in walk.found.uses
        if name == "prototype" and receiver and not _SHARED.isdisjoint(context.split())
    }
    for draft in walk.found.drafts if mixed else ():
        if draft.qualname in mixed:
            draft.flags.add("dynamic")


def _is_let_go(whole: str, words: Sequence[str]) -> bool:
    """Whether what is exported as a whole is used here in a way that may put names on it, or replace it."""
    if whole == "module":
        return "argument" in words
    return not _SHARED.isdisjoint(words) or ("write" in words and whole != "exports")


def _own_members(walk: Walk, module: Scope) -> tuple[list[str], bool]:
    """The members that the file defines for what stands for all exports, and whether there may be others."""
    if not module.whole:
        return [], False
    drafts: dict[str, list[Draft]] = defaultdict(list)
    inside: dict[str, list[Draft]] = defaultdict(list)
    for draft in walk.found.drafts:
        drafts[draft.qualname].append(draft)
        inside[draft.qualname.rpartition(".")[0]].append(draft)
    members: list[str] = []
    is_open = False
    for name in sorted(module.whole):
        imports = [item for item in walk.found.imports if item.alias == name]
        for item in imports:
            if item.name in ("", "*"):
                walk.found.imports.append(Import(item.module, "*", "", item.line, (*item.flags, "reexport")))
        is_open = is_open or any(item.name not in ("", "*") for item in imports) or not (imports or drafts[name])
        members += module.given.get(name, ())
        for owner in drafts[name]:
            members += [draft.name for draft in inside[name] if _is_member(owner, draft)]
            is_open = is_open or "dynamic" in owner.flags or (owner.kind == "class" and bool(owner.bases))
            is_open = is_open or (owner.kind in ("variable", "constant") and name not in module.objects)
    return members, is_open


def _is_member(owner: Draft, draft: Draft) -> bool:
    """Whether a definition 'owner.name' is a member of the owner itself: no local of a function, nothing of a class's instances."""
    if owner.kind not in ("function", "class") or "static" in draft.flags:
        return True
    return draft.kind != "method" and not owner.start <= draft.start < owner.end


# ── CommonJS ─────────────────────────────────────────────────────────────────────────────────────────────


def _at_top(walk: Walk) -> bool:
    """Whether what stands here is run with the module."""
    return walk.scope.named.kind == "module" and walk.scope.kind != "function"


def _export_all(walk: Walk, value: Node, extent: Node) -> None:
    """`module.exports = value`, `export = value`. Members of what has a name are exported when all is read, see `settle`."""
    modules.export(walk, "default")
    while value.type == "assignment_expression":  # module.exports = exports = value
        left, right = value.child_by_field_name("left"), value.child_by_field_name("right")
        walk.parts(value)
        if left is None or right is None:
            break
        walk.push(left, "write")
        value = right
    required = module_of_call(walk, value)
    if required is not None:
        modules.add_import(walk, required, "*", "", extent.start_byte, "reexport")
    elif value.type == "object":
        _export_object(walk, value)
    else:
        name = _export_value(walk, value, extent)
        if value.type == "identifier" or value.type in FUNCTIONS or value.type in CLASSES:
            walk.scope.named.whole.add(name)
        else:
            walk.make_dynamic(None, extent)


def _export_object(walk: Walk, node: Node) -> None:
    """`module.exports = { a, b: c, d() {…} }`."""
    for part in walk.parts(node):
        key = part.child_by_field_name("key") or part.child_by_field_name("name")
        value = part.child_by_field_name("value")
        name = "" if key is None else literal(walk, key) or walk.of(key)
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
        elif key is not None and name.replace("$", "_").isidentifier():
            _export_member(walk, name, key, value if value is not None else part, part)
        else:
            if key is not None and key.type == "computed_property_name":
                walk.make_dynamic(None, part)
            walk.push(part)


def _export_member(walk: Walk, name: str, at: Node, value: Node, extent: Node) -> None:
    """`exports.name = value`."""
    place = at.named_children[-1] if at.named_child_count else at
    modules.export(walk, name, "default")
    if value.type == "identifier":
        modules.export_local(walk, walk.of(value), name, at.start_byte)
        walk.push(value)
        return
    if value.type in FUNCTIONS or value.type == "method_definition":
        draft = function(walk, value, name, place, extent)
    elif value.type == "class":
        draft = class_(walk, value, extent, place, name)
    else:
        required = module_of_call(walk, value)
        if required is not None:
            modules.add_import(walk, required, "", name, at.start_byte, "reexport")
            return
        draft = variable(walk, name, place, extent)
        walk.push(value)
    draft.flags.add("exported")


def _define_export(walk: Walk, call: Node) -> bool:
    """`Object.defineProperty(exports, 'name', …)`; False for any other call."""
    made, given = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if call.type != "call_expression" or made is None or given is None or not _at_top(walk):
        return False
    parts = walk.parts(given)
    name = literal(walk, parts[1]) if len(parts) == 3 else None
    if walk.of(made) != _DEFINE or name is None or walk.of(parts[0]) not in modules.ALL_EXPORTS:
        return False
    modules.export(walk, name, "default")
    walk.chain(_DEFINE, made.start_byte, "call", "discard", Arguments(3), call.end_byte)
    for part in reversed(parts[1:]):
        walk.push(part, "argument")
    return True


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
