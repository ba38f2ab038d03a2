"""The single edits inside hunks: a run of removed lines and what stands in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rao_review.types import Hunk

_TOKEN = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[A-Za-z_$][\w$]*|\d[\w.]*|\S")
_WORD = re.compile(r"[A-Za-z_$][\w$]*$")
_CHAIN = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*|\d[\w.]*|\S")
_NAME_LIKE = re.compile(r"[A-Za-z_$]")
COMMENT_STARTS = ("#", "//", "*", "/*", '"""', "'''")
_IMPORT = re.compile(
    r"^(from\s+\S+\s+import|import|use|using|#include|package|export\s+\{|\}\s+from)\b|\brequire\(|^([\w.]+\s+)?\"[\w./@-]+\"$"
)
_KEYWORDS = frozenset({
    "False", "None", "True", "and", "append", "async", "await", "break", "case", "catch", "class", "const",
    "continue", "def", "default", "defer", "elif", "else", "except", "false", "final", "finally", "fn", "for", "func",
    "function", "go", "if", "in", "int", "is", "len", "let", "match", "mut", "new", "nil", "not", "null", "or",
    "private", "protected", "pub", "public", "raise", "range", "return", "self", "static", "super", "switch", "this",
    "throw", "throws", "true", "try", "var", "void", "while", "with", "yield",
})  # fmt: skip
_HEADER = re.compile(
    r"^(@|(async\s+)?def\s|func\s|(export\s+)?(default\s+)?(async\s+)?function\b|(public|private|protected|internal|static|abstract|override)\s.*\)"
    r"[^;=]*\{?$|(pub(\([\w: ]+\))?\s+)?((async|const|unsafe)\s+)*fn\s"
    r"|(export\s+)?(default\s+)?(declare\s+)?(abstract\s+)?(class|interface|type)\s)"
    r"|^((async|get|set)\s+)?[*#]?(?!(?:catch|for|if|super|switch|while|with)\b)[A-Za-z_$][\w$]*\??(<[^()]*>)?\([^;=]*\)(:\s*[^;=]+)?\s*\{$"
)
_ITEM = re.compile(r"^(?:[\w.'\"$/ -]+((:|=>)[^()]+)?|\"[^\"]*\"|'[^']*'),$")
_LAST_COMMA = re.compile(r",(?=[)\]}])")
_LEAST_CHARACTERS = 12
_MOST_LINES = 8
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class Edit:
    """`base_line` is the first removed line, or the line before which new lines come. `head_line` the same at head; `head_end` is the
    last added line, `head_line - 1` when nothing was added.

    `removed` and `added` are stripped, blank lines left out. `inserted`: nothing was removed, `removed` are the lines beside the new ones.
    """

    hunk: Hunk
    base_line: int
    head_line: int
    head_end: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    inserted: bool = False

    @property
    def base_end(self) -> int:
        """The last removed line; `base_line - 1` when nothing was removed."""
        return self.base_line + len(self.removed) - 1


def edits_of(hunk: Hunk) -> Iterator[Edit]:
    """The runs of changed lines of a hunk, in order. Runs with blank lines among the removed ones are cut short at them."""
    base, head = hunk.base_start, hunk.head_start
    removed: list[str] = []
    added: list[str] = []
    for line in (*hunk.lines, " "):
        mark = line[:1]
        if mark == "-":
            removed.append(line[1:].strip())
            base += 1
        elif mark == "+":
            added.append(line[1:].strip())
            head += 1
        elif mark == " ":
            if removed or added:
                first = head - len(added)
                yield Edit(
                    hunk, base - len(removed), first, head - 1, tuple(removed), tuple(text for text in added if text)
                )
            removed, added = [], []
            base += 1
            head += 1


def anchored(edit: Edit, base_lines: Sequence[str]) -> Edit:
    """A pure insertion as a replacement of the lines next to it, so that the place where copies lack it can be found.

    The header of a function is not among them: it names the copy.
    """
    if edit.removed:
        return edit
    before, after = (
        base_lines[n - 1].strip() if 0 < n <= len(base_lines) else "" for n in (edit.base_line - 1, edit.base_line)
    )
    if len(before) <= _LONGEST_LINE and _HEADER.match(before):
        before = ""
    removed = tuple(text for text in (before, after) if text)
    shift = 1 if before else 0
    added = (*removed[:shift], *edit.added, *removed[shift:])
    return replace(
        edit,
        base_line=edit.base_line - shift,
        head_line=edit.head_line - shift,
        removed=removed,
        added=added,
        inserted=True,
    )


def is_semantic(edit: Edit) -> bool:
    """Whether an edit is small and changes what code does: more than comments, imports, headers, layout, names, or an item of a table."""
    lines = [text for text in (*edit.removed, *edit.added) if text]
    if (
        not lines
        or max(map(len, lines)) > _LONGEST_LINE
        or max(len(edit.removed), len(edit.added)) > _MOST_LINES
        or "" in edit.removed
    ):
        return False
    if all(map(is_comment, lines)) or any(_IMPORT.search(text) for text in lines):
        return False
    if all(_HEADER.match(text) for text in edit.removed) or all(_ITEM.match(text) for text in lines):
        return False
    before, after = (
        _LAST_COMMA.sub("", "".join(map(_plain, tokens(side))).rstrip(",;")) for side in (edit.removed, edit.added)
    )
    return before != after and not _renames_only(edit.removed, edit.added)


def has_substance(lines: Sequence[str]) -> bool:
    """Whether lines are particular enough to be recognised elsewhere."""
    text = "".join(lines)
    return len(re.sub(r"\W", "", text)) >= _LEAST_CHARACTERS and len(set(re.findall(r"[A-Za-z_]\w{2,}", text))) >= 2


def tokens(lines: Sequence[str]) -> list[str]:
    return [token for line in lines for token in _TOKEN.findall(line)]


def _plain(token: str) -> str:
    """A token; of a text in simple quotes that is more than one character, the same in double ones, which mean the same where both do."""
    simple = len(token) > 3 and token[0] == "'" and '"' not in token
    return f'"{token[1:-1]}"' if simple else token


def _renames_only(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the two sides differ in names alone, place by place; a dotted chain counts as one name."""
    one, other = (_CHAIN.findall(" ".join(lines)) for lines in (before, after))
    if len(one) != len(other):
        return False
    return all(a == b or (_NAME_LIKE.match(a) and _NAME_LIKE.match(b)) for a, b in zip(one, other, strict=True))


def shape(line: str) -> str:
    """A line with the parts that copies vary: names and literals by their kind, so that only its structure counts."""
    return " ".join(
        "S" if t[0] in "\"'" else "I" if _WORD.match(t) and t not in _KEYWORDS else "0" if t[0].isdigit() else t
        for t in _TOKEN.findall(line)
    )


def indent(line: str) -> int:
    """The columns of white space before a line."""
    return len(line) - len(line.lstrip())


def is_comment(line: str) -> bool:
    return line.startswith(COMMENT_STARTS)


def is_code(line: str) -> bool:
    """Whether a line is more than braces or a comment, which are alike everywhere."""
    text = line.strip()
    return bool(re.search(r"\w", text)) and not is_comment(text)
