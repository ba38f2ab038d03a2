"""Java: packages, imports, classes, interfaces, enums, records, annotations and their members."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tree_sitter import Node

from rao_review.graph.facts import Columns, DefinitionKind, Import, Param
from rao_review.graph.languages.java_statements import STATEMENTS
from rao_review.graph.languages.java_uses import USES, anonymous, inherit, type_value
from rao_review.graph.languages.walker import Frame, Handler, Table, Walker, Work, field, inside, listed, words

_IMPORT = re.compile(r"import\s+(static\s+)?([\w$.\s\x80-\xff]+?)(\s*\.\s*\*)?\s*;", re.ASCII)
_KINDS: Mapping[str, DefinitionKind] = {
    "class_declaration": "class",
    "interface_declaration": "interface",
    "enum_declaration": "enum",
    "record_declaration": "class",
    "annotation_type_declaration": "interface",
}
_INTERFACES = frozenset({"interface_declaration", "annotation_type_declaration"})
_FLAGS = frozenset({"static", "abstract", "final", "private"})
_PLAIN_ANNOTATIONS = words(
    "Override Deprecated SuppressWarnings SafeVarargs FunctionalInterface Nullable NonNull NotNull"
)


def extract(source: bytes, language: str) -> Columns:
    """The facts of one Java file; never raises on its content."""
    return _JAVA.extract(source, language)


# ── package and imports ──────────────────────────────────────────────────────────────────────────────────


def _package(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    names = [child for child in node.named_children if child.type in ("identifier", "scoped_identifier")]
    walker.found.package = walker.dotted(names[0]) if names else ""
    return [(child, frame, "") for child in node.named_children if child not in names]


def _import(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`import a.B` → ('a', 'B'), `import static a.B.c` → ('a.B', 'c'), `import a.*` → ('a', '*')."""
    match = _IMPORT.match(walker.text(node))
    if match is None:
        return ()
    path = "".join(match.group(2).split())
    module, _, name = (path, "", "*") if match.group(3) else path.rpartition(".")
    alias = "" if name == "*" else name
    walker.aliases.add(alias)
    walker.found.imports.append(Import(module, name, alias, walker.source.line(node.start_byte), ("toplevel",)))
    return ()


# ── classes ──────────────────────────────────────────────────────────────────────────────────────────────


