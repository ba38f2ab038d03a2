"""The languages of which the graph reads definitions, uses, imports and bases: one `Vocabulary` each, read by one set of handlers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tree_sitter import Node

from rao_review.graph.facts import DefinitionKind, Param
from rao_review.graph.languages.declarative_uses import UseReader
from rao_review.graph.languages.vocabulary import LONGEST_PATH, SEPARATOR, Defines, flags_of, part, path_of
from rao_review.graph.languages.walker import Details, Frame, Handler, Place, Walker, Work

_CLASSES = frozenset({"class", "interface", "enum", "enum_member", "module"})
_VARIABLES = frozenset({"variable", "constant", "field"})


def variable_kind(frame: Frame) -> DefinitionKind:
    """What a variable is that is declared in this frame."""
    return "field" if frame.place == "class" else "variable"


class Reader(UseReader):
    """All handlers of one vocabulary."""

    def handlers(self, special: Mapping[str, Handler]) -> dict[str, Handler]:
        """The handlers by node type; `special` ones of a language take precedence."""
        return {**self.use_handlers(), **dict.fromkeys(self.words.defines, self.definition), **special}

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
        place: Place = "function" if kind not in _CLASSES else "module" if kind == "module" else "class"
        inner = (
            frame
            if kind in _VARIABLES
            else Frame(qualname, frame, owner=None if place == "function" else qualname, place=place)
        )
        lists = part(node, defines.params)
        params = (
            self.parameters(walker, inner, lists)
            if defines.params and (lists is not None or kind not in _CLASSES)
            else None
        )
        if lists is not None and lists.has_error:
            params = None
        bases = tuple(
            base for child in rest if child.type in self.words.bases for base in self._bases(walker, child, inner)
        )
        decorators = tuple(word[1:] for word in context.split() if word.startswith("@"))
        flags = flags_of(walker, node, name)
        flags |= {"local"} if frame.place == "function" else set()
        flags |= {"entry"} if path == "main" or not self.words.plain.issuperset(decorators) else set()
        details = Details(
            params=params,
            bases=bases,
            decorators=decorators,
            flags=flags,
            annotation=walker.folded(part(node, defines.result)),
        )
        walker.define(node, name, kind, qualname, part(node, defines.body), **details)
        return [(child, inner, "") for child in rest if child.type not in self.words.bases] + self._base_leftovers(
            rest, inner
        )

    def _defined_name(self, walker: Walker, name: Node | None) -> str:
        """A plain name, a path (C++ `Foo::m`, Ruby `A::B`) or an operator."""
        path = path_of(walker, name)
        if path or name is None:
            return path
        text = "".join(walker.text(name).split())
        return SEPARATOR.sub(".", text) if len(text) <= LONGEST_PATH else ""

    def _bases(self, walker: Walker, clause: Node, frame: Frame) -> list[str]:
        found: list[str] = []
        for child in [clause] if clause.type in self.words.wrappers else clause.named_children:
            base = path_of(walker, self.unwrapped(child))
            if base and child.type not in self.words.nothing and child.type not in self.words.lists:
                receiver, _, name = base.rpartition(".")
                line = walker.source.line(child.start_byte)
                walker.found.uses.append((name, "inherit", line, receiver, frame.scope, None, "", line))
                found.append(base)
        return found

    def _base_leftovers(self, rest: Sequence[Node], frame: Frame) -> list[Work]:
        """Arguments given to a base's constructor."""
        clauses = [child for child in rest if child.type in self.words.bases]
        inner = [
            grandchild
            for clause in clauses
            for child in clause.named_children
            for grandchild in [child, *child.named_children]
        ]
        return [(node, frame, "") for node in inner if node.type in self.words.lists]

    def parameters(self, walker: Walker, frame: Frame, holder: Node | None) -> tuple[Param, ...]:
        """The parameters that a node holds; binds their names in `frame`."""
        found: list[Param] = []
        variadic = conditional = False
        for node in holder.children if holder is not None else ():
            kind = self.words.parameters.get(node.type)
            if node.type == "=" and found:  # Kotlin and Swift write the default beside the parameter
                found[-1] = Param(found[-1].name, found[-1].kind, True, found[-1].annotation)
            elif node.type in ("parameter_modifiers", "params"):  # Kotlin's `vararg`, C#'s `params int[] rest`
                variadic = node.type == "params" or "vararg" in walker.text(node)
            elif node.type == "attribute_item":  # Rust: there or not, as the build is configured
                conditional = conditional or walker.text(node).startswith("#[cfg")
            elif variadic and node.type in self.words.names and node.type not in self.words.parameters:
                self._bind_parameter(walker, frame, node)
                found.append(Param(walker.text(node), "variadic", True))
                variadic = False
            elif kind is not None:
                name = self.bound_name(node)
                annotation = part(node, "type") or part(node, "user_type") or part(node, "nullable_type")
                kind = "variadic" if variadic or walker.text(node).endswith(("...", "*")) else kind
                optional = "variadic" in kind or any(child.type == "=" for child in node.children)
                optional = (
                    optional
                    or conditional
                    or part(node, "default_value") is not None
                    or part(node, "value") is not None
                )
                if name is not None:
                    self._bind_parameter(walker, frame, name)
                found.append(Param(walker.text(name).lstrip("$"), kind, optional, walker.folded(annotation)))
                variadic = conditional = False
        return tuple(found)
