"""What the languages of a `Vocabulary` use and bind: names, members, calls, arguments, patterns."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from rao_review.graph.facts import Arguments, UseKind
from rao_review.graph.languages.vocabulary import Vocabulary, part, path_of
from rao_review.graph.languages.walker import Frame, Handler, Walker, Work, skip


class UseReader:
    """The handlers of expressions and patterns of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.words = vocabulary

    def use_handlers(self) -> dict[str, Handler]:
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
        }

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
            made = (
                receiver
                if before and walker.text(part(node, callee)) == "new"
                else None
                if receiver
                else part(node, callee)
            )
        path = path_of(walker, made)
        return f"{path}()" if path and ("." not in path or path.rpartition(".")[2][:1].isupper()) else "?"

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
        hidden = not receiver and (
            text in self.words.universe or (not self.words.separate and frame.shadows(text, name.start_byte))
        )
        if name != node and not hidden:
            walker.use(name, "call", frame, receiver, "", (self.shape(walker, holder, context), node))
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

    def shape(self, walker: Walker, holders: Sequence[Node | None], context: str = "") -> Arguments:
        """The shape of the arguments in some nodes; a holder that is no list is one argument itself (a trailing lambda).
        `context` is what the call's own handler was given."""
        pending = [node for node in reversed(holders) if node is not None]
        positional, keywords, spread = 0, [], set()
        while pending:
            node = pending.pop()
            name = self._keyword_name(node)
            if node.type in self.words.keywords and name is None and node.named_children:
                node = (
                    node.named_children[0] if node.named_children[0].type in self.words.spreads else node
                )  # PHP `f(...$x)`
            if node.type in self.words.lists:
                pending += reversed(node.named_children)
            elif node.type in self.words.spreads:
                spread.add(self.words.spreads[node.type])
            elif name is not None:
                keywords.append(walker.text(name).strip(":"))
            elif not node.type.endswith(("comment", "block_argument", "type_arguments", "attribute_item")):
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
        declares = node.type.endswith(("declaration", "definition"))
        for pattern in patterns if frame.place == "function" else ():
            self._bind_pattern(walker, frame, pattern, node.end_byte if declares else node.start_byte)
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
            elif (
                node.type not in self.words.members
                and node.type not in self.words.types
                and node.type not in self.words.calls
            ):
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
        return [
            (below, frame, "") for child in node.named_children for below in child.named_children if below not in names
        ]

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
                inner = next(
                    (
                        child
                        for child in kids
                        if child.type in self.words.names
                        or child.type.endswith("declarator")
                        or node.type == "parenthesized_declarator"
                    ),
                    None,
                )
            if inner is None and node.type in ("field_identifier", "type_identifier", "variable_name"):
                return node
            node = inner
        return node
