"""Kotlin: classes with their constructor, objects, functions, properties and imports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from rao_review.graph.facts import Arguments, Columns, DefinitionKind
from rao_review.graph.languages.declarative import Reader, variable_kind
from rao_review.graph.languages.vocabulary import Defines, Vocabulary, add_import, part, path_of
from rao_review.graph.languages.walker import Frame, Table, Walker, Work

_KOTLIN = Vocabulary(
    defines={
        "class_declaration": Defines("class", body="class_body"),
        "object_declaration": Defines("class", body="class_body"),
        "enum_entry": Defines("enum_member", name="identifier", body="class_body"),
        "function_declaration": Defines(
            "function", member="method", params="function_value_parameters", result="user_type", body="function_body"
        ),
        "type_alias": Defines("type", name="type"),
    },
    names=frozenset({"identifier"}),
    members={"navigation_expression": ("0", "-1")},
    calls={"call_expression": ("", "0", "*")},
    parameters={"parameter": "positional", "class_parameter": "positional"},
    lists=frozenset({"value_arguments"}),
    keywords={"value_argument": "identifier"},
    wrappers={"delegation_specifier": "0", "constructor_invocation": "0", "explicit_delegation": "0"},
    bases=frozenset({"delegation_specifiers"}),
    binds={"catch_block": ("identifier",), "setter": ("identifier",)},
    universe=frozenset(
        {"Int", "Long", "String", "Boolean", "Double", "Float", "Any", "Unit", "Nothing", "it", "super"}
    ),
    plain=frozenset({"JvmStatic", "JvmField", "JvmOverloads", "JvmName", "Deprecated", "Suppress", "Throws"}),
    generics=frozenset({"type_parameters"}),
    nothing=frozenset(
        {
            "line_comment",
            "block_comment",
            "string_content",
            "number_literal",
            "character_literal",
            "visibility_modifier",
        }
        | {
            "member_modifier",
            "function_modifier",
            "property_modifier",
            "inheritance_modifier",
            "label",
            "this_expression",
        }
    ),
)


_WITH_BLOCK = "block"
_CLASS_WORDS = frozenset({"class", "interface", "object"})


class _KotlinReader(Reader):
    def class_like(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """A class, interface or enum class with its primary constructor, whose `val` and `var` parameters are fields."""
        words = {child.type for child in node.children} | set(walker.text(part(node, "modifiers")).split())
        kind: DefinitionKind = "interface" if "interface" in words else "enum" if "enum" in words else "class"
        constructor = part(node, "primary_constructor")
        holder = part(constructor, "class_parameters") if constructor is not None else None
        shape = replace(self.words.defines[node.type], kind=kind)
        before = len(walker.found.drafts)
        work = self.define(walker, node, frame, part(node, "name"), shape, " ".join(self.decorators(walker, node)))
        if holder is not None and len(walker.found.drafts) > before:
            draft = walker.found.drafts[before]
            params = self.parameters(walker, work[0][1] if work else frame.block(), holder)
            draft.params = None if holder.has_error or _has_more_constructors(walker, node) else params
            for parameter in holder.named_children:
                name = part(parameter, "identifier")
                if name is not None and any(child.type in ("val", "var") for child in parameter.children):
                    kind_text = walker.folded(part(parameter, "user_type"))
                    walker.define(
                        parameter, name, "field", f"{draft.qualname}.{walker.text(name)}", annotation=kind_text
                    )
        return work

    def decorators(self, walker: Walker, node: Node) -> list[str]:
        modifiers = part(node, "modifiers")
        annotations = [c for c in modifiers.named_children if c.type == "annotation"] if modifiers is not None else []
        paths = [path_of(walker, self.unwrapped(a.named_children[0])) for a in annotations if a.named_children]
        return [f"@{path}" for path in paths if path]

    def function(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        return self.definition(walker, node, frame, " ".join(self.decorators(walker, node)))

    def property(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """Properties are fields or file-level variables; in a function they are locals."""
        several = part(node, "multi_variable_declaration")
        declarations = several.named_children if several is not None else [part(node, "variable_declaration")]
        for declaration in declarations:
            name = part(declaration, "identifier") if declaration is not None else None
            if name is None or declaration is None:
                continue
            if frame.place == "function":
                walker.bind(frame, name, "", node.end_byte)
            else:
                constant = "const" in walker.text(part(node, "modifiers")).split()
                kind: DefinitionKind = "constant" if constant else variable_kind(frame)
                annotation = walker.folded(part(declaration, "user_type"))
                walker.define(node, name, kind, frame.qualify(walker.text(name)), annotation=annotation)
        return [(child, frame, "") for child in node.named_children]

    def variable(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """A variable of a loop, a lambda or a destructuring; its type is visited."""
        name = part(node, "identifier")
        if name is not None and frame.place == "function":
            walker.bind(frame, name, "", node.end_byte)
        return [(child, frame, "") for child in node.named_children if child != name]

    def user_type(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """`a.B<C>` uses B of 'a'."""
        names = [child for child in node.named_children if child.type == "identifier"]
        if names:
            *before, last = names
            receiver = ".".join(map(walker.text, before))
            text = walker.text(last)
            if receiver or not (text in self.words.universe or frame.shadows(text, last.start_byte)):
                walker.use(last, "type", frame, receiver, "type")
        return [(child, frame, "") for child in node.named_children if child.type != "identifier"]

    def annotation(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        made = next((c for c in node.named_children if c.type in ("user_type", "constructor_invocation")), None)
        kind = self.unwrapped(made) if made is not None else None
        if kind is not None and kind.named_children:
            walker.use(kind.named_children[-1], "decorator", frame)
        return (
            [(child, frame, "") for child in made.named_children if child != kind]
            if made is not None and made != kind
            else []
        )

    def call(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """In `f(a) { … }` the block is an argument of the call before it, which says so in its context."""
        kids = node.named_children
        if len(kids) == 2 and kids[0].type == "call_expression" and kids[1].type == "annotated_lambda":
            return [(kids[0], frame, _WITH_BLOCK), (kids[1], frame, "")]
        return self._call(walker, node, frame, context)

    def shape(self, walker: Walker, holders: Sequence[Node | None], context: str = "") -> Arguments:
        given = super().shape(walker, holders, context)
        return given._replace(positional=given.positional + 1) if context == _WITH_BLOCK else given


def _has_more_constructors(walker: Walker, node: Node) -> bool:
    """Whether a class can be made in other ways than its first line says: its companion may be called like it too."""
    for member in _members(node):
        calls = (part(inner, "name") for inner in _members(member) if inner.type == "function_declaration")
        if member.type == "secondary_constructor":
            return True
        if member.type == "companion_object" and any(walker.text(name) == "invoke" for name in calls):
            return True
    return False


def _members(node: Node) -> list[Node]:
    bodies = (child for child in node.named_children if child.type in ("class_body", "enum_class_body"))
    return [member for body in bodies for member in body.named_children]


def extract(source: bytes, language: str) -> Columns:
    """The facts of one Kotlin file; never raises on its content."""
    return _TABLE.extract(source, language)


def _package(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    walker.found.package = path_of(walker, part(node, "0"))
    return ()


def _import(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`import a.B as C` → ('a', 'B', alias 'C'), `import a.*` → ('a', '*')."""
    path = path_of(walker, part(node, "qualified_identifier"))
    if any(child.type == "*" for child in node.children):
        add_import(walker, node, path, "*", "")
    elif path:
        module, _, name = path.rpartition(".")
        alias = next((child for child in node.named_children if child.type == "identifier"), None)
        add_import(walker, node, module, name, walker.text(alias) or name)
    return ()


