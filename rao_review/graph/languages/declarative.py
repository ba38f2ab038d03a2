"""The languages of which the graph reads definitions, uses, imports and bases: one `Vocabulary` each, read by one set of handlers.

A *key* names a part of a node: a field of the grammar, else the type of a named child, or a position ('0', '-1').
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from rao_review.graph.facts import Arguments, DefinitionKind, Import, Param, ParamKind, Use, UseKind
from rao_review.graph.languages.walker import Details, Frame, Handler, Walker, Work, skip

_NAME = r"[A-Za-z_\x80-\xff][\w\x80-\xff]*[?!]?"
_PATH = re.compile(rf"{_NAME}(?:\.{_NAME})*", re.ASCII)
_SEPARATOR = re.compile(r"\s*(?:::|->|\?->|\?\.|!!\.|&\.|\\|\.)\s*")
_TYPE_ARGUMENTS = re.compile(r"(?:::)?<[^<>]*>")
_WORD = re.compile(r"\w+")
_LONGEST_PATH = 200
_FLAGS = {
    "static": "static",
    "abstract": "abstract",
    "final": "final",
    "sealed": "final",
    "private": "private",
    "fileprivate": "private",
    "async": "async",
    "suspend": "async",
    "override": "override",
    "pub": "exported",
    "public": "exported",
}
_CLASSES = frozenset({"class", "interface", "enum", "enum_member", "module"})
_VARIABLES = frozenset({"variable", "constant", "field"})


@dataclass(frozen=True, slots=True)
class Defines:
    """What a node type defines. In a class it is a `member`; `params`, `result` and `body` are keys, '' where there are none."""

    kind: DefinitionKind
    name: str = "name"
    member: DefinitionKind | None = None
    params: str = ""
    result: str = ""
    body: str = "body"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the node types of one grammar mean.

    names, types  identifiers that stand for values and for types.
    members       access to a member: node type → keys of receiver and name.
    calls         node type → keys of receiver ('' when the callee has it), callee and arguments ('*': all that follows the callee).
    creations     node type → keys of class and arguments.
    wrappers      node type → key of the part that counts (`Foo` of `Foo<T>`).
    parameters    node type of a parameter → its kind; `lists` are the nodes that hold arguments, `keywords` node type → key of a name.
    spreads       arguments that stand for several, with the sign of which ('*' or '**').
    bases         clauses of a class that name its bases.
    binds         node type → keys of the patterns that it binds.
    typed         node type → keys of parts that are types.
    generics      lists of type parameters.
    universe      predeclared names that are no uses.
    plain         decorators that do not hand a definition to a framework.
    separate      functions and variables have names of their own: a local never hides a function.
    """

    defines: Mapping[str, Defines]
    names: frozenset[str]
    types: frozenset[str] = frozenset()
    members: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    calls: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    creations: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    wrappers: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, ParamKind] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    keywords: Mapping[str, str] = field(default_factory=dict)
    spreads: Mapping[str, str] = field(default_factory=dict)
    bases: frozenset[str] = frozenset()
    binds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nothing: frozenset[str] = frozenset()
    generics: frozenset[str] = frozenset()
    universe: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    separate: bool = False


def part(node: Node, key: str) -> Node | None:
    """The part of a node that a key names."""
    if not key:
        return None
    if key.lstrip("-").isdigit():
        kids = node.named_children
        return kids[int(key)] if kids else None
    return node.child_by_field_name(key) or next((child for child in node.named_children if child.type == key), None)


def path_of(walker: Walker, node: Node | None) -> str:
    """'a.b.C' of a path in any notation, type arguments removed; '' when it is something else."""
    if node is None or node.end_byte - node.start_byte > _LONGEST_PATH:
        return ""
    text = walker.text(node)
    for _ in range(4):
        shorter = _TYPE_ARGUMENTS.sub("", text)
        if shorter == text:
            break
        text = shorter
    text = _SEPARATOR.sub(".", text.strip())
    if text.startswith("@"):
        text = "self." + text.lstrip("@")
    text = text.lstrip(".$").replace(".$", ".")
    return text if _PATH.fullmatch(text) else ""


def add_import(walker: Walker, node: Node, module: str, name: str, alias: str, *flags: str) -> None:
    """Adds an import on the line of `node`; imports of files run when the file is loaded."""
    walker.found.imports.append(Import(module, name, alias, walker.source.line(node.start_byte), tuple(sorted({"toplevel", *flags}))))


def flags_of(walker: Walker, node: Node, name: Node) -> set[str]:
    """The flags that the words before a definition's name say."""
    start = max(node.start_byte, name.start_byte - _LONGEST_PATH)
    return {_FLAGS[word] for word in _WORD.findall(walker.source.text[start : name.start_byte]) if word in _FLAGS}


