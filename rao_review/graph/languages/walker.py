"""One pass over a syntax tree, for the languages that describe themselves as a table of node type → handler.

A handler gets (walker, node, frame, context) and returns the nodes to visit below it, in source order, each with its own frame and
context. The walk keeps its own stack, so nesting depth costs memory, never recursion. ERROR subtrees are not entered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypedDict, Unpack

from tree_sitter import Node, Query, QueryCursor, Tree

from rao_review.graph.facts import Arguments, Columns, DefinitionKind, Param, UseKind
from rao_review.graph.languages.syntax import SIGNATURE_LENGTH, Collected, Draft, Source, assemble, grammar, parse

Place = Literal["module", "class", "function"]
Work = tuple[Node, "Frame", str]
Handler = Callable[["Walker", Node, "Frame", str], Sequence[Work]]

_ERROR = 0xFFFF
_NAME = r"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*"
_DOTTED = re.compile(rf"{_NAME}(?:\.{_NAME})*", re.ASCII)
_LITERAL = re.compile("string|char|heredoc|rune|regex")
_PART_OF_LITERAL = re.compile("content|fragment|escape|start|end")
_LONGEST_RECEIVER = 200


class Details(TypedDict, total=False):
    """The optional fields of a definition."""

    params: tuple[Param, ...] | None
    flags: set[str]
    bases: tuple[str, ...]
    decorators: tuple[str, ...]
    returns: str
    annotation: str


def skip(walker: Walker, node: Node, frame: Frame, context: str) -> Sequence[Work]:
    """The handler of nodes with nothing in them to find: literals, comments, punctuation-like names."""
    return ()


class Frame:
    """One lexical scope.

    scope    qualname of the definition around it.
    place    what that definition is.
    owner    qualname of the class around it.
    names    local names and the byte from which each holds.
    results  how many values a return statement gives back here; 0 when that does not matter.
    """

    __slots__ = ("names", "outer", "owner", "place", "results", "scope")

    def __init__(
        self, scope: str, outer: Frame | None, results: int = 0, owner: str | None = None, place: Place = "function"
    ) -> None:
        self.scope = scope
        self.place: Place = place
        self.outer = outer
        self.names: dict[str, int] = {}
        self.results = results
        self.owner: str = owner if owner is not None else outer.owner if outer is not None else ""

    def block(self) -> Frame:
        """A nested block of the same definition."""
        return Frame(self.scope, self, self.results, self.owner, self.place)

    def shadows(self, name: str, at: int) -> bool:
        """Whether `name`, used at byte `at`, means a local of this scope or of one around it."""
        frame: Frame | None = self
        while frame is not None:
            since = frame.names.get(name)
            if since is not None and since <= at:
                return True
            frame = frame.outer
        return False

    def qualify(self, name: str) -> str:
        return f"{self.scope}.{name}" if self.scope else name


@dataclass(frozen=True)
class Table:
    """A language: the wheel of its grammar and its handlers by node type; other nodes are passed through to their named children.
    The grammar is loaded on first use."""

    package: str
    handlers: Mapping[str, Handler]
    entry: str = "language"

    def extract(self, source: bytes, language: str) -> Columns:
        """The facts of one file; never raises on its content."""
        tree = parse(source, self.package, self.entry)
        walker = Walker(source)
        self._note_layout(walker, tree)
        by_kind = self._by_kind
        stack: list[Work] = [(tree.root_node, Frame("", None, place="module"), "")]
        while stack:
            node, frame, context = stack.pop()
            handler = by_kind.get(node.kind_id)
            if handler is None:
                stack.extend([(child, frame, "") for child in reversed(node.named_children)])
            elif handler is not skip:
                stack.extend(reversed(handler(walker, node, frame, context)))
        walker.mark_overloads()
        return assemble(language, walker.source, tree.root_node, walker.found)

    @cached_property
    def _by_kind(self) -> dict[int, Handler]:
        language = grammar(self.package, self.entry)
        named = [n for n in range(language.node_kind_count) if language.node_kind_is_named(n)]
        kinds = [(n, language.node_kind_for_id(n) or "") for n in named]
        return {_ERROR: skip, **{n: self.handlers[kind] for n, kind in kinds if kind in self.handlers}}

    @cached_property
    def _layout_query(self) -> Query:
        """Finds comments and string-like literals, whatever the grammar calls them."""
        language = grammar(self.package, self.entry)
        shown = (
            n
            for n in range(language.node_kind_count)
            if language.node_kind_is_named(n) and language.node_kind_is_visible(n)
        )
        kinds = sorted({kind for n in shown if (kind := language.node_kind_for_id(n))})
        comments = " ".join(f"({kind})" for kind in kinds if "comment" in kind)
        literals = " ".join(
            f"({kind})" for kind in kinds if _LITERAL.search(kind) and not _PART_OF_LITERAL.search(kind)
        )
        return Query(language, f"[{comments}] @comment [{literals}] @literal")

    def _note_layout(self, walker: Walker, tree: Tree) -> None:
        layout = walker.found.layout
        captured = QueryCursor(self._layout_query).captures(tree.root_node)
        layout.comments += [(node.start_byte, node.end_byte) for node in captured.get("comment", ())]
        layout.literals += [(node.start_byte, node.end_byte) for node in captured.get("literal", ())]


class Walker:
    """What handlers add to and ask of the file being read. `read_again` are the bytes that a language parsed once more."""

    def __init__(self, source: bytes) -> None:
        self.source = Source(source)
        self.found = Collected()
        self.aliases: set[str] = set()
        self.read_again = 0
        self._known: set[tuple[str, str, str]] = set()

    # ── add ──────────────────────────────────────────────────────────────────────────────────────────────

    def define(
        self,
        extent: Node,
        name: Node,
        kind: DefinitionKind,
        qualname: str,
        body: Node | None = None,
        header: int | None = None,
        **details: Unpack[Details],
    ) -> None:
        """Adds a definition that covers `extent`. Its signature goes from byte `header` (default: its start) to its `body`, without
        one to the end of the line of its name."""
        start, end = extent.start_byte, extent.end_byte
        header = start if header is None else header
        if body is not None:
            header_end = body.start_byte
        else:
            line_end = self.source.raw.find(b"\n", name.end_byte, end)
            header_end = end if line_end < 0 else line_end
        self.found.drafts.append(
            Draft(
                name=qualname.rpartition(".")[2],
                qualname=qualname,
                kind=kind,
                at=name.start_byte,
                start=start,
                end=end,
                header=header,
                header_end=min(header_end, header + 4 * SIGNATURE_LENGTH),
                **details,
            )
        )

    def use(
        self,
        name: Node,
        kind: UseKind,
        frame: Frame,
        receiver: str = "",
        context: str = "",
        shape: tuple[Arguments, Node] | None = None,
    ) -> None:
        """Adds a use on the line of its name; `shape` is its arguments and the node that it ends with."""
        text = self.text(name)
        if not text:
            return
        line = end = self.source.line(name.start_byte)
        arguments = None
        if shape is not None:
            arguments, whole = shape
            end = self.source.line(whole.end_byte - 1)
        self.found.uses.append((text, kind, line, receiver, frame.scope, arguments, context, end))

    def bind(self, frame: Frame, name: Node, value: str, since: int) -> None:
        """Binds a local name from byte `since` to the end of `frame`."""
        text = self.text(name)
        if text and text != "_":
            frame.names.setdefault(text, since)
            self.note(text, value, frame.scope, name)

    def note(self, name: str, value: str, scope: str, at: Node) -> None:
        """Adds what is known of a name's class, once."""
        key = (name, value, scope)
        if key not in self._known:
            self._known.add(key)
            self.found.bindings.append((name, value, scope, self.source.line(at.start_byte)))

    def mark_overloads(self) -> None:
        """Flags functions and methods that share their qualified name."""
        callables = [draft for draft in self.found.drafts if draft.kind in ("function", "method")]
        times = Counter(draft.qualname for draft in callables)
        for draft in callables:
            if times[draft.qualname] > 1:
                draft.flags.add("overload")

    # ── ask ──────────────────────────────────────────────────────────────────────────────────────────────

    def text(self, node: Node | None) -> str:
        """The node's text, one character per byte; '' for None."""
        return self.source.text[node.start_byte : node.end_byte] if node is not None else ""

    def folded(self, node: Node | None) -> str:
        """The node's text with white space folded; '' for None."""
        return " ".join(self.text(node).split())

    def dotted(self, node: Node | None) -> str:
        """'a.b.c' when the node is nothing but names and dots, else ''."""
        if node is None:
            return ""
        start, end = node.start_byte, node.end_byte
        if end - start > _LONGEST_RECEIVER:
            return ""
        text = self.source.text[start:end]
        if "\n" in text or " " in text:
            text = "".join(text.split())
        return text if _DOTTED.fullmatch(text) else ""


def words(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


def field(node: Node, name: str) -> Node | None:
    """The child in a field of the grammar."""
    return node.child_by_field_name(name)


def listed(frame: Frame, *nodes: Node | None) -> list[Work]:
    """Work for those nodes that are there, in one frame."""
    return [(node, frame, "") for node in nodes if node is not None]


def inside(frame: Frame, node: Node | None) -> list[Work]:
    """Work for the named children of a node, in one frame."""
    return [] if node is None else [(child, frame, "") for child in node.named_children]
