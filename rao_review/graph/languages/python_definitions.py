"""Python functions and classes: parameters, flags, decorators, bases."""

from __future__ import annotations

from tree_sitter import Node

from rao_review.graph.facts import DefinitionKind, Param, ParamKind
from rao_review.graph.languages.python_classes import constructor, is_dataclass
from rao_review.graph.languages.python_names import annotation, read_arguments
from rao_review.graph.languages.python_reflection import note_opening
from rao_review.graph.languages.scoped_walk import Walk
from rao_review.graph.languages.scopes import CONDITIONAL, TYPE_ONLY, Scope
from rao_review.graph.languages.syntax import Draft, descendants, returns_shape

_PROPERTIES = frozenset(
    {"property", "cached_property", "abstractproperty", "hybrid_property", "classproperty", "reify"}
)
_ACCESSORS = (".setter", ".getter", ".deleter", ".expression")
_BY_DECORATOR = {
    "staticmethod": "static", "abstractstaticmethod": "static", "classmethod": "classmethod",
    "abstractclassmethod": "classmethod", "abstractmethod": "abstract", "abstractproperty": "abstract",
    "overload": "overload", "override": "override", "final": "final", "deprecated": "deprecated",
}  # fmt: skip
_PLAIN_DECORATORS = (
    frozenset(_BY_DECORATOR) | _PROPERTIES | {"dataclass", "wraps", "lru_cache", "cache", "contextmanager"}
)
_IMPLICITLY_STATIC = {"__new__": "static", "__init_subclass__": "classmethod", "__class_getitem__": "classmethod"}
_ENTRIES = frozenset({"main", "setUp", "tearDown", "setUpClass", "tearDownClass", "setUpModule", "tearDownModule"})
_ENUMS = frozenset({"Flag", "IntFlag", "TextChoices", "IntegerChoices", "Choices"})
_PLAIN_METACLASSES = ("ABCMeta", "type", "EnumMeta", "EnumType")


def function_definition(walk: Walk, node: Node, context: str) -> None:
    _function(walk, node, node, ())


def class_definition(walk: Walk, node: Node, context: str) -> None:
    _class(walk, node, node, ())


def decorated(walk: Walk, node: Node, context: str) -> None:
    parts = walk.parts(node)
    decorators = tuple(part for part in parts if part.type == "decorator")
    for decorator in decorators:
        _use_decorator(walk, decorator)
    definition = parts[-1]
    if definition.type == "function_definition":
        _function(walk, definition, node, decorators)
    elif definition.type == "class_definition":
        _class(walk, definition, node, decorators)


def _decorator_call(walk: Walk, decorator: Node) -> tuple[Node | None, Node | None]:
    """What is called, and the arguments if there are any."""
    parts = walk.parts(decorator)
    value = parts[0] if parts else None
    if value is not None and value.type == "call":
        inside = walk.parts(value)
        if len(inside) == 2:
            return inside[0], inside[1]
    return value, None


def _use_decorator(walk: Walk, decorator: Node) -> None:
    function, given = _decorator_call(walk, decorator)
    if function is None:
        return
    arguments = read_arguments(walk, given) if given is not None else None
    name = walk.dotted(function)
    if name:
        walk.chain(name, function.start_byte, "decorator", "", arguments, decorator.end_byte)
    else:
        walk.push(function)


def _name(walk: Walk, decorator: Node) -> str:
    function, _ = _decorator_call(walk, decorator)
    return "".join(walk.of(function).split()) if function is not None else ""


# ── functions ────────────────────────────────────────────────────────────────────────────────────────────


