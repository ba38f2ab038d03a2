"""`linguist-generated` and `linguist-vendored` from the `.gitattributes` of the base side: a change cannot hide its own files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rao_review.diff.globs import compile_glob, subject
from rao_review.diff.paths import unquote
from rao_review.diff.tree import SizedTree
from rao_review.errors import UsageError

GENERATED = "linguist-generated"
VENDORED = "linguist-vendored"
_FILE = ".gitattributes"
_MAX_BYTES = 1 << 20
_OFF = frozenset({"false", "off", "no", "0"})

Rule = tuple[Any, Mapping[str, bool | None]]


def linguist_attributes(base: SizedTree, paths: Iterable[str]) -> dict[str, dict[str, bool]]:
    """What the base side's attribute files say of each path: {path: {attribute: set or unset}}; silent paths are left out.

    Only the files in the folders above the paths are read, the nearest one having the last word, as in git.
    """
    paths = list(paths)
    folders = {folder for path in paths for folder in _above(path)}
    rules = _rules(base, folders)
    if not rules:
        return {}
    said = {}
    for path in paths:
        found: dict[str, bool] = {}
        for folder in _above(path):
            below = subject(path[len(folder) :])
            for matcher, attributes in rules.get(folder, ()):
                if matcher.fullmatch(below):
                    _update(found, attributes)
        if found:
            said[path] = found
    return said


def _above(path: str) -> list[str]:
    """The folders above `path`, outermost first, each '' or ending in '/'."""
    return ["", *(path[: at + 1] for at, character in enumerate(path) if character == "/")]


def _update(found: dict[str, bool], attributes: Mapping[str, bool | None]) -> None:
    for name, value in attributes.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value


def _rules(base: SizedTree, folders: Iterable[str]) -> dict[str, list[Rule]]:
    entries = base.entries()
    files = [f"{folder}{_FILE}" for folder in sorted(folders)]
    present = [path for path in files if path in entries and entries[path].kind in ("file", "executable")]
    small = [path for path in present if (base.size(path) or 0) <= _MAX_BYTES]
    rules = {}
    for path, content in base.read_many(small):
        text = (content or b"").decode("utf-8", "surrogateescape")
        parsed = [rule for line in text.split("\n") if "linguist-" in line and (rule := _rule(line))]
        if parsed:
            rules[path.removesuffix(_FILE)] = parsed
    return rules


def _rule(line: str) -> Rule | None:
    line = line.strip()
    if line.startswith('"') and (end := line.find('"', 1)) > 0:
        pattern, words = unquote(line[: end + 1]), line[end + 1 :].split()
    else:
        pattern, *words = line.split()
    attributes = {name: value for word in words for name, value in [_setting(word)] if name in (GENERATED, VENDORED)}
    if not attributes or pattern.startswith(("#", "!")):
        return None
    try:
        return compile_glob(pattern, below=False), attributes
    except UsageError:  # git, too, takes a malformed pattern for one that matches nothing
        return None


def _setting(word: str) -> tuple[str, bool | None]:
    if word.startswith("-"):
        return word[1:], False
    if word.startswith("!"):
        return word[1:], None
    name, has_value, value = word.partition("=")
    return name, not (has_value and value.lower() in _OFF)
