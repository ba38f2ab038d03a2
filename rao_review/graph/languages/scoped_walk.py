"""One walk over a syntax tree for languages with function scopes: what scopes bind, and the uses found in them.

Python and JavaScript are tables of handlers over this. It is built for speed: one visit a node, names and literals (most of a
tree) done in place, no text decoded twice, no `Use` made for a local.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tree_sitter import Node

from rao_review.graph.facts import Arguments, UseKind
from rao_review.graph.languages.scopes import GUARDED, Kinds, Scope, joined
from rao_review.graph.languages.syntax import Collected, Draft, Source

Handler = Callable[["Walk", Node, str], None]
Work = Node | tuple[Node, str] | tuple[None, int]
"""What waits to be read: a node, a node with the context of its value, or the region that begins here."""
LONGEST_RECEIVER = 200


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
        self.stack: list[Work] = []
        self.pending: deque[tuple[Scope, Sequence[Work], int]] = deque()
        self._handlers = handlers

    def run(self, leave: Callable[[Walk], None]) -> None:
        """Reads all scopes that are pending; `leave` is called at the end of each."""
        handler_of, stack = self._handlers.get, self.stack
        pop = stack.pop
        while self.pending:
            self.scope, nodes, self.region = self.pending.popleft()
            stack.extend(reversed(nodes))
            first = len(self.found.uses)
            while stack:
                node: Any = pop()
                context = ""
                if node.__class__ is tuple:
                    node, context = node
                    if node is None:
                        self.region = int(context)
                        continue
                handler = handler_of(node.kind_id)
                if handler is not None:
                    handler(self, node, context)
                else:
                    self.descend(node.named_children)
            self._name_classes(first)
            self._settle()
            leave(self)

    def descend(self, nodes: Sequence[Node]) -> None:
        """Pushes nodes whose values are used in no particular way; names and literals, which are most, are done at once."""
        kinds, text, stack, names = self.kinds, self.text, self.stack, self.scope.names
        identifier, leaves = kinds.identifier, kinds.leaves
        context = "guarded" if self.region & GUARDED else ""
        for node in reversed(nodes):
            kind = node.kind_id
            if kind == identifier:
                start = node.start_byte
                names.append((text[start : node.end_byte], "name", start, None, context, 0))
            elif kind not in leaves:
                if kind == kinds.string and text[start := node.start_byte] in "'\"":
                    self.found.layout.literals.append((start, node.end_byte))
                else:
                    stack.append(node)

    # ── what handlers push ───────────────────────────────────────────────────────────────────────────────

    def push(self, node: Node | None, context: str = "") -> None:
        if node is not None:
            self.stack.append((node, context) if context else node)

    def within(self, region: int, nodes: Sequence[Node]) -> None:
        """Pushes nodes to be read in this region and further ones."""
        if not nodes:
            return
        added = self.region | region
        if added == self.region:
            self.stack.extend(reversed(nodes))
        else:
            self.stack.append((None, self.region))
            self.stack.extend(reversed(nodes))
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
        parts = node.named_children
        if not parts:
            return ""
        function = parts[0]
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
        if len(text) > LONGEST_RECEIVER:  # a chain of thousands would cost the square of its length
            scope.names.append((text.partition(".")[0], "name", start, None, "attribute", 0))
            self.use(name, kind, start, "?", context, arguments, end if arguments is not None else 0)
            return
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
        else:
            self.make_module_dynamic(node.start_byte, node.end_byte)

    def make_module_dynamic(self, start: int = 0, end: int = 0) -> None:
        """The same for the module, because of what stands from `start` to `end`."""
        if not any(draft.kind == "module" and not draft.qualname for draft in self.found.drafts):
            self.found.drafts.append(Draft("", "", "module", start, start, end, start, start, flags={"dynamic"}))

    # ── the end of a scope ───────────────────────────────────────────────────────────────────────────────

    def _name_classes(self, first: int) -> None:
        """Puts the class for a local of a function without a name, which cannot have a binding: `store.get` is `Store().get`."""
        known, uses = self.scope.classes(), self.found.uses
        for index in range(first, len(uses)) if known else ():
            root, dot, rest = uses[index][3].partition(".")
            if root in known:
                uses[index] = (*uses[index][:3], known[root] + dot + rest, *uses[index][4:])

    def _settle(self) -> None:
        """Turns the bare names that are not locals into uses, and what was bound into bindings."""
        scope = self.scope
        hidden, starts, qualname = scope.hidden(), self.source.starts, scope.qualname
        self.found.uses += [
            (name, kind, line := bisect_right(starts, start), "", qualname, arguments, context, bisect_right(starts, end) if end else line)
            for name, kind, start, arguments, context, end in scope.names
            if name not in hidden and name
        ]  # fmt: skip
        scope.names = []
        named = scope.named
        if named is not scope and named.kind != "function":
            return  # a binding would seem to be one of the module or class
        bindings = self.found.bindings
        for name, values in scope.values.items():
            if name in scope.globals:
                continue
            for value, offset in values.items():
                if value is not None or len(values) == 1:
                    bindings.append((name, value or "", qualname, bisect_right(starts, offset)))