def _function(walk: Walk, node: Node, extent: Node, decorators: tuple[Node, ...]) -> None:
    outer = walk.scope
    parts = {part.type: part for part in reversed(walk.parts(node))}
    name_node, given, body = parts.get("identifier"), parts.get("parameters"), parts.get("block")
    name = walk.of(name_node) if name_node is not None else ""
    if name_node is None or given is None or not name:
        walk.stack.extend(reversed(walk.parts(node)))
        return
    names = tuple(_name(walk, decorator) for decorator in decorators)
    flags = _flags(walk, name, names)
    first = node.child(0)
    if first is not None and first.type == "async":
        flags.add("async")
    declared = parts.get("type")
    mark = len(outer.names)
    end = body.start_byte if body is not None else node.end_byte
    draft = Draft(
        name, outer.qualify(name), _kind(outer, names), name_node.start_byte, extent.start_byte, extent.end_byte,
        node.start_byte, end, flags=flags, decorators=names,
    )  # fmt: skip
    if draft.kind == "property":
        flags.add("property")
    if declared is not None:
        draft.annotation = walk.source.folded(declared.start_byte, declared.end_byte)
        annotation(walk, declared, "")
    scope = Scope("function", draft.qualname, outer, draft)
    generic = _type_parameters(walk, parts.get("type_parameter"))
    for one in generic:
        scope.bind(one, "", node.start_byte)
    params = _parameters(walk, given, scope)
    if (
        outer.kind == "class"
        and "static" not in flags
        and params
        and params[0].kind in ("positional", "positional_only")
    ):
        scope.owner, scope.receiver = outer, params.pop(0).name
    elif outer.kind != "class" and outer.owner is not None and outer.receiver not in scope.values:
        scope.owner, scope.receiver = outer.owner, outer.receiver
    draft.params = None if given.has_error else tuple(params)
    _add(walk, outer, draft)
    note_opening(walk, name, node)
    if generic:
        walk.forget(mark, set(generic))
    if body is not None:
        scope.header = (body,)
        walk.pending.append((scope, [body], walk.region & TYPE_ONLY))


def _add(walk: Walk, scope: Scope, draft: Draft) -> None:
    """Adds a function or class; several functions of one name in one scope are overloads."""
    same = scope.drafts.setdefault(draft.name, [])
    if any(other.kind == draft.kind for other in same) and draft.kind in ("function", "method"):
        for one in (*same, draft):
            one.flags.add("overload")
    same.append(draft)
    scope.kept.add(draft.name)
    if scope.kind == "block":
        scope.function.kept.add(draft.name)
    walk.found.drafts.append(draft)


def _kind(outer: Scope, decorators: tuple[str, ...]) -> DefinitionKind:
    if outer.kind != "class":
        return "function"
    is_property = any(d.rpartition(".")[2] in _PROPERTIES or d.endswith(_ACCESSORS) for d in decorators)
    return "property" if is_property else "method"


def _flags(walk: Walk, name: str, decorators: tuple[str, ...]) -> set[str]:
    """The flags that functions and classes share."""
    flags = {flag for d in decorators if (flag := _BY_DECORATOR.get(d.rpartition(".")[2]))}
    if walk.scope.kind == "class" and name in _IMPLICITLY_STATIC:
        flags.add(_IMPLICITLY_STATIC[name])
    if walk.scope.is_local:
        flags.add("local")
    if walk.region & CONDITIONAL:
        flags.add("conditional")
    magic = name.startswith("__") and name.endswith("__")
    if name.startswith("_") and not magic:
        flags.add("private")
    registered = any(d.rpartition(".")[2] not in _PLAIN_DECORATORS and not d.endswith(_ACCESSORS) for d in decorators)
    if magic or registered or name in _ENTRIES or name.startswith(("test", "Test", "pytest_")):
        flags.add("entry")
    return flags


def _parameters(walk: Walk, given: Node, scope: Scope) -> list[Param]:
    """The parameters as written, bound in the scope of the function; their defaults and annotations are left to the walk."""
    found: list[Param] = []
    kind: ParamKind = "positional"
    for part in walk.parts(given):
        part_type = part.type
        if part_type == "positional_separator":
            found = [Param(p.name, "positional_only", p.optional, p.annotation) for p in found]
        elif part_type == "keyword_separator":
            kind = "keyword_only"
        else:
            param, offset = _parameter(walk, part, kind)
            if not param.name:
                continue
            if param.kind == "variadic":
                kind = "keyword_only"
            scope.bind(param.name, param.annotation if param.kind in ("positional", "keyword_only") else "", offset)
            if param.annotation:
                scope.types[param.name] = param.annotation
            found.append(param)
    return found


def _parameter(walk: Walk, node: Node, kind: ParamKind) -> tuple[Param, int]:
    written, optional = "", False
    name = node
    if node.type != "identifier":
        for part in walk.parts(node)[1:]:
            if part.type == "type" and not written:
                written = walk.source.folded(part.start_byte, part.end_byte)
                annotation(walk, part, "")
            else:
                walk.push(part)
        optional = node.type in ("default_parameter", "typed_default_parameter")
        while name.type != "identifier":
            inside = walk.parts(name)
            if not inside:
                break
            if name.type == "list_splat_pattern":
                kind, optional = "variadic", True
            elif name.type == "dictionary_splat_pattern":
                kind, optional = "keyword_variadic", True
            name = inside[0]
    return Param(walk.of(name) if name.type == "identifier" else "", kind, optional, written), name.start_byte


