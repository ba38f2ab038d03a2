"""A statement right after one that leaves the block."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tree_sitter import Node

from rao_review.graph.graph import Graph
from rao_review.policy.rules import evidence
from rao_review.policy.rules.hunk_evidence import base_path_of, language_of, line_checks, removed_texts
from rao_review.policy.rules.paths import is_docs, is_example, is_fixture, is_test
from rao_review.policy.rules.syntax import Source, descendants, enclosing, first_line, source
from rao_review.types import Finding, Hunk, Related, Severity

_LANGUAGES = frozenset({"python", "javascript", "typescript", "tsx", "go", "java"})
_MOST_SUSPECTS = 50
_STOP = re.compile(r"^(\s*)(return|raise|throw|continue|break)\b")
_BLOCKS = frozenset(
    {
        "block",
        "statement_block",
        "statement_list",
        "module",
        "program",
        "switch_case",
        "switch_default",
        "function_body",
    }
)
_STOPS = frozenset({"return_statement", "raise_statement", "throw_statement", "continue_statement", "break_statement"})
_HOISTED = frozenset({
    "function_declaration", "generator_function_declaration", "interface_declaration",
    "type_alias_declaration", "empty_statement", "comment",
    "line_comment", "block_comment", "labeled_statement", "break_statement", "raise_statement", "throw_statement", "assert_statement",
    "export_statement", "import_statement", "function_signature", "ambient_declaration", "pass_statement",
})  # fmt: skip
_MEANT = re.compile(
    r"unreachable|not reached|notreached|never (?:reach|get|happen)|assert_?never|for (?:the )?type ?checker|pragma|istanbul",
    re.IGNORECASE,
)


class UnreachableCode:
    id = "unreachable-code"
    severity = Severity.MEDIUM
    category = "correctness"
    summary = "A statement can never run: the one before it leaves the block."
    explanation = """\
A statement follows `return`, `raise`, `throw`, `continue` or `break` in the same block, so it never runs. Often a line was inserted too
early, or an old return was forgotten.

    def close(self):
        return self.socket.close()
        self.closed = True          # never runs

Hoisted JavaScript functions, labels, and the `yield` that makes a Python function a generator are left alone.

To silence it: put `rao-review: ignore[unreachable-code]` in a comment on the dead line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        looked_at: Counter[str] = Counter()
        for hunk in hunks:
            if (
                not hunk.added
                or is_fixture(hunk.path)
                or is_docs(hunk.path)
                or language_of(hunk.path) not in _LANGUAGES
            ):
                continue
            lines = graph.lines(hunk.path, "head")
            added = {number for number, _ in hunk.added_lines()}
            for stop, after in suspects(lines, added):
                looked_at[hunk.path] += 1
                parsed = source(graph, hunk.path) if looked_at[hunk.path] <= _MOST_SUSPECTS else None
                if parsed is None:
                    break
                if lines[after - 1].strip() in removed_texts(graph) and lines[stop - 1].strip() in removed_texts(graph):
                    continue
                if is_dead(parsed, lines, stop, after) and not _was_dead(
                    graph, hunk, lines[stop - 1], lines[after - 1]
                ):
                    yield self._finding(graph, hunk, stop, after)

    def _finding(self, graph: Graph, hunk: Hunk, stop: int, after: int) -> Finding:
        word = evidence.quote(graph, hunk.path, "head", stop).split()[0].rstrip(";")
        checks = line_checks(graph, hunk.path, after)
        if hunk.touches("head", stop, stop):
            checks += line_checks(graph, hunk.path, stop)[:1]
        return evidence.finding(
            self,
            evidence.use_anchor(graph, hunk.path, after),
            f"This statement never runs: `{word}` in line {stop} leaves the block before it",
            f"Line {stop} always leaves this block, so nothing after it in the block is reached. "
            "Move the statement before it, or remove whichever of the two is left over.",
            checks=checks,
            related=(Related(hunk.path, "head", stop, "the block is left here"),),
            hunks=(hunk.id,),
            severity=Severity.LOW if is_test(hunk.path) or is_example(hunk.path) else self.severity,
        )