def _class(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name, body = field(node, "name"), field(node, "body")
    if name is None or not walker.text(name):
        return ()
    text = walker.text(name)
    qualname = frame.qualify(text)
    local = frame.scope != frame.owner
    if local:
        frame.names.setdefault(text, node.start_byte)
    inner = Frame(qualname, frame, owner=qualname)
    modifiers = _modifiers(node)
    flags, decorators = _flags(walker, modifiers)
    bases, below = _bases(walker, node, inner)
    components = field(node, "parameters")
    record = _parameters(walker, components) if node.type == "record_declaration" else None
    walker.define(
        node,
        name,
        _KINDS[node.type],
        qualname,
        body,
        _header(node, modifiers),
        params=_constructor_params(walker, node, body, record, decorators),
        flags=flags | ({"local"} if local else set()) | ({"enum"} if node.type == "enum_declaration" else set()),
        bases=bases,
        decorators=decorators,
    )
    _bind_type_parameters(walker, inner, field(node, "type_parameters"))
    work = listed(inner, modifiers, field(node, "type_parameters"), *below)
    if record is not None:
        work += _components(walker, components, body, inner)
    members = body.named_children if body is not None else []
    context = "interface" if node.type in _INTERFACES else ""
    return work + [(m, inner, context) for m in members if m.type != "compact_constructor_declaration"]


def _components(walker: Walker, components: Node | None, body: Node | None, frame: Frame) -> list[Work]:
    """The components of a record: fields, and the parameters of its compact constructor."""
    kinds: list[Work] = []
    for component in components.named_children if components is not None else ():
        name, kind = _parameter_name(component), field(component, "type")
        if name is not None:
            _field(walker, component, name, kind, frame, (None, {"final", "private"}, ()))
        kinds += [
            (c, frame, "") for c in component.named_children if c.type not in ("identifier", "variable_declarator")
        ]
    for member in body.named_children if body is not None else ():
        if member.type == "compact_constructor_declaration":
            kinds += _callable(walker, member, frame, components, False)
    return kinds


def _bases(walker: Walker, node: Node, frame: Frame) -> tuple[tuple[str, ...], list[Node]]:
    """The names behind `extends` and `implements`, and what is left to visit of them and of `permits`."""
    bases: list[str] = []
    below: list[Node] = []
    for clause in node.named_children:
        if clause.type in ("superclass", "super_interfaces", "extends_interfaces"):
            kinds = [k for c in clause.named_children for k in (c.named_children if c.type == "type_list" else [c])]
            for kind in kinds:
                base, rest = inherit(walker, kind, frame)
                bases += [base] if base else []
                below += rest
        elif clause.type == "permits":
            below.append(clause)
    return tuple(bases), below


def _constructor_params(
    walker: Walker, node: Node, body: Node | None, record: tuple[Param, ...] | None, decorators: tuple[str, ...]
) -> tuple[Param, ...] | None:
    """The parameters of the only constructor; () where Java makes one, None where there are several or an annotation may make some."""
    if node.type not in ("class_declaration", "record_declaration"):
        return None
    constructors = [c for c in body.named_children if c.type == "constructor_declaration"] if body is not None else []
    if record is not None:
        return None if constructors else record
    if len(constructors) == 1:
        return _parameters(walker, field(constructors[0], "parameters"))
    return None if constructors or not _PLAIN_ANNOTATIONS.issuperset(decorators) else ()


def _enum_constant(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    name, body, arguments = field(node, "name"), field(node, "body"), field(node, "arguments")
    if name is None or not walker.text(name):
        return ()
    flags, decorators = _flags(walker, _modifiers(node))
    flags |= {"static", "final"}
    walker.define(node, name, "enum_member", frame.qualify(walker.text(name)), body, flags=flags, decorators=decorators)
    below = listed(frame, _modifiers(node)) + inside(frame, arguments)
    return below + (anonymous(walker, body, frame) if body is not None else [])


# ── methods ──────────────────────────────────────────────────────────────────────────────────────────────


def _method(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return _callable(walker, node, frame, field(node, "parameters"), context == "interface")


def _callable(walker: Walker, node: Node, frame: Frame, parameters: Node | None, in_interface: bool) -> list[Work]:
    """A method, a constructor or an element of an annotation type. In an anonymous class it is no definition of its own."""
    name, body, kind, modifiers = field(node, "name"), field(node, "body"), field(node, "type"), _modifiers(node)
    text = walker.text(name)
    if name is None or not text:
        return []
    named = frame.scope == frame.owner
    inner = Frame(frame.qualify(text), frame, 1) if named else Frame(frame.scope, frame, frame.results)
    _bind_type_parameters(walker, inner, field(node, "type_parameters"))
    if named:
        flags, decorators = _flags(walker, modifiers)
        if in_interface:
            flags |= ({"abstract"} if body is None else set()) | ({"exported"} if "private" not in flags else set())
        flags |= {"override"} if "Override" in decorators else set()
        flags |= {"entry"} if text == "main" and "static" in flags else set()
        returns = "" if kind is None else "none" if kind.type == "void_type" else "value"
        walker.define(
            node,
            name,
            "method",
            inner.scope,
            body,
            _header(node, modifiers),
            params=_parameters(walker, parameters),
            flags=flags,
            decorators=decorators,
            returns=returns,
            annotation=walker.folded(kind),
        )
    if node.type == "compact_constructor_declaration" and parameters is not None:
        for parameter in parameters.named_children:
            if (component := _parameter_name(parameter)) is not None:
                walker.bind(inner, component, type_value(walker, inner, field(parameter, "type")), 0)
    return [(child, inner, "") for child in node.named_children if child != name]


def _parameters(walker: Walker, parameters: Node | None) -> tuple[Param, ...] | None:
    """The parameters of a list; None where it could not be read: the grammar does not know `T @NonNull ... rest`."""
    if parameters is not None and parameters.has_error:
        return None
    found: list[Param] = []
    for node in parameters.named_children if parameters is not None else ():
        name = _parameter_name(node)
        if name is None:
            continue
        if node.type == "spread_parameter":
            kinds = [c for c in node.named_children if c.type not in ("modifiers", "variable_declarator")]
            found.append(Param(walker.text(name), "variadic", True, walker.folded(kinds[0]) if kinds else ""))
        else:
            annotation = walker.folded(field(node, "type")) + walker.folded(field(node, "dimensions"))
            found.append(Param(walker.text(name), "positional", False, annotation))
    return tuple(found)


def _parameter_name(node: Node) -> Node | None:
    if node.type == "spread_parameter":
        declarator = next((c for c in node.named_children if c.type == "variable_declarator"), None)
        return field(declarator, "name") if declarator is not None else None
    return field(node, "name") if node.type == "formal_parameter" else None


def _bind_type_parameters(walker: Walker, frame: Frame, parameters: Node | None) -> None:
    for parameter in parameters.named_children if parameters is not None else ():
        for name in parameter.named_children:
            if name.type == "type_identifier":
                frame.names[walker.text(name)] = 0
                break


def _type_parameter(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    return [(child, frame, "") for child in node.named_children if child.type != "type_identifier"]


# ── fields ───────────────────────────────────────────────────────────────────────────────────────────────


def _fields(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    kind, modifiers = field(node, "type"), _modifiers(node)
    below = listed(frame, modifiers, kind)
    flags, decorators = _flags(walker, modifiers)
    if node.type == "constant_declaration":
        flags |= {"static", "final", "exported"}
    for declarator in node.children_by_field_name("declarator"):
        name = field(declarator, "name")
        if name is not None and frame.scope == frame.owner:
            _field(walker, node, name, kind, frame, (modifiers, flags, decorators))
        below += listed(frame, field(declarator, "value"))
    return below


def _field(
    walker: Walker,
    node: Node,
    name: Node,
    kind: Node | None,
    frame: Frame,
    marks: tuple[Node | None, set[str], tuple[str, ...]],
) -> None:
    """One field; its class is known as 'this.name' in the whole class."""
    modifiers, flags, decorators = marks
    text = walker.text(name)
    what: DefinitionKind = "constant" if {"static", "final"} <= flags else "field"
    walker.define(
        node,
        name,
        what,
        frame.qualify(text),
        None,
        _header(node, modifiers),
        flags=set(flags),
        decorators=decorators,
        annotation=walker.folded(kind),
    )
    known = type_value(walker, frame, kind)
    if known and text:
        walker.note(f"this.{text}", known, frame.scope, name)


# ── modifiers ────────────────────────────────────────────────────────────────────────────────────────────


def _modifiers(node: Node) -> Node | None:
    return next((child for child in node.named_children if child.type == "modifiers"), None)


def _header(node: Node, modifiers: Node | None) -> int:
    """The byte where the header starts: behind the annotations."""
    for child in modifiers.children if modifiers is not None else ():
        if child.type not in ("annotation", "marker_annotation") and not child.type.endswith("comment"):
            return child.start_byte
    return next((child.start_byte for child in node.children if child != modifiers), node.start_byte)


def _flags(walker: Walker, modifiers: Node | None) -> tuple[set[str], tuple[str, ...]]:
    """Flags from the keywords, and the names of the annotations."""
    flags: set[str] = set()
    decorators: list[str] = []
    for child in modifiers.children if modifiers is not None else ():
        if child.type in _FLAGS:
            flags.add(child.type)
        elif child.type == "public":
            flags.add("exported")
        elif child.type in ("annotation", "marker_annotation"):
            decorators.append(walker.dotted(field(child, "name")))
    if any(name.rpartition(".")[2] not in _PLAIN_ANNOTATIONS for name in decorators):
        flags.add("entry")
    if "Deprecated" in decorators:
        flags.add("deprecated")
    return flags, tuple(decorators)


_HANDLERS: Mapping[str, Handler] = {
    **USES,
    **STATEMENTS,
    **dict.fromkeys(_KINDS, _class),
    "package_declaration": _package,
    "import_declaration": _import,
    "enum_constant": _enum_constant,
    "method_declaration": _method,
    "constructor_declaration": _method,
    "compact_constructor_declaration": _method,
    "annotation_type_element_declaration": _method,
    "type_parameter": _type_parameter,
    "field_declaration": _fields,
    "constant_declaration": _fields,
}

_JAVA = Table("tree_sitter_java", _HANDLERS)