class Reader:
    """The handlers of one vocabulary. `special` handlers of a language take precedence."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.words = vocabulary

    def handlers(self, special: Mapping[str, Handler]) -> dict[str, Handler]:
        words = self.words
        return {
            **dict.fromkeys(words.nothing, skip),
            **dict.fromkeys(words.parameters, self._parameter),
            **dict.fromkeys(words.generics, self._generics),
            **dict.fromkeys(words.typed, self._typed),
            **dict.fromkeys(words.names, self._name),
            **dict.fromkeys(words.types, self._type),
            **dict.fromkeys(words.members, self._member),
            **dict.fromkeys(words.keywords, self._keyword),
            **dict.fromkeys(words.binds, self._bind),
            **dict.fromkeys(words.calls, self._call),
            **dict.fromkeys(words.creations, self._creation),
            **dict.fromkeys(words.defines, self.definition),
            **special,
        }

    # ── definitions ──────────────────────────────────────────────────────────────────────────────────────

    def definition(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """Defines what the node's type says. `context` may carry decorators as '@name' words."""
        defines = self.words.defines[node.type]
        name = part(node, defines.name)
        return self.define(walker, node, frame, name, defines, context)

    def define(
        self, walker: Walker, node: Node, frame: Frame, name: Node | None, defines: Defines, context: str = ""
    ) -> Sequence[Work]:
        """Adds the definition named at `name`, and gives the rest of the node to visit inside it."""
        rest = [child for child in node.named_children if child != name]
        path = self._defined_name(walker, name)
        if name is None or not path:
            return [(child, frame, "") for child in rest]
        kind = (defines.member or defines.kind) if frame.place == "class" else defines.kind
        if kind in _VARIABLES and frame.place == "function":
            walker.bind(frame, name, "", name.end_byte)
            return [(child, frame, "") for child in rest]
        qualname = frame.qualify(path)
        place = "function" if kind not in _CLASSES else "module" if kind == "module" else "class"
        inner = frame if kind in _VARIABLES else Frame(qualname, frame, owner=None if place == "function" else qualname, place=place)
        lists = part(node, defines.params)
        params = self.parameters(walker, inner, lists) if defines.params and (lists is not None or kind not in _CLASSES) else None
        bases = tuple(base for child in rest if child.type in self.words.bases for base in self._bases(walker, child, inner))
        decorators = tuple(word[1:] for word in context.split() if word.startswith("@"))
        flags = flags_of(walker, node, name)
        flags |= {"local"} if frame.place == "function" else set()
        flags |= {"entry"} if path == "main" or not self.words.plain.issuperset(decorators) else set()
        details = Details(
            params=params, bases=bases, decorators=decorators, flags=flags, annotation=walker.folded(part(node, defines.result))
        )
        walker.define(node, name, kind, qualname, part(node, defines.body), **details)
        return [(child, inner, "") for child in rest if child.type not in self.words.bases] + self._base_leftovers(rest, inner)

    def _defined_name(self, walker: Walker, name: Node | None) -> str:
        """A plain name, a path (C++ `Foo::m`, Ruby `A::B`) or an operator."""
        path = path_of(walker, name)
        if path or name is None:
            return path
        text = "".join(walker.text(name).split())
        return _SEPARATOR.sub(".", text) if len(text) <= _LONGEST_PATH else ""

    def _bases(self, walker: Walker, clause: Node, frame: Frame) -> list[str]:
        found: list[str] = []
        for child in [clause] if clause.type in self.words.wrappers else clause.named_children:
            base = path_of(walker, self.unwrapped(child))
            if base and child.type not in self.words.nothing and child.type not in self.words.lists:
                receiver, _, name = base.rpartition(".")
                line = walker.source.line(child.start_byte)
                walker.found.uses.append(Use(name, "inherit", line, receiver, frame.scope, None, "", line))
                found.append(base)
        return found

    def _base_leftovers(self, rest: Sequence[Node], frame: Frame) -> list[Work]:
        """Arguments given to a base's constructor."""
        clauses = [child for child in rest if child.type in self.words.bases]
        inner = [grandchild for clause in clauses for child in clause.named_children for grandchild in [child, *child.named_children]]
        return [(node, frame, "") for node in inner if node.type in self.words.lists]

    def parameters(self, walker: Walker, frame: Frame, holder: Node | None) -> tuple[Param, ...]:
        """The parameters that a node holds; binds their names in `frame`."""
        found: list[Param] = []
        variadic = False
        for node in holder.children if holder is not None else ():
            kind = self.words.parameters.get(node.type)
            if node.type == "=" and found:  # Kotlin and Swift write the default beside the parameter
                found[-1] = Param(found[-1].name, found[-1].kind, True, found[-1].annotation)
            elif node.type in ("parameter_modifiers", "params"):  # Kotlin's `vararg`, C#'s `params int[] rest`
                variadic = node.type == "params" or "vararg" in walker.text(node)
            elif variadic and node.type in self.words.names and node.type not in self.words.parameters:
                self._bind_parameter(walker, frame, node)
                found.append(Param(walker.text(node), "variadic", True))
                variadic = False
            elif kind is not None:
                name = self.bound_name(node)
                annotation = part(node, "type") or part(node, "user_type") or part(node, "nullable_type")
                kind = "variadic" if variadic or walker.text(node).endswith(("...", "*")) else kind
                optional = "variadic" in kind or any(child.type == "=" for child in node.children)
                optional = optional or part(node, "default_value") is not None or part(node, "value") is not None
                if name is not None:
                    self._bind_parameter(walker, frame, name)
                found.append(Param(walker.text(name).lstrip("$"), kind, optional, walker.folded(annotation)))
                variadic = False
        return tuple(found)

    def _bind_parameter(self, walker: Walker, frame: Frame, name: Node) -> None:
        """A class's parameters are seen in its body, but they are no locals of it."""
        if frame.place == "function":
            walker.bind(frame, name, "", name.start_byte)
        else:
            frame.names.setdefault(walker.text(name), name.start_byte)

    def bound_name(self, node: Node | None) -> Node | None:
        """The identifier that a parameter or declarator binds; None for a pattern with several."""
        while node is not None and node.type not in self.words.names:
            inner = part(node, "name") or part(node, "pattern") or part(node, "declarator")
            kids = node.named_children
            if inner is None and (node.type.endswith("declarator") or node.type in self.words.parameters):
                inner = next((child for child in kids if child.type in self.words.names or child.type.endswith("declarator")), None)
            if inner is None and node.type in ("field_identifier", "type_identifier", "variable_name"):
                return node
            node = inner
        return node

    # ── uses ─────────────────────────────────────────────────────────────────────────────────────────────

    def unwrapped(self, node: Node) -> Node:
        """The part of a node that carries the name."""
        while key := self.words.wrappers.get(node.type):
            inner = part(node, key)
            if inner is None:
                break
            node = inner
        return node

    def receiver(self, walker: Walker, node: Node | None) -> str:
        """What stands before the dot, in the words of `Use.receiver`."""
        path = path_of(walker, node)
        if path or node is None:
            return path or "?"
        made = None
        if node.type in self.words.creations:
            made = part(node, self.words.creations[node.type][0])
        elif node.type in self.words.calls:
            before, callee, _ = self.words.calls[node.type]
            receiver = part(node, before)
            made = receiver if before and walker.text(part(node, callee)) == "new" else None if receiver else part(node, callee)
        path = path_of(walker, made)
        return f"{path}()" if path else "?"

    def _use(self, walker: Walker, node: Node, frame: Frame, kind: UseKind, context: str) -> None:
        text = walker.text(node)
        if text != "_" and text not in self.words.universe and not frame.shadows(text, node.start_byte):
            walker.use(node, kind, frame, "", context)

    def _name(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        self._use(walker, node, frame, "type" if context == "type" else "name", context)
        return ()

    def _type(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        self._use(walker, node, frame, "type", "type")
        return ()

    def _typed(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        kinds = [part(node, key) for key in self.words.typed[node.type]]
        everything = "*" in self.words.typed[node.type]
        return [(child, frame, "type" if everything or child in kinds else "") for child in node.named_children]

    def _member(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        receiver, name, below = self.target(walker, node)
        if name is not None:
            walker.use(name, "type" if context == "type" else "attribute", frame, receiver, context)
        return [(child, frame, "") for child in below]

    def target(self, walker: Walker, node: Node) -> tuple[str, Node | None, list[Node]]:
        """Receiver, name node and what is left to visit of `a.b` in any notation, also of one nested to the right (C++)."""
        below: list[Node] = []
        receivers: list[str] = []
        while True:
            inner = self.unwrapped(node)
            if inner != node:
                below += [child for child in node.named_children if child != inner and child.type.endswith("arguments")]
            node = inner
            keys = self.words.members.get(node.type)
            if keys is None:
                break
            receiver, name = part(node, keys[0]), part(node, keys[1])
            if name is None or (receiver is not None and receiver == name):
                return "?", None, [*below, *node.named_children]
            receivers.append(self.receiver(walker, receiver) if receiver is not None else "?")
            below += [] if receiver is None else [receiver]
            node = name
        known = node.type in self.words.names or node.type in self.words.types or bool(receivers)
        receiver_text = "?" if "?" in receivers else ".".join(receivers)
        return (receiver_text, node, below) if known else ("?", None, [*below, node])

    def _call(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        before, callee_key, arguments_key = self.words.calls[node.type]
        callee = part(node, callee_key)
        if callee is None:
            return [(child, frame, "") for child in node.named_children]
        receiver_node = part(node, before)
        if receiver_node is not None:
            receiver, name, below = self.receiver(walker, receiver_node), self.unwrapped(callee), [receiver_node]
        else:
            receiver, found, below = self.target(walker, callee)
            name = found if found is not None else callee
            receiver = receiver if found is not None else "?"
            if found is None:
                name = node
        given = [child for child in node.named_children if child != callee and child != receiver_node]
        holder = [part(node, arguments_key)] if arguments_key != "*" else given
        text = walker.text(name)
        hidden = not receiver and (text in self.words.universe or (not self.words.separate and frame.shadows(text, name.start_byte)))
        if name != node and not hidden:
            walker.use(name, "call", frame, receiver, context, (self.shape(walker, holder), node))
        return [(child, frame, "") for child in [*below, *given]]

    def _creation(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        class_key, arguments_key = self.words.creations[node.type]
        made = part(node, class_key)
        if made is None:
            return [(child, frame, "") for child in node.named_children]
        receiver, name, below = self.target(walker, made)
        if name is not None and not (not receiver and frame.shadows(walker.text(name), name.start_byte)):
            walker.use(name, "call", frame, receiver, "new", (self.shape(walker, [part(node, arguments_key)]), node))
        return [(child, frame, "") for child in [*below, *(c for c in node.named_children if c != made)]]

    def shape(self, walker: Walker, holders: Sequence[Node | None]) -> Arguments:
        """The shape of the arguments in some nodes; a holder that is no list is one argument itself (a trailing lambda)."""
        pending = [node for node in reversed(holders) if node is not None]
        positional, keywords, spread = 0, [], set()
        while pending:
            node = pending.pop()
            name = self._keyword_name(node)
            if node.type in self.words.lists:
                pending += reversed(node.named_children)
            elif node.type in self.words.spreads:
                spread.add(self.words.spreads[node.type])
            elif name is not None:
                keywords.append(walker.text(name).strip(":"))
            elif not node.type.endswith(("comment", "block_argument", "type_arguments")):
                positional += 1
        return Arguments(positional, tuple(keywords), "*" in spread, "**" in spread)

    def _keyword(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """An argument that may be given by name: its name is no use."""
        name = self._keyword_name(node)
        return [(child, frame, "") for child in node.named_children if child != name]

    def _keyword_name(self, node: Node) -> Node | None:
        key = self.words.keywords.get(node.type)
        named = key is not None and any(child.type in ("=", ":", "=>") for child in node.children)
        return part(node, key) if key is not None and named else None

    # ── bindings ─────────────────────────────────────────────────────────────────────────────────────────

    def _bind(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """Binds the names in the patterns of a node; other parts of it are visited."""
        patterns = [found for key in self.words.binds[node.type] for found in self._parts(node, key)]
        for pattern in patterns if frame.place == "function" else ():
            self._bind_pattern(walker, frame, pattern, node.end_byte if node.type.endswith(("declaration", "definition")) else node.start_byte)
        others = [child for child in node.named_children if child not in patterns or child.type not in self.words.names]
        kind = node.child_by_field_name("type")
        return [(child, frame, "type" if child == kind else "") for child in others]

    def _parts(self, node: Node, key: str) -> list[Node]:
        if key == "*":
            return node.named_children
        found = node.children_by_field_name(key)
        single = None if found else part(node, key)
        return found or ([single] if single is not None else [])

    def _bind_pattern(self, walker: Walker, frame: Frame, pattern: Node, since: int) -> None:
        """Binds the lower-case names of a pattern; a capitalised one is a constant or a class to match."""
        pending = [pattern]
        while pending:
            node = pending.pop()
            if node.type in self.words.names:
                if not walker.text(node)[:1].isupper():
                    walker.bind(frame, node, "", min(since, node.start_byte))
            elif node.type not in self.words.members and node.type not in self.words.types and node.type not in self.words.calls:
                pending += node.named_children

    def _parameter(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """A parameter: its name is bound (here for lambdas, earlier for definitions), its type and default are visited."""
        name = self.bound_name(node)
        kind = part(node, "type")
        if frame.place == "function" and (pattern := name or part(node, "pattern")) is not None:
            self._bind_pattern(walker, frame, pattern, node.start_byte)
        silent = (name, node.child_by_field_name("external_name"))  # Swift's argument label
        return [(child, frame, "type" if child == kind else "") for child in node.named_children if child not in silent]

    def _generics(self, walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
        """Type parameters hide outer types; their bounds are visited."""
        identifiers = self.words.names | self.words.types
        names: list[Node] = []
        for child in node.named_children:
            holder = [child] if child.type in identifiers else child.named_children
            names += [found for found in holder if found.type in identifiers][:1]
        for name in names:
            frame.names[walker.text(name)] = 0
        return [(below, frame, "") for child in node.named_children for below in child.named_children if below not in names]
