"""What JavaScript and TypeScript bind, import and export: declarations, assignments, ES modules and CommonJS."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from rao_review.graph.facts import Import
from rao_review.graph.languages.javascript_names import receiver_of
from rao_review.graph.languages.javascript_requires import import_flags, literal, module_of_call
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import TYPE_ONLY, Scope, joined

PATTERNS = frozenset(
    {"object_pattern", "array_pattern", "rest_pattern", "assignment_pattern", "object_assignment_pattern"}
)
ALL_EXPORTS = frozenset({"exports", "module.exports"})
_NOTHING = frozenset({"null", "undefined"})


# ── binding ──────────────────────────────────────────────────────────────────────────────────────────────


def pattern_names(walk: Walk, pattern: Node) -> Iterator[Node]:
    """The names that a pattern binds; pushes its defaults and computed keys."""
    stack = [pattern]
    while stack:
        node = stack.pop()
        kind = node.type
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            yield node
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            left, *defaults = walk.parts(node)
            walk.stack.extend(defaults)
            stack.append(left)
        elif kind == "pair_pattern":
            key, *values = walk.parts(node)
            if key.type == "computed_property_name":
                walk.push(key)
            stack += reversed(values)
        elif kind in PATTERNS:
            stack += reversed(walk.parts(node))
        elif kind in ("member_expression", "subscript_expression"):
            walk.push(node, "write")
        elif kind == "type_annotation":
            walk.push(node)


def used_keys(walk: Walk, pattern: Node, value: Node | None, context: str) -> None:
    """`const { a, b: c } = x` uses the attributes a and b of x."""
    if value is None or pattern.type != "object_pattern":
        return
    inner = value
    while inner.type == "await_expression" and inner.named_child_count == 1:
        inner = inner.named_children[0]
    receiver = receiver_of(walk, inner)
    for part in walk.parts(pattern):
        key: Node | None = part
        if part.type in ("pair_pattern", "object_assignment_pattern"):
            key = next(iter(walk.parts(part)), None)
        if key is not None and key.type in ("shorthand_property_identifier_pattern", "property_identifier"):
            walk.use(walk.of(key), "attribute", key.start_byte, receiver, context)


def value_class(walk: Walk, node: Node | None) -> str | None:
    """What a value says of its class: 'Foo' for `new Foo()` and `x as Foo`, 'f()' for a call, None for nothing at all, else ''."""
    if node is None:
        return None
    kind = node.type
    if kind == "new_expression":
        made = node.child_by_field_name("constructor")
        return walk.dotted(made) if made is not None else ""
    if kind in ("as_expression", "satisfies_expression"):
        parts = walk.parts(node)
        return type_text(walk, parts[1]) if len(parts) == 2 else ""
    if kind in _NOTHING:
        return None
    if kind == "identifier":
        return walk.scope.types.get(walk.of(node), "")
    return walk.called(node)


def type_text(walk: Walk, node: Node | None) -> str:
    """A type as written, without ':' and without type arguments where it is a plain class."""
    if node is None:
        return ""
    if node.type in ("type_annotation", "type_predicate_annotation", "asserts_annotation"):
        node = next(iter(walk.parts(node)), node)
    if node.type == "generic_type":
        node = node.named_children[0]
    return walk.source.folded(node.start_byte, node.end_byte)


def unpacking(walk: Walk, pattern: Node) -> str:
    """The context word of the value that a pattern takes apart."""
    if pattern.type != "array_pattern":
        return "assign"
    inside = walk.parts(pattern)
    if any(part.type == "rest_pattern" for part in inside):
        return "iterate"
    children = [child.type for child in pattern.children]
    return f"unpack:{children.count(',') + (children[-2:-1] != [','])}"  # holes count, a trailing comma does not


def rebind(walk: Walk, name: str, value: str | None, offset: int) -> None:
    """`x = …` for an x declared in a scope around: its class is what all assignments agree on."""
    scope: Scope | None = walk.scope
    while scope is not None:
        if name in scope.values:
            if value not in scope.values[name]:
                if scope is walk.scope or scope.kind == "module":
                    scope.bind(name, value, offset)
                if scope is not walk.scope and value is not None:
                    walk.found.bindings.append((name, value, scope.named.qualname, walk.source.line(offset)))
            return
        scope = scope.outer


def assignment(walk: Walk, node: Node, context: str) -> None:
    """`x = …` to something that is there already; see `javascript_definitions` for those that define."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    walk.parts(node)
    if left is None or right is None:
        walk.descend(node.named_children)
        return
    given = "" if context == "discard" else context
    kind = left.type
    while kind == "parenthesized_expression" and left.named_child_count == 1:
        left = left.named_children[0]
        kind = left.type
    if kind == "identifier":
        name, start = walk.of(left), left.start_byte
        walk.scope.names.append((name, "name", start, None, "write", 0))
        rebind(walk, name, value_class(walk, right), start)
    elif kind in PATTERNS:
        for one in pattern_names(walk, left):
            walk.scope.names.append((walk.of(one), "name", one.start_byte, None, "write", 0))
            rebind(walk, walk.of(one), "", one.start_byte)
        used_keys(walk, left, right, "assign")
    else:
        walk.push(left, "write")
    walk.push(right, joined(given, unpacking(walk, left)))