def _companion(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """What a companion object holds is reached through the class."""
    return [(child, frame, "") for child in node.named_children if child.type != "identifier"]


def _object(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """`object : Base { … }`: what the body defines is of a class without a name."""
    inner = Frame(frame.qualify("object"), frame)
    return [(child, inner if child.type == "class_body" else frame, "") for child in node.named_children]


def _annotated(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """The grammar takes `@A(b) interface C { … }` for a call with a block, and so with `annotation class C`, `public object C { … }`."""
    words = part(node, "infix_expression")
    kids = words.named_children if words is not None else []
    at = next((n for n, kid in enumerate(kids[:3], 1) if walker.text(kid) in _CLASS_WORDS), len(kids))
    name, *blocks = _called(kids[at:])
    if name is None or name.type != "identifier":
        return [(child, frame, "") for child in node.named_children]
    path = frame.qualify(walker.text(name))
    kind: DefinitionKind = "interface" if walker.text(kids[at - 1]) == "interface" else "class"
    walker.define(node, name, kind, path, flags={"dynamic"})
    inner = Frame(path, frame, owner=path, place="class")
    members = [(member, inner, "") for block in blocks if block is not None for member in block.named_children]
    return [*((child, frame, "") for child in node.named_children if child != words), *members]


def _called(kids: Sequence[Node]) -> Sequence[Node | None]:
    """What is named by the first of some nodes, and the blocks behind it: `C { … }` in one node or in several."""
    if not kids:
        return [None]
    if kids[0].type != "call_expression":
        return kids
    callee, *given = kids[0].named_children
    return [callee, *(part(one, "lambda_literal") for one in given)]


def _constructor(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """A secondary constructor has no name to be used by."""
    inner = Frame(frame.qualify("constructor"), frame)
    _READER.parameters(walker, inner, part(node, "function_value_parameters"))
    return [(child, inner, "") for child in node.named_children]


_READER = _KotlinReader(_KOTLIN)
_TABLE = Table(
    "tree_sitter_kotlin",
    _READER.handlers(
        {
            "package_header": _package,
            "import": _import,
            "class_declaration": _READER.class_like,
            "object_declaration": _READER.class_like,
            "function_declaration": _READER.function,
            "property_declaration": _READER.property,
            "variable_declaration": _READER.variable,
            "user_type": _READER.user_type,
            "annotation": _READER.annotation,
            "companion_object": _companion,
            "object_literal": _object,
            "annotated_expression": _annotated,
            "call_expression": _READER.call,
            "secondary_constructor": _constructor,
        }
    ),
)
