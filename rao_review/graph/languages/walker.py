"""One pass over a syntax tree, shared by the languages that describe themselves as a table of node type → handler.

A handler gets (walker, node, frame, context) and returns the nodes to visit below it, in source order, each with its own frame and
context. The walk keeps its own stack, so nesting depth costs memory, never recursion. ERROR subtrees are not entered.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from importlib import import_module
from typing import TypedDict, Unpack

from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

from rao_review.graph.facts import Arguments, Binding, Definition, DefinitionKind, FileFacts, Import, Param, Use, UseKind

Work = tuple[Node, "Frame", str]
Handler = Callable[["Walker", Node, "Frame", str], Sequence[Work]]

_TOKEN = re.compile(rb"\w+|[^\w\s]")
_DOTTED = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*")
_LONGEST_RECEIVER = 200
_LONGEST_SIGNATURE = 400


class Details(TypedDict, total=False):
    """The optional fields of a `Definition`."""

    params: tuple[Param, ...] | None
    flags: tuple[str, ...]
    bases: tuple[str, ...]
    decorators: tuple[str, ...]
    returns: str
    annotation: str
    signature: str


class Frame:
    """One lexical scope: `scope` is the qualname of the definition around it, `names` maps a bound name to the byte from which it holds.

    `owner` is the qualname of the class around it, `results` how many values a return statement gives back here (0 unknown).
    """

    __slots__ = ("names", "outer", "owner", "results", "scope")

    def __init__(self, scope: str, outer: Frame | None, results: int = 0, owner: str | None = None) -> None:
        self.scope = scope
        self.outer = outer
        self.names: dict[str, int] = {}
        self.results = results
        self.owner = owner if owner is not None or outer is None else outer.owner

    def block(self) -> Frame:
        """A nested block of the same definition."""
        return Frame(self.scope, self, self.results)

    def shadows(self, name: str, at: int) -> bool:
        """Whether `name`, used at byte `at`, means a local of this scope or one around it."""
        frame: Frame | None = self
        while frame is not None:
            since = frame.names.get(name)
            if since is not None and since <= at:
                return True
            frame = frame.outer
        return False

    def qualify(self, name: str) -> str:
        return f"{self.scope}.{name}" if self.scope else name


@cache
def grammar(package: str, function: str = "language") -> Language:
    """The grammar that a wheel carries; imported on first use."""
    return Language(getattr(import_module(package), function)())


@cache
def _opaque_query(language: Language) -> Query:
    """Finds comments and string-like literals, whatever the grammar calls them."""
    kinds = {
        kind
        for number in range(language.node_kind_count)
        if language.node_kind_is_named(number)
        and language.node_kind_is_visible(number)
        and (kind := language.node_kind_for_id(number)) is not None
    }
    comments = " ".join(f"({kind})" for kind in sorted(kinds) if "comment" in kind)
    literals = " ".join(f"({kind})" for kind in sorted(kinds) if re.search("string|char|heredoc|rune|regex", kind))
    return Query(language, f"[{comments}] @comment [{literals}] @literal")


class Tokens:
    """The tokens of a file, comments and layout left out; strings are one token each."""

    def __init__(self, source: bytes, tree: Tree, language: Language) -> None:
        self._source = source
        captured = QueryCursor(_opaque_query(language)).captures(tree.root_node)
        spans = [(node.start_byte, node.end_byte, kind == "literal") for kind, nodes in captured.items() for node in nodes]
        self._spans: list[tuple[int, int, bool]] = []
        end = 0
        for span in sorted(spans, key=lambda s: (s[0], -s[1])):
            if span[0] >= end:
                self._spans.append(span)
                end = span[1]
        self._ends = [span[1] for span in self._spans]

    def between(self, start: int, end: int) -> list[bytes]:
        """The tokens from byte `start` to byte `end`."""
        found: list[bytes] = []
        at = start
        for index in range(bisect_right(self._ends, start), len(self._spans)):
            first, last, literal = self._spans[index]
            if first >= end:
                break
            found += _TOKEN.findall(self._source, at, first)
            if literal:
                found.append(self._source[first:last])
            at = last
        found += _TOKEN.findall(self._source, at, end)
        return found


def digest(tokens: Sequence[bytes]) -> str:
    """12 hex digits over tokens."""
    return blake2b(b"\0".join(tokens), digest_size=6).hexdigest()


class Walker:
    """Collects the facts of one file.

    Args:
        language: the registry's name of the language.
        source: the bytes of the file.
        parsed_as: its grammar.
        handlers: node type → handler; other nodes are passed through to their named children.
    """

    def __init__(self, language: str, source: bytes, parsed_as: Language, handlers: Mapping[str, Handler]) -> None:
        self.source = source
        self.definitions: list[Definition] = []
        self.uses: list[Use] = []
        self.imports: list[Import] = []
        self.aliases: set[str] = set()
        self.package = ""
        self._language = language
        self._handlers = handlers
        self._bindings: dict[tuple[str, str, str], Binding] = {}
        self._tree = Parser(parsed_as).parse(source)
        self._tokens = Tokens(source, self._tree, parsed_as)

    def facts(self) -> FileFacts:
        """Walks the whole file once."""
        root = self._tree.root_node
        stack: list[Work] = [(root, Frame("", None), "")]
        handlers = self._handlers
        while stack:
            node, frame, context = stack.pop()
            handler = handlers.get(node.type)
            if handler is not None:
                stack.extend(reversed(handler(self, node, frame, context)))
            elif node.type != "ERROR":
                stack.extend([(child, frame, "") for child in reversed(node.named_children)])
        return FileFacts(
            language=self._language,
            definitions=self._overloaded(),
            uses=tuple(self.uses),
            imports=tuple(self.imports),
            bindings=tuple(self._bindings.values()),
            unknown="syntax errors" if root.has_error else "",
            package=self.package,
            module_digest=digest(self._tokens.between(0, len(self.source))),
        )

    def _overloaded(self) -> tuple[Definition, ...]:
        times = Counter(d.qualname for d in self.definitions if d.kind in ("function", "method"))
        return tuple(
            replace(d, flags=(*d.flags, "overload")) if d.kind in ("function", "method") and times[d.qualname] > 1 else d
            for d in self.definitions
        )

    # ── what handlers add ────────────────────────────────────────────────────────────────────────────────

    def define(self, extent: Node, name: Node, kind: DefinitionKind, qualname: str, **details: Unpack[Details]) -> None:
        """Adds a definition that covers `extent` and whose name stands at `name`."""
        text = name.text or b""
        tokens = self._tokens.between(extent.start_byte, extent.end_byte)
        self.definitions.append(
            Definition(
                name=qualname.rpartition(".")[2],
                qualname=qualname,
                kind=kind,
                line=name.start_point[0] + 1,
                start_line=extent.start_point[0] + 1,
                end_line=extent.end_point[0] + 1,
                digest=digest(tokens),
                body_digest=digest([token for token in tokens if token != text]),
                **details,
            )
        )

    def use(self, name: Node, kind: UseKind, frame: Frame, receiver: str = "", context: str = "") -> None:
        """Adds a use without arguments, on the line of its name."""
        text = self.text(name)
        if text:
            line = name.start_point[0] + 1
            self.uses.append(Use(text, kind, line, receiver, frame.scope, None, context, line))

    def call(self, name: Node, receiver: str, frame: Frame, arguments: Arguments, context: str, whole: Node) -> None:
        """Adds a call that ends where `whole` ends."""
        text = self.text(name)
        if text:
            line = name.start_point[0] + 1
            self.uses.append(Use(text, "call", line, receiver, frame.scope, arguments, context, whole.end_point[0] + 1))

    def bind(self, frame: Frame, name: Node, value: str, since: int) -> None:
        """Binds a local name from byte `since` to the end of `frame`."""
        text = self.text(name)
        if text and text != "_":
            frame.names.setdefault(text, since)
            self.note(text, value, frame.scope, name)

    def note(self, name: str, value: str, scope: str, at: Node) -> None:
        """Adds what is known of a name's class, once."""
        key = (name, value, scope)
        if key not in self._bindings:
            self._bindings[key] = Binding(name, value, scope, at.start_point[0] + 1)

    # ── what handlers ask ────────────────────────────────────────────────────────────────────────────────

    def text(self, node: Node | None) -> str:
        """The node's text; '' for None."""
        return (node.text or b"").decode("utf-8", "surrogateescape") if node is not None else ""

    def folded(self, node: Node | None) -> str:
        """The node's text with white space folded; '' for None."""
        return " ".join(self.text(node).split())

    def header(self, extent: Node, body: Node | None) -> str:
        """The text of a definition before its body, white space folded; without a body its first line."""
        end = body.start_byte if body is not None else extent.end_byte
        text = self.source[extent.start_byte : min(end, extent.start_byte + 4 * _LONGEST_SIGNATURE)]
        if body is None:
            text = text.partition(b"\n")[0]
        return " ".join(text.decode("utf-8", "surrogateescape").split())[:_LONGEST_SIGNATURE]

    def dotted(self, node: Node | None) -> str:
        """'a.b.c' when the node is nothing but names and dots, else ''."""
        if node is None or node.end_byte - node.start_byte > _LONGEST_RECEIVER:
            return ""
        text = "".join(self.text(node).split())
        return text if _DOTTED.fullmatch(text) else ""


def field(node: Node, name: str) -> Node | None:
    return node.child_by_field_name(name)


def listed(frame: Frame, *nodes: Node | None) -> list[Work]:
    """Work for those nodes that are there, in one frame."""
    return [(node, frame, "") for node in nodes if node is not None]


def inside(frame: Frame, node: Node | None) -> list[Work]:
    """Work for the named children of a node, in one frame."""
    return [] if node is None else [(child, frame, "") for child in node.named_children]
