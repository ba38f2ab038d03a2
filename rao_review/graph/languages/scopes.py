"""What walks over syntax trees keep of a scope: what it binds, defines, and the uses of bare names that wait for its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from tree_sitter import Language, Node

from rao_review.graph.facts import Arguments, UseKind
from rao_review.graph.languages.syntax import Draft

Bare = tuple[str, UseKind, int, Arguments | None, str, int]
"""A use of a bare name until the locals of its scope are known: name, kind, offset, arguments, context, end offset."""

CONDITIONAL, GUARDED, GUARDED_IMPORT, TYPE_ONLY, SCRIPT, EXPECTED = 1, 2, 4, 8, 16, 32
"""Bits of a region: inside if or try; where a missing name is caught; where a failed import is; `if TYPE_CHECKING`; `if __name__ == …`;
where a test expects a failure."""


@cache
def joined(context: str, word: str) -> str:
    """A context with one more word, in order."""
    return " ".join(sorted({*context.split(), *word.split()}))


class Kinds:
    """The `kind_id`s that the busiest code compares with. `members` are what `Walk.dotted` accepts as a dotted name; `extras` are
    comments and the like; `compound` are statements that end with a block; `leaves` have nothing below them that matters;
    `unusual_arguments` are not just the value of a positional argument."""

    __slots__ = (
        "assignment", "call", "compound", "expression_statement", "extras", "identifier", "keyword", "leaves", "list", "member",
        "members", "none", "parentheses", "splat", "splat2", "string", "type",
        "unusual_arguments",
    )  # fmt: skip

    def __init__(self, language: Language, one: Mapping[str, str], many: Mapping[str, Iterable[str]]) -> None:
        """`one` and `many` name the node kinds of this grammar for the attributes; one that is left out matches nothing."""

        def kind(name: str) -> int:
            return language.id_for_node_kind(name, True) or -1

        def several(attribute: str) -> frozenset[int]:
            return frozenset(map(kind, many.get(attribute, ())))

        self.assignment = kind(one.get("assignment", ""))
        self.call = kind(one["call"])
        self.expression_statement = kind("expression_statement")
        self.identifier = kind("identifier")
        self.keyword = kind(one.get("keyword", ""))
        self.list = kind(one["list"])
        self.member = kind(one["member"])
        self.none = kind(one["none"])
        self.parentheses = kind("parenthesized_expression")
        self.splat = kind(one["splat"])
        self.splat2 = kind(one.get("splat2", ""))
        self.string = kind("string")
        self.type = kind(one["type"])
        self.compound, self.extras = several("compound"), several("extras")
        self.leaves, self.members = several("leaves"), several("members")
        self.unusual_arguments = self.extras | {self.keyword, self.splat, self.splat2}


class Scope:
    """One lexical scope. `kind` 'block' is a comprehension or a lambda: it has names of its own, but no qualname.

    values    name → {what is known of its class: first offset}; None stands for the value None. Holds all that assignments bind.
    hides     further names that mean nothing outside: type parameters, 'this'.
    kept      names bound by imports, `def` and `class`, which uses may mean.
    owner     the class scope whose instance `receiver` ('self') is.
    drafts    definitions directly in this scope, by name, first one first.
    is_local  whether a function is around, so that definitions here cannot be reached from outside.
    header    a class: the nodes of its decorators and of its list of bases; a function: its body.
    exported  a module: the names under which it exports its names.
    given     a file: the names that each of its namespaces exports, by the namespace's qualname.
    whole     a module: the locals that stand for all that it exports (`module.exports = x`), members and all.
    objects   a module: the locals that hold an object literal, so that all their members are seen.
    fields    a class: (name, annotation, value) of the assignments in its body, in order.
    """

    __slots__ = (
        "_classes", "_function", "_hidden", "_named", "draft", "drafts", "exported", "fields", "generator", "given", "globals",
        "header", "hides", "is_local", "kept", "kind", "names", "objects", "outer", "owner", "qualname", "receiver", "returns",
        "types", "values", "whole",
    )  # fmt: skip

    def __init__(self, kind: str, qualname: str, outer: Scope | None, draft: Draft | None = None) -> None:
        self.kind = kind
        self.qualname = qualname
        self.outer = outer
        self.draft = draft
        anonymous = outer is not None and (kind == "block" or (kind == "function" and draft is None))
        self._function = outer.function if outer is not None and kind == "block" else None
        self._named = outer.named if outer is not None and anonymous else None
        self.is_local: bool = kind == "function" or (outer is not None and outer.is_local)
        self.names: list[Bare] = []
        self.values: dict[str, dict[str | None, int]] = {}
        self.kept: set[str] = set()
        self.globals: set[str] = set()
        self.hides: set[str] = set()
        self.exported: dict[str, list[str]] = {}
        self.given: dict[str, list[str]] = {} if outer is None else outer.given
        self.whole: set[str] = set()
        self.objects: set[str] = set()
        self.types: dict[str, str] = {}
        self.returns: list[str] = []
        self.generator = False
        self.owner: Scope | None = None
        self.receiver = ""
        self.drafts: dict[str, list[Draft]] = {}
        self.header: tuple[Node, ...] = ()
        self.fields: list[tuple[str, str, Node | None]] = []
        self._hidden: frozenset[str] | None = None
        self._classes: dict[str, str] | None = None

    @property
    def function(self) -> Scope:
        """This scope, or for a block the function, class or module that it is part of. (A scope that held itself would keep the
        syntax tree in memory until the collector comes.)"""
        return self if self._function is None else self._function

    @property
    def named(self) -> Scope:
        """This scope, or for a block or an anonymous function the definition or module that it is part of."""
        return self if self._named is None else self._named

    def bind(self, name: str, value: str | None, offset: int) -> None:
        known = self.values.get(name)
        if known is None:
            self.values[name] = {value: offset}
        else:
            known.setdefault(value, offset)

    def hidden(self) -> frozenset[str]:
        """The names that mean a local of this function or of one around it. Only to be asked when those scopes are read."""
        if self._hidden is None:
            outer = self.outer.hidden() if self.outer is not None else frozenset()
            if self.kind in ("module", "class"):
                self._hidden = outer | self.hides if self.hides else outer
            elif self.values or self.hides or self.kept or self.globals:
                own = frozenset((self.values.keys() - self.kept) | self.hides)
                self._hidden = ((outer - self.kept) | own) - self.globals if outer or self.globals else own
            else:
                self._hidden = outer
        return self._hidden

    def classes(self) -> dict[str, str]:
        """What is known of locals of functions without a name that belong to no definition: 'Foo' or 'Foo()' by name. Only to be
        asked when those scopes are read."""
        if self._classes is None:
            outer = self.outer.classes() if self.outer is not None else {}
            own: dict[str, str] = {}
            if self.named is not self and self.named.kind != "function":
                own = {
                    name: value for name, values in self.values.items() if len(values) == 1 for value in values if value
                }
                own = {
                    name: value
                    for name, value in own.items()
                    if "." not in value and value.removesuffix("()") not in self.hidden()
                }
            shown = {name: value for name, value in outer.items() if name not in self.values and name not in self.kept}
            self._classes = {**shown, **own} if outer or own else outer
        return self._classes

    def qualify(self, name: str) -> str:
        return f"{self.qualname}.{name}" if self.qualname else name