def _type_parameters(walk: Walk, node: Node | None) -> list[str]:
    """The names in `def f[T: int, *U]`, as written; their bounds are type uses."""
    if node is None:
        return []
    annotation(walk, node, "")
    firsts = (next((part for part in descendants(one) if part.type == "identifier"), None) for one in walk.parts(node))
    return [walk.of(first) for first in firsts if first is not None]


# ── classes ──────────────────────────────────────────────────────────────────────────────────────────────


def _class(walk: Walk, node: Node, extent: Node, decorators: tuple[Node, ...]) -> None:
    outer = walk.scope
    parts = {part.type: part for part in reversed(walk.parts(node))}
    name_node, supers, body = parts.get("identifier"), parts.get("argument_list"), parts.get("block")
    name = walk.of(name_node) if name_node is not None else ""
    if name_node is None or not name:
        walk.stack.extend(reversed(walk.parts(node)))
        return
    names = tuple(_name(walk, decorator) for decorator in decorators)
    flags = _flags(walk, name, names)
    mark = len(outer.names)
    bases = _bases(walk, supers, flags) if supers is not None else ()
    last = [base.rpartition(".")[2] for base in bases]
    is_enum = any(base in _ENUMS or base.endswith("Enum") for base in last)
    if is_enum:
        flags.add("enum")
    if is_dataclass(names):
        flags.add("dataclass")
    draft = Draft(
        name, outer.qualify(name), "enum" if is_enum else "class", name_node.start_byte, extent.start_byte, extent.end_byte,
        node.start_byte, body.start_byte if body is not None else node.end_byte, flags=flags, bases=bases, decorators=names,
    )  # fmt: skip
    _add(walk, outer, draft)
    generic = _type_parameters(walk, parts.get("type_parameter"))
    if generic:
        walk.forget(mark, set(generic))
    if body is not None:
        scope = Scope("class", draft.qualname, outer, draft)
        scope.header = (*decorators, *([supers] if supers is not None else []))
        walk.pending.append((scope, [body], walk.region & TYPE_ONLY))


def _bases(walk: Walk, supers: Node, flags: set[str]) -> tuple[str, ...]:
    """The bases as written, their type arguments left out; uses of them."""
    found = []
    for part in walk.parts(supers):
        if part.type == "keyword_argument":
            key, *value = walk.parts(part)
            walk.stack.extend(value)
            if walk.of(key) == "metaclass" and value:
                metaclass = walk.of(value[0])
                if metaclass.endswith("ABCMeta"):
                    flags.add("abstract")
                elif not metaclass.endswith(_PLAIN_METACLASSES):
                    flags.add("dynamic")
            continue
        base = part
        if part.type == "subscript":
            base, *arguments = walk.parts(part)
            for argument in arguments:
                annotation(walk, argument, "")
        name = walk.dotted(base)
        if name:
            walk.chain(name, base.start_byte, "inherit", "", None, base.end_byte)
        else:
            walk.push(base)
            name = walk.called(base) or "?"
        found.append(name)
    return tuple(found)


# ── the end of a scope ───────────────────────────────────────────────────────────────────────────────────


def leave(walk: Walk) -> None:
    """Fills in what is known of a definition only when all of it has been read."""
    scope = walk.scope
    if scope.kind == "function" and scope.draft is not None:
        _leave_function(scope, scope.draft)
    elif scope.kind == "class" and scope.draft is not None:
        scope.draft.params = constructor(walk, scope)
        if "ABC" in scope.draft.bases or "abc.ABC" in scope.draft.bases:
            scope.draft.flags.add("abstract")
    elif scope.kind == "module":
        for name in walk.found.exports or ():
            for draft in scope.drafts.get(name, ()):
                draft.flags.add("exported")


def _leave_function(scope: Scope, draft: Draft) -> None:
    if scope.generator:
        draft.flags.add("generator")
        draft.returns = "generator"
    elif scope.returns or not _is_stub(scope.header[0]):
        draft.returns = returns_shape(scope.returns)


def _is_stub(body: Node) -> bool:
    """A body without anything but a docstring, `pass`, `...` or a `raise` says nothing about what is returned."""
    if body.named_child_count > 3:
        return False
    statements = [part for part in body.named_children if part.type != "comment"]
    if (
        statements
        and statements[0].type == "expression_statement"
        and _only(statements[0], "string", "concatenated_string")
    ):
        statements = statements[1:]
    return not statements or (
        len(statements) == 1
        and (statements[0].type in ("pass_statement", "raise_statement") or _only(statements[0], "ellipsis"))
    )


def _only(statement: Node, *kinds: str) -> bool:
    return statement.named_child_count == 1 and statement.named_children[0].type in kinds
