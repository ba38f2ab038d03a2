"""One walk over a syntax tree for languages with function scopes: what scopes bind, and the uses found in them.

Python and JavaScript are tables of handlers over this. It is built for speed: one visit a node, names and literals (most of a
tree) done in place, no text decoded twice, no `Use` made for a local.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from tree_sitter import Language, Node

from rao_review.graph.facts import Arguments, UseKind
from rao_review.graph.languages.syntax import Collected, Draft, Source

Handler = Callable[["Walk", Node, str], None]
Bare = tuple[str, UseKind, int, Arguments | None, str, int]
"""A use of a bare name until the locals of its scope are known: name, kind, offset, arguments, context, end offset."""

CONDITIONAL, GUARDED, GUARDED_IMPORT, TYPE_ONLY, SCRIPT = 1, 2, 4, 8, 16
"""Bits of a region: inside if or try; where a missing name is caught; where a failed import is; `if TYPE_CHECKING`; `if __name__ == …`."""

LONGEST_RECEIVER = 200


@cache
def joined(context: str, word: str) -> str:
    """A context with one more word, in order."""
    return " ".join(sorted({*context.split(), *word.split()}))


class Kinds:
    """The `kind_id`s that the busiest code compares with. `members` are what `Walk.dotted` accepts as a dotted name; `extras` are
    comments and the like; `compound` are statements that end with a block; `leaves` have nothing below them that matters."""

    __slots__ = (
        "assignment", "call", "compound", "expression_statement", "extras", "identifier", "keyword", "leaves", "list", "member",
        "members", "none", "parentheses", "splat", "splat2", "string", "type",
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


class Scope:
    """One lexical scope. `kind` 'block' is a comprehension or a lambda: it has names of its own, but no qualname.

    values    name → {what is known of its class: first offset}; None stands for the value None. Holds all that assignments bind.
    hides     further names that mean nothing outside: type parameters, 'this'.
    kept      names bound by imports, `def` and `class`, which uses may mean.
    owner     the class scope whose instance `receiver` ('self') is.
    drafts    definitions directly in this scope, by name, first one first.
    header    a class: the nodes of its decorators and of its list of bases; a function: its body.
    exported  a module: the names under which it exports its names.
    fields    a class: (name, annotation, value) of the assignments in its body, in order.
    """

    __slots__ = (
        "_hidden",
        "draft",
        "drafts",
        "fields",
        "generator",
        "globals",
        "header",
        "kept",
        "kind",
        "names",
        "outer",
    )
    __slots__ += ("owner", "qualname", "receiver", "returns", "types", "values")

    def __init__(self, kind: str, qualname: str, outer: Scope | None, draft: Draft | None = None) -> None:
        self.kind = kind
        self.qualname = qualname
        self.outer = outer
        self.draft = draft
        self.names: list[Bare] = []
        self.values: dict[str, dict[str | None, int]] = {}
        self.kept: set[str] = set()
        self.globals: set[str] = set()
        self.hides: set[str] = set()
        self.exported: dict[str, list[str]] = {}
        self.types: dict[str, str] = {}
        self.returns: list[str] = []
        self.generator = False
        self.owner: Scope | None = None
        self.receiver = ""
        self.drafts: dict[str, list[Draft]] = {}
        self.header: tuple[Node, ...] = ()
        self.fields: list[tuple[str, str, Node | None]] = []
        self._hidden: frozenset[str] | None = None

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
            else:
                own = self.values.keys() - self.kept
                self._hidden = frozenset((own | self.hides | (outer - self.kept)) - self.globals)
        return self._hidden

    def function(self) -> Scope:
        """This scope, or the one around a comprehension or lambda that has a qualname."""
        scope = self
        while scope.kind == "block" and scope.outer is not None:
            scope = scope.outer
        return scope

    def named(self) -> Scope:
        """The scope of the definition or module that this scope is part of: anonymous functions and blocks have no qualname."""
        scope = self
        while scope.outer is not None and (scope.kind == "block" or (scope.kind == "function" and scope.draft is None)):
            scope = scope.outer
        return scope

    def is_local(self) -> bool:
        """Whether a function is around, so that definitions here cannot be reached from outside."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "function":
            scope = scope.outer
        return scope is not None

    def qualify(self, name: str) -> str:
        return f"{self.qualname}.{name}" if self.qualname else name


