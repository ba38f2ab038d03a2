"""Where code reads the value of a command-line flag by a name that its parser derives from the flag: `args.dry_run` for `--dry-run`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from rao_review.graph.graph import Graph
from rao_review.policy.rules.key_renames import KeyRename, Place
from rao_review.policy.rules.keys import Mention, words_of

_PYTHON_HOLDER = r"\b(?:args|opts|options|ns|namespace|parsed|cli_args|arguments|parsed_args)"
_SCRIPT_HOLDER = r"\b(?:opts|options|argv|program|args|flags|cli)(?:\.opts\(\))?"
_SCRIPTS = frozenset({".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"})


def stale_values(graph: Graph, rename: KeyRename) -> Iterator[Place]:
    """Reads, in the file that declares a flag or in its folder, of the value under the name that the flag had."""
    if rename.kind != "command-line flag" or not rename.new:
        return
    suffix = PurePosixPath(rename.path).suffix
    if suffix == ".py":
        yield from _python(graph, rename)
    elif suffix in _SCRIPTS:
        first, *rest = words_of(rename.old)
        name = first + "".join(word.capitalize() for word in rest)
        yield from _reads(graph, rename, name, rf"{_SCRIPT_HOLDER}\.{re.escape(name)}\b(?!\s*=[^=])")


def _python(graph: Graph, rename: KeyRename) -> Iterator[Place]:
    name = rename.old.replace("-", "_")
    declared = _declaration(graph, rename)
    if re.search(r"\bdest\s*=", declared) or name == rename.new.replace("-", "_"):
        return
    yield from _reads(graph, rename, name, rf"{_PYTHON_HOLDER}\.{re.escape(name)}\b(?!\s*=[^=])")
    yield from _parameters(graph, rename, name, declared)


def _declaration(graph: Graph, rename: KeyRename) -> str:
    """The call that declares the new flag, as far as its brackets reach."""
    lines = graph.lines(rename.path, "head")
    text = lines[rename.line - 1]
    for following in lines[rename.line : rename.line + 8]:
        if text.count("(") <= text.count(")") and "(" in text:
            break
        text += "\n" + following
    return text


def _reads(graph: Graph, rename: KeyRename, name: str, pattern: str) -> Iterator[Place]:
    folder = str(PurePosixPath(rename.path).parent)
    own = re.compile(
        rf"dest\s*=\s*['\"]{name}['\"]|\.{name}\s*=[^=]|\b{name}\s*:|def {name}\b|set_defaults\([^)]*\b{name}\b"
    )
    for path in graph.search(name, "head"):
        if str(PurePosixPath(path).parent) != folder or PurePosixPath(path).suffix != PurePosixPath(rename.path).suffix:
            continue
        lines = graph.lines(path, "head")
        if any(own.search(text) for text in lines):
            continue
        for number, text in enumerate(lines, 1):
            if re.search(pattern, text) and not text.lstrip().startswith(("#", "//")):
                yield Place(path, number, text, Mention(rename.kind, rename.old, "taken"))


def _parameters(graph: Graph, rename: KeyRename, name: str, declared: str) -> Iterator[Place]:
    """A click command that declares the flag in a decorator and still takes it as a parameter with the old name."""
    facts = graph.facts(rename.path, "head")
    if not re.search(r"\.option\(", declared) or re.search(rf"['\"]{name}['\"]", declared):
        return
    for definition in facts.definitions if facts else ():
        names = {p.name for p in definition.params or ()}
        around = definition.start_line <= rename.line < definition.line
        if around and name in names and not any(p.kind == "keyword_variadic" for p in definition.params or ()):
            lines = graph.lines(rename.path, "head")
            at = next(
                (n for n in range(definition.line, definition.end_line + 1) if re.search(rf"\b{name}\b", lines[n - 1])),
                definition.line,
            )
            yield Place(rename.path, at, lines[at - 1], Mention(rename.kind, rename.old, "taken"))