def augmented(walk: Walk, node: Node, context: str) -> None:
    """`x += y`, `x++`."""
    parts = walk.parts(node)
    walk.stack.extend(reversed(parts[1:]))
    if parts:
        walk.push(parts[0], "write")


# ── ES modules ───────────────────────────────────────────────────────────────────────────────────────────


def _type_only(node: Node) -> bool:
    return any(child.type in ("type", "typeof") for child in node.children[:2])


def add_import(walk: Walk, module: str, name: str, alias: str, at: int, *more: str) -> None:
    flags = tuple(dict.fromkeys((*import_flags(walk), *more)))
    if "type_only" in flags:
        flags = tuple(flag for flag in flags if flag != "toplevel")
    walk.found.imports.append(Import(module, name, alias, walk.source.line(at), flags))
    if alias and "reexport" not in more:
        walk.scope.kept.add(alias)


def import_statement(walk: Walk, node: Node, context: str) -> None:
    source = node.child_by_field_name("source")
    parts = walk.parts(node)
    region = walk.region
    if _type_only(node):
        walk.region |= TYPE_ONLY
    for part in parts:
        if part.type == "import_require_clause":  # import x = require('y')
            name = next(iter(walk.parts(part)), None)
            module = literal(walk, part.child_by_field_name("source"))
            if name is not None and module is not None:
                add_import(walk, module, "", walk.of(name), name.start_byte)
    module = literal(walk, source)
    if module is not None and source is not None:
        walk.found.layout.literals.append((source.start_byte, source.end_byte))
        clauses = [part for part in parts if part.type == "import_clause"]
        for clause in clauses:
            _import_clause(walk, clause, module)
        if not clauses:
            add_import(walk, module, "", "", node.start_byte)
    walk.region = region


def _import_clause(walk: Walk, clause: Node, module: str) -> None:
    for part in walk.parts(clause):
        if part.type == "identifier":
            add_import(walk, module, "default", walk.of(part), part.start_byte)
        elif part.type == "namespace_import":
            for name in _names(walk, part):
                add_import(walk, module, "*", walk.of(name), name.start_byte)
        elif part.type == "named_imports":
            for one in walk.parts(part):
                names = _names(walk, one)
                if one.type == "import_specifier" and names:
                    flags = ("type_only",) if _type_only(one) else ()
                    add_import(walk, module, _word(walk, names[0]), walk.of(names[-1]), one.start_byte, *flags)


def _names(walk: Walk, specifier: Node) -> list[Node]:
    """The names in `a`, `a as b`, `* as b`. JavaScript's grammar has a node without a name for `default`."""
    walk.parts(specifier)
    extras = walk.kinds.extras
    return [
        part
        for part in specifier.children
        if part.type == "default" or (part.is_named and part.kind_id not in extras and part.end_byte > part.start_byte)
    ]


def _word(walk: Walk, node: Node) -> str:
    return literal(walk, node) or walk.of(node)


def export(walk: Walk, *names: str) -> None:
    """Notes names that the file exports; what a namespace exports is noted apart, for it may be exported as a whole."""
    named = walk.scope.named
    if named.qualname:
        named.given.setdefault(named.qualname, []).extend(names)
        return
    walk.found.exports = tuple(dict.fromkeys((*(walk.found.exports or ()), *names)))