class Walk:
    """Collects the facts of one file. Handlers find here the scope and region they are in, and push what they leave to others.

    Scopes are read one after the other, outer ones first, so that when the uses of a scope are settled the locals of all scopes
    around it are known. Nothing recurses: nested nodes wait on `stack`, nested scopes in `pending`.
    """

    __slots__ = ("_handlers", "found", "kinds", "pending", "plain", "region", "scope", "source", "stack", "text")

    def __init__(
        self,
        source: Source,
        kinds: Kinds,
        handlers: Mapping[int, Handler],
        plain: Callable[[str], str],
        silent: frozenset[str] = frozenset(),
    ) -> None:
        """`plain` turns the text of a member into 'a.b.c', or '' if it is more than names and dots; `silent` are names that are
        never uses ('this')."""
        self.source = source
        self.text = source.text
        self.plain = plain
        self.kinds = kinds
        self.found = Collected()
        self.scope = Scope("module", "", None)
        self.scope.hides |= silent
        self.region = 0
        self.stack: list[Node | tuple[Node, str] | tuple[None, int]] = []
        self.pending: deque[tuple[Scope, Sequence[Node], int]] = deque()
        self._handlers = handlers

    def run(self, leave: Callable[[Walk], None]) -> None:
        """Reads all scopes that are pending; `leave` is called at the end of each."""
        handlers, stack = self._handlers, self.stack
        pop = stack.pop
        while self.pending:
            self.scope, nodes, self.region = self.pending.popleft()
            stack.extend(reversed(nodes))
            while stack:
                item = pop()
                context = ""
                if item.__class__ is tuple:
                    node, note = item  # type: ignore[misc]
                    if node is None:
                        self.region = note
                        continue
                    context = note
                else:
                    node = item
                handler = handlers.get(node.kind_id)
                if handler is not None:
                    handler(self, node, context)
                else:
                    self.descend(node.named_children)
            self._settle()
            leave(self)

    def descend(self, nodes: Sequence[Node]) -> None:
        """Pushes nodes whose values are used in no particular way; names and literals, which are most, are done at once."""
        kinds, text, push = self.kinds, self.text, self.stack.append
        identifier, string, leaves = kinds.identifier, kinds.string, kinds.leaves
        for node in reversed(nodes):
            kind = node.kind_id
            if kind == identifier:
                start = node.start_byte
                context = "guarded" if self.region & GUARDED else ""
                self.scope.names.append((text[start : node.end_byte], "name", start, None, context, 0))
            elif kind == string and text[start := node.start_byte] in "'\"":
                self.found.layout.literals.append((start, node.end_byte))
            elif kind not in leaves:
                push(node)

    # ── what handlers push ───────────────────────────────────────────────────────────────────────────────

    def push(self, node: Node | None, context: str = "") -> None:
        if node is not None:
            self.stack.append((node, context) if context else node)

    def within(self, region: int, nodes: Iterable[Node]) -> None:
        """Pushes nodes to be read in this region and further ones."""
        added = self.region | region
        if added == self.region:
            self.stack.extend(reversed([*nodes]))
        else:
            self.stack.append((None, self.region))
            self.stack.extend(reversed([*nodes]))
            self.stack.append((None, added))

    def block(self, nodes: Sequence[Node]) -> None:
        """Reads nodes in a scope of their own that belongs to the same definition."""
        outer = self.scope
        scope = Scope("block", outer.qualname, outer, outer.draft)
        scope.owner, scope.receiver, scope.types = outer.owner, outer.receiver, outer.types
        self.pending.append((scope, nodes, self.region))

    # ── what handlers ask ────────────────────────────────────────────────────────────────────────────────

    def of(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte]

    def parts(self, node: Node) -> list[Node]:
        """The named children, comments noted and left out."""
        children = node.named_children
        extras = self.kinds.extras
        for child in children:
            if child.kind_id in extras:
                break
        else:
            return children
        self.found.layout.comments += [(c.start_byte, c.end_byte) for c in children if c.kind_id in extras]
        return [child for child in children if child.kind_id not in extras]

    def dotted(self, node: Node) -> str:
        """'a.b.c' for nothing but names and dots, else ''."""
        start, end = node.start_byte, node.end_byte
        if end - start > LONGEST_RECEIVER:
            return ""
        kinds, kind = self.kinds, node.kind_id
        if kind == kinds.identifier:
            return self.text[start:end]
        if kind in kinds.members:
            return self.plain(self.text[start:end])
        if kind == kinds.parentheses and node.named_child_count == 1:
            return self.dotted(node.named_children[0])
        return ""

    def called(self, node: Node | None) -> str:
        """'Foo()' for a call of a dotted name, else ''."""
        kinds = self.kinds
        while node is not None and node.kind_id == kinds.parentheses:
            node = node.named_children[0] if node.named_child_count == 1 else None
        if node is None or node.kind_id != kinds.call:
            return ""
        function = node.named_child(0)
        if function is None:
            return ""
        text = self.text[function.start_byte : function.end_byte]
        if len(text) > LONGEST_RECEIVER:
            return ""
        if not text.replace(".", "").isidentifier():
            text = self.dotted(function)
        return f"{text}()" if text else ""

    # ── what handlers add ────────────────────────────────────────────────────────────────────────────────

    def chain(self, text: str, start: int, kind: UseKind, context: str, arguments: Arguments | None, end: int) -> None:
        """The uses in 'a.b.c', written without a break at `start`: the name a, the attributes b and, as `kind`, c."""
        receiver, _, name = text.rpartition(".")
        scope = self.scope
        between = "attribute"
        if self.region & GUARDED:
            context, between = joined(context, "guarded"), "attribute guarded"
        if not receiver:
            scope.names.append((text, kind, start, arguments, context, end))
            return
        starts, uses, qualname = self.source.starts, self.found.uses, scope.qualname
        line = bisect_right(starts, start)
        last = line if arguments is None else bisect_right(starts, end)
        uses.append((name, kind, line, receiver, qualname, arguments, context, last))
        while "." in receiver:
            receiver, _, name = receiver.rpartition(".")
            uses.append((name, "attribute", line, receiver, qualname, None, between, line))
        scope.names.append((receiver, "type" if kind == "type" else "name", start, None, between, 0))

    def use(
        self,
        name: str,
        kind: UseKind,
        start: int,
        receiver: str,
        context: str,
        arguments: Arguments | None = None,
        end: int = 0,
    ) -> None:
        """A use of something of `receiver`, at offset `start`."""
        if name:
            if self.region & GUARDED:
                context = joined(context, "guarded")
            line = self.source.line(start)
            last = self.source.line(end) if end else line
            self.found.uses.append((name, kind, line, receiver, self.scope.qualname, arguments, context, last))

    def forget(self, mark: int, names: set[str]) -> None:
        """Drops the bare uses of type parameters that were noted in this scope since it had `mark` of them."""
        noted = self.scope.names
        noted[mark:] = [use for use in noted[mark:] if use[0] not in names]

    def make_dynamic(self, scope: Scope | None, node: Node) -> None:
        """Notes that names may appear in a class or, with None, in the module, that nobody sees here."""
        if scope is not None and scope.draft is not None:
            scope.draft.flags.add("dynamic")
        elif not any(draft.kind == "module" for draft in self.found.drafts):
            start, end = node.start_byte, node.end_byte
            self.found.drafts.append(Draft("", "", "module", start, start, end, start, start, flags={"dynamic"}))

    # ── the end of a scope ───────────────────────────────────────────────────────────────────────────────

    def _settle(self) -> None:
        """Turns the bare names that are not locals into uses, and what was bound into bindings."""
        scope = self.scope
        hidden, starts, qualname, uses = scope.hidden(), self.source.starts, scope.qualname, self.found.uses
        for name, kind, start, arguments, context, end in scope.names:
            if name not in hidden and name:
                line = bisect_right(starts, start)
                last = bisect_right(starts, end) if end else line
                uses.append((name, kind, line, "", qualname, arguments, context, last))
        named = scope.named()
        if named is not scope and named.kind != "function":
            return  # a binding would seem to be one of the module or class
        bindings = self.found.bindings
        for name, values in scope.values.items():
            if name in scope.globals:
                continue
            for value, offset in values.items():
                if value is not None or len(values) == 1:
                    bindings.append((name, value or "", qualname, bisect_right(starts, offset)))
