"""The syntax of a changed file, for rules that must not be fooled by strings and comments.

Only files that the graph's workers have read within their limits are parsed here: what is too large, too deep or too slow for
them has no tree, and a rule says nothing about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from tree_sitter import Language, Node, Parser, Tree

from rao_review.graph.graph import Graph
from rao_review.policy.rules.hunk_evidence import per_graph

_LARGEST = 1 << 20
_FILES_KEPT = 4
_GRAMMARS: Mapping[str, tuple[str, str]] = {
    "bash": ("tree_sitter_bash", "language"),
    "c": ("tree_sitter_c", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "kotlin": ("tree_sitter_kotlin", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "python": ("tree_sitter_python", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "scala": ("tree_sitter_scala", "language"),
    "swift": ("tree_sitter_swift", "language"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
}
_PROSE = re.compile(
    r"comment|string|template_literal|char_literal|character|rune_literal|regex|heredoc|text$|text_fragment"
)
_CODE_IN_PROSE = frozenset({"template_substitution", "interpolation", "interpolated_expression", "format_expression"})


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file. Rows of tree-sitter are 0-based and columns are bytes; here lines are 1-based and columns characters."""

    language: str
    data: bytes
    tree: Tree

    def text(self, node: Node | None) -> str:
        """The source text of a node; '' for None."""
        return "" if node is None else self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def node_at(self, line: int, column: int, text: str) -> Node | None:
        """The smallest node at a character column of a line whose content is `text`."""
        at = len(text[:column].encode("utf-8", "surrogateescape"))
        return self.tree.root_node.descendant_for_point_range((line - 1, at), (line - 1, at + 1))


def source(graph: Graph, path: str) -> Source | None:
    """The syntax of a head file; None when it is no source we read, or reading it was cut short."""
    known = _parsed(graph)
    if path in known:
        known[path] = known.pop(path)  # the last used is the last to go
    else:
        while len(known) >= _FILES_KEPT:
            del known[next(iter(known))]
        known[path] = _read(graph, path)
    return known[path]


@per_graph
def _parsed(graph: Graph) -> dict[str, Source | None]:
    return {}


def _read(graph: Graph, path: str) -> Source | None:
    facts = graph.scope_facts(path, "head")
    if facts is None or facts.language not in _GRAMMARS or facts.unknown not in ("", "syntax errors"):
        return None
    data = graph.head.read(path)
    return None if data is None or len(data) > _LARGEST else parse(facts.language, data)


def parse(language: str, data: bytes) -> Source:
    """Parses a blob. `language` is a key of the graph's language registry."""
    return Source(language, data, Parser(_grammar(language)).parse(data))


@cache
def _grammar(language: str) -> Language:
    package, function = _GRAMMARS[language]
    return Language(getattr(import_module(package), function)())


def ancestors(node: Node | None) -> Iterator[Node]:
    """The node, its parent, and so on to the root."""
    while node is not None:
        yield node
        node = node.parent


def in_code(node: Node | None) -> bool:
    """Whether a node is code: not inside a comment, a string or other text. Code interpolated into a string is code."""
    for around in ancestors(node):
        if around.type in _CODE_IN_PROSE:
            return True
        if _PROSE.search(around.type) or around.type == "ERROR":
            return False
    return node is not None


def enclosing(node: Node | None, *kinds: str) -> Node | None:
    """The nearest node of one of these types: the node itself or around it."""
    return next((n for n in ancestors(node) if n.type in kinds), None)


def descendants(node: Node) -> Iterator[Node]:
    """The node and everything below it, in source order."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(current.children))


def first_line(node: Node) -> int:
    return int(node.start_point[0]) + 1