def _was_dead(graph: Graph, hunk: Hunk, stop: str, after: str) -> bool:
    """Whether such a jump stood right before the same statement at base too, where the hunk changed one of the two: only the layout or
    what the jump gives is new."""
    removed = {number for number, _ in hunk.removed_lines()}
    lines = graph.lines(base_path_of(graph, hunk), "base") if removed else ()
    return any(
        _jump(lines[before - 1]) == _jump(stop) and lines[then - 1].split() == after.split()
        for before, then in suspects(lines, removed)
    )


def _jump(line: str) -> str:
    match = _STOP.match(line)
    return match[2] if match else ""


def suspects(lines: Sequence[str], added: set[int]) -> Iterator[tuple[int, int]]:
    """(line of a jump, line after it) where the layout says that both stand in one block and one of them is added.

    A cheap look at the text that keeps nearly all files from being parsed.
    """
    near = sorted(added.union(*(_before(lines, n) for n in added if n - 1 not in added)))
    for number in near:
        match = _STOP.match(lines[number - 1]) if 0 < number <= len(lines) else None
        if match is None:
            continue
        indent = match[1]
        for at in range(number + 1, min(number + 60, len(lines)) + 1):
            text = lines[at - 1].rstrip()
            if not text or text.lstrip().startswith(("//", "#", "*", "/*")):
                continue
            if not text.startswith(indent):
                break
            if text[len(indent)] in " \t)]}.?:+-&|'\"`":
                continue
            if number in added or at in added:
                yield number, at
            break


def _before(lines: Sequence[str], number: int) -> tuple[int, ...]:
    """The line with text before a line: where the jump may be that makes an added line dead."""
    at = number - 1
    while at > 0 and not lines[at - 1].strip():
        at -= 1
    return (at,) if at > 0 else ()


def is_dead(parsed: Source, lines: Sequence[str], stop: int, after: int) -> bool:
    """Whether the syntax agrees: the two lines begin statements that follow each other in one block."""
    first, second = (_statement(parsed, lines, n) for n in (stop, after))
    if first is None or second is None or first.type not in _STOPS or first.parent != second.parent or first.has_error:
        return False
    if second.prev_named_sibling is None or second.type in _HOISTED or second.has_error or first.parent is None:
        return False
    between = first.next_named_sibling
    while between is not None and between != second and between.type in ("comment", "line_comment", "block_comment"):
        between = between.next_named_sibling
    if between != second:
        return False
    if first.type in ("raise_statement", "throw_statement") and second.type == "return_statement":
        return False
    if second.type == "variable_declaration" and "=" not in parsed.text(second):
        return False
    if first.parent.has_error:
        return False
    window = "\n".join(lines[stop - 1 : after])
    return not (_MEANT.search(window) or _makes_generator(parsed, second) or _has_label(first.parent, second))


def _statement(parsed: Source, lines: Sequence[str], line: int) -> Node | None:
    """The statement that begins on a line, a direct child of its block."""
    text = lines[line - 1]
    column = len(text) - len(text.lstrip())
    node = parsed.node_at(line, column, text)
    while node is not None and node.parent is not None and node.parent.type not in _BLOCKS:
        node = node.parent
    return node if node is not None and node.parent is not None and first_line(node) == line else None


def _makes_generator(parsed: Source, dead: Node) -> bool:
    """A dead `yield` turns a Python function into a generator: that is what it is there for."""
    block = dead.parent
    if parsed.language != "python" or block is None:
        return False
    return any(n.type == "yield" for n in descendants(dead)) or enclosing(dead, "ERROR") is not None


def _has_label(block: Node, dead: Node) -> bool:
    """A jump target among the statements that follow."""
    return any(
        c.start_byte >= dead.start_byte and c.type in ("labeled_statement", "label") for c in block.named_children
    )
