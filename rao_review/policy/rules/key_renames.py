"""Keys that a change renames or stops declaring: removed and added lines of one hunk that differ in the name of a key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rao_review.graph.graph import Graph
from rao_review.policy.rules.hunk_evidence import base_path_of
from rao_review.policy.rules.keys import KeyKind, Mention, Role, format_of, is_declaration, mentions, words_of
from rao_review.policy.rules.paths import is_docs, is_example, is_test
from rao_review.types import Hunk, Side

_WELL_KNOWN = re.compile(
    r"^(PATH|HOME|USER|SHELL|TERM|LANG|PWD|HOST|PORT|DEBUG|TMPDIR|TEMP|NODE_ENV|HOSTNAME|EDITOR|PAGER|VERSION|DISPLAY|LC_\w+|"
    r"(GITHUB|RUNNER|CI|NPM|PYTHON|PIP|XDG|CARGO|RUST|JAVA|GRADLE|MAVEN|DOCKER|AWS|GOOGLE|AZURE|VIRTUAL_ENV|CONDA|GIT|SSH|HTTPS?|NO_COLOR|"
    r"COVERAGE|TOX|PYTEST|CMAKE|CXX|LD|DYLD)(_\w*)?)$"
)
COMMON = frozenset({
    "config", "debug", "default", "description", "dry-run", "enabled", "file", "force", "format", "help", "host",
    "id", "input", "items", "key", "keys", "label", "labels", "log-level", "name", "options", "output", "password",
    "path", "port", "quiet", "settings", "tags", "timeout", "title", "token", "type", "url", "user", "value",
    "values", "verbose", "version",
})  # fmt: skip
_SIMILAR = 0.75
_SIMILAR_ALONE = 0.6
_LONGEST_HUNK = 400
_LONGEST_LINE = 300
_MOST_CANDIDATES = 40
_MOST_FILES = 200
_LITERAL_LINES = 40
_SECTION_LINES = 200
_SETTINGS = re.compile(r"conf|setting|default|option|pref|param", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KeyRename:
    """`new` is '' when the key was only removed. `line` is where `new` stands at head, or 0; `base_line` where `old` stood.

    `section` is the name of the part of a configuration file in which the key stood.
    """

    kind: KeyKind
    old: str
    new: str
    role: Role
    hunk: Hunk
    path: str
    base_path: str
    base_line: int
    line: int
    section: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A line that names a key."""

    path: str
    line: int
    text: str
    mention: Mention


def key_renames(graph: Graph, hunk: Hunk) -> Iterator[KeyRename]:
    """The distinctive keys that a hunk renames, and those that it only stops declaring."""
    if not hunk.removed or hunk.added + hunk.removed > _LONGEST_HUNK or is_test(hunk.path) or is_docs(hunk.path):
        return
    base_path = base_path_of(graph, hunk)
    before = list(_named(graph, base_path, "base", hunk.removed_lines()))
    if not before:
        return
    after = list(_named(graph, hunk.path, "head", hunk.added_lines()))
    had = {(p.mention.kind, p.mention.name) for p in before}
    has = {(p.mention.kind, p.mention.name) for p in after}
    taken: set[tuple[str, str]] = set()
    done: set[tuple[str, str]] = set()
    for old in before:
        kind, name = old.mention.kind, old.mention.name
        if (kind, name) in has or (kind, name) in done or not distinctive(kind, name):
            continue
        done.add((kind, name))
        fresh = [
            p for p in after
            if p.mention.kind == kind and p.mention.role == old.mention.role and (kind, p.mention.name) not in had | taken
        ]  # fmt: skip
        new = None if _in_other_literal(graph, old) else _successor(old, fresh)
        if new is not None:
            taken.add((kind, new.mention.name))
        if new is not None or _is_declared(old):
            section = "" if format_of(base_path) == "source" else section_of(graph.lines(base_path, "base"), old.line)
            successor, line = (new.mention.name, new.line) if new else ("", 0)
            yield KeyRename(
                kind, name, successor, old.mention.role, hunk, hunk.path, base_path, old.line, line, section
            )


def _is_declared(old: Place) -> bool:
    """Whether the mere removal of this line can leave a reader behind: a flag's declaration, a key of a configuration file."""
    if old.mention.role != "given" or old.mention.kind == "environment variable":
        return False
    return (old.mention.kind == "configuration key") != (format_of(old.path) == "source")