def export_local(walk: Walk, local: str, exported: str, at: int) -> None:
    """`export { local as exported }`."""
    export(walk, exported)
    walk.scope.exported.setdefault(local, []).append(exported)
    if exported not in (local, "default"):
        walk.scope.values.setdefault(exported, {"": at})


def export_clause(walk: Walk, node: Node, module: str | None) -> None:
    """`export { a as b }`, with a module a re-export."""
    for one in walk.parts(node):
        names = _names(walk, one)
        if one.type != "export_specifier" or not names:
            continue
        local, exported = _word(walk, names[0]), _word(walk, names[-1])
        if module is None:
            export_local(walk, local, exported, one.start_byte)
            walk.scope.names.append((local, "name", names[0].start_byte, None, "", 0))
        else:
            export(walk, exported)
            flags = ("reexport", "type_only") if _type_only(one) or walk.region & TYPE_ONLY else ("reexport",)
            add_import(walk, module, local, exported, one.start_byte, *flags)


def reexport(walk: Walk, node: Node) -> bool:
    """`export … from 'x'`, `export { … }`, `export * …`; False when the statement exports a declaration or a value."""
    source = node.child_by_field_name("source")
    module = literal(walk, source)
    if source is not None:
        walk.found.layout.literals.append((source.start_byte, source.end_byte))
    region = walk.region
    if _type_only(node):
        walk.region |= TYPE_ONLY
    done = module is not None
    clauses = [part for part in walk.parts(node) if part.type in ("export_clause", "namespace_export")]
    for clause in clauses:
        done = True
        if clause.type == "export_clause":
            export_clause(walk, clause, module)
        elif module is not None:
            for one in _names(walk, clause)[-1:]:
                name = _word(walk, one)
                export(walk, name)
                add_import(walk, module, "*", name, clause.start_byte, "reexport")
    if module is not None and not clauses:
        add_import(walk, module, "*", "", node.start_byte, "reexport")
        if walk.found.exports is None:
            walk.found.exports = ()
    walk.region = region
    return done


# ── CommonJS ─────────────────────────────────────────────────────────────────────────────────────────────


def is_all_exports(walk: Walk, value: Node | None) -> bool:
    """Whether a local that gets this value is what the module exports: `const app = module.exports = {}`, `const e = exports`."""
    while value is not None and value.type == "assignment_expression":
        left = value.child_by_field_name("left")
        if left is not None and walk.of(left) in ALL_EXPORTS:
            return True
        value = value.child_by_field_name("right")
    return value is not None and walk.of(value) in ALL_EXPORTS


def required(walk: Walk, name: Node, value: Node | None) -> bool:
    """`const x = require('y')`, `const { a, b: c } = require('y')`, `… = require('y').z`: an import, when the names are plain."""
    member = ""
    if value is not None and value.type == "member_expression":
        last = value.child_by_field_name("property")
        member, value = (walk.of(last) if last is not None else ""), value.child_by_field_name("object")
    module = module_of_call(walk, value)
    if module is None:
        return False
    dynamic = ("dynamic",) if walk.scope.is_local else ()
    of_member = (*dynamic, "member")
    if name.type == "identifier":
        add_import(walk, module, member, walk.of(name), name.start_byte, *(of_member if member else dynamic))
        return True
    if name.type != "object_pattern" or member:
        return False
    for part in walk.parts(name):
        if part.type == "shorthand_property_identifier_pattern":
            add_import(walk, module, walk.of(part), walk.of(part), part.start_byte, *of_member)
        elif part.type == "pair_pattern":
            key, *values = walk.parts(part)
            if len(values) == 1 and values[0].type == "identifier" and key.type == "property_identifier":
                add_import(walk, module, walk.of(key), walk.of(values[0]), part.start_byte, *of_member)
            else:
                for one in pattern_names(walk, part):
                    walk.scope.bind(walk.of(one), "", one.start_byte)
        else:
            for one in pattern_names(walk, part):
                walk.scope.bind(walk.of(one), "", one.start_byte)
    return True