def distinctive(kind: KeyKind, name: str) -> bool:
    """Whether a name says enough that the same name elsewhere may mean the same key. Of a flag, the command says it."""
    if kind == "command-line flag":
        return True
    if name.lower() in COMMON or _WELL_KNOWN.match(name):
        return False
    words = words_of(name)
    if kind == "environment variable":
        return "_" in name.strip("_")
    return (len(words) > 1 and len(name) >= 6) or len(name) >= 10


def places(graph: Graph, kind: KeyKind, name: str, side: Side) -> list[Place] | None:
    """All lines of a side that name a key; None when there are too many files to tell anything."""
    paths = set(graph.search(name, side))
    if kind == "command-line flag":
        paths |= set(graph.search(f"--{name}", side))
    if len(paths) > _MOST_FILES:
        return None
    found: list[Place] = []
    last = name.rpartition(".")[2]
    for path in sorted(paths):
        lines = ((n, t) for n, t in enumerate(graph.lines(path, side), 1) if last in t)
        found += [
            p
            for p in _named(graph, path, side, lines)
            if p.mention.kind == kind and _same_key(kind, p.mention.name, name)
        ]
    return found


def _same_key(kind: KeyKind, one: str, other: str) -> bool:
    if kind == "configuration key":
        return one.rpartition(".")[2] == other.rpartition(".")[2]
    return one == other


def _named(graph: Graph, path: str, side: Side, lines: Iterator[tuple[int, str]]) -> Iterator[Place]:
    source = format_of(path) == "source"
    for number, text in lines:
        for mention in mentions(path, text.rstrip("\r")):
            quoted = source and mention.kind == "command-line flag" and mention.role == "taken"
            declared = quoted and is_declaration(graph.lines(path, side), number)
            yield Place(path, number, text, Mention(mention.kind, mention.name, "given") if declared else mention)


def section_of(lines: Sequence[str], line: int) -> str:
    """The key or table under which a line of a configuration file stands; '' at its top level."""
    text = lines[line - 1]
    indent = len(text) - len(text.lstrip())
    for above in reversed(lines[max(0, line - _SECTION_LINES) : line - 1]):
        table = re.match(r"\s*\[+['\"]?(?:[\w.-]*\.)?([\w-]+)['\"]?\]+", above)
        if table:
            return table[1]
        outer = re.match(r"\s*(?:-\s+)?['\"]?([\w-]+)['\"]?\s*:\s*[{\[]?\s*$", above)
        if outer and len(above) - len(above.lstrip()) < indent:
            return outer[1]
    return ""


def _in_other_literal(graph: Graph, place: Place) -> bool:
    """Whether a quoted key in source stands in a literal that nothing around it calls settings: any mapping has keys."""
    if place.mention.kind != "configuration key" or place.mention.role != "given" or format_of(place.path) != "source":
        return False
    lines = graph.lines(place.path, "base")
    indent = len(place.text) - len(place.text.lstrip())
    for text in reversed(lines[max(0, place.line - _LITERAL_LINES) : place.line - 1]):
        if text.strip() and len(text) - len(text.lstrip()) < indent:
            return not _SETTINGS.search(text)
    return not _SETTINGS.search(place.text)


def _successor(old: Place, fresh: Sequence[Place]) -> Place | None:
    """The added line that is the removed one with another key name."""
    best: tuple[float, Place] | None = None
    for new in fresh[:_MOST_CANDIDATES]:
        if old.text.replace(old.mention.name, new.mention.name).strip() == new.text.strip():
            return new
        alone = len(fresh) == 1 and old.mention.kind == "command-line flag"
        if not alone and set(words_of(old.mention.name)).isdisjoint(words_of(new.mention.name)):
            continue
        if len(old.text) > _LONGEST_LINE or len(new.text) > _LONGEST_LINE:
            continue
        score = SequenceMatcher(None, old.text.strip(), new.text.strip(), autojunk=False).ratio()
        if score >= (_SIMILAR_ALONE if alone else _SIMILAR) and (best is None or score > best[0]):
            best = score, new
    return best[1] if best else None


def for_users(path: str) -> bool:
    """Whether a mention there keeps a key alive: not in tests, documentation or examples."""
    return not (is_test(path) or is_docs(path) or is_example(path))
