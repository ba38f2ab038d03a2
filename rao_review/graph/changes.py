"""What a change did to definitions: both sides of each changed file, matched by qualified name, then by content."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from rao_review.graph.facts import Definition, FileFacts
from rao_review.graph.importers import module_word, stem
from rao_review.graph.model import ChangeKind, DefinitionChange, DefinitionRef
from rao_review.types import FileChange, Hunk, Side

_MIN_COPY_LINES = 3
_IMPORTING = (".cjs", ".js", ".jsx", ".mjs", ".mts", ".py", ".pyi", ".rs", ".ts", ".tsx")
"""Files of languages in which a name of another file must be imported to be used."""
OVERLOADING = frozenset({"java", "typescript", "tsx"})
"""Languages in which a call chooses among several definitions of one name by its arguments."""
_CONTAINERS = frozenset({"class", "interface", "enum", "module", "type"})


class _Imported:
    """What changed files import at head. The arguments are those of `definition_changes`."""

    def __init__(self, files: Iterable[FileChange], facts: Callable[[str, Side], FileFacts | None]) -> None:
        self._paths = [changed.head_path for changed in files if changed.head_path]
        self._facts = facts

    @cached_property
    def _names(self) -> frozenset[tuple[str, str]]:
        """Imported names, each with the last part of its module."""
        found = (facts for path in self._paths if (facts := self._facts(path, "head")) is not None)
        return frozenset((item.name, _last_part(item.module)) for facts in found for item in facts.imports)

    def follows(self, name: str, path: str) -> bool:
        """Whether some changed file imports a name from what seems to be the module `path`."""
        return any((name, word) in self._names for word in (stem(path), module_word(path)))


def _last_part(module: str) -> str:
    return PurePosixPath(module).name.partition(".")[0] if "/" in module else module.rpartition(".")[2]


class _ChangedLines:
    """The changed lines of one file: sorted numbers and the place of their hunk in `ids`, a side each."""

    __slots__ = ("_base", "_head", "ids")

    def __init__(self, hunks: Sequence[Hunk]) -> None:
        self.ids = [hunk.id for hunk in hunks]
        self._base = _numbered([hunk.removed_lines() for hunk in hunks])
        self._head = _numbered([hunk.added_lines() for hunk in hunks])

    def hunks(self, reference: DefinitionRef, end: int) -> Iterable[int]:
        """The places of the hunks that change something from the start of a definition to the line `end`."""
        numbers, places = self._base if reference.side == "base" else self._head
        return places[bisect_left(numbers, reference.definition.start_line) : bisect_right(numbers, end)]


def _numbered(hunks: Iterable[Iterable[tuple[int, str]]]) -> tuple[Sequence[int], Sequence[int]]:
    rows = [(number, place) for place, lines in enumerate(hunks) for number, _ in lines]
    return [number for number, _ in rows], [place for _, place in rows]


def definition_changes(
    files: Sequence[FileChange], facts: Callable[[str, Side], FileFacts | None]
) -> list[DefinitionChange]:
    """All definition changes of these files, in file order then line order.

    Args:
        files: changed files; skipped ones count too (a definition can move into a vendored file).
        facts: facts of a path on a side.
    """
    changes: list[DefinitionChange] = []
    removed: list[tuple[DefinitionRef, _ChangedLines]] = []
    added: list[tuple[DefinitionRef, _ChangedLines]] = []
    for changed in files:
        base = facts(changed.base_path, "base") if changed.base_path and changed.status != "copied" else None
        head = facts(changed.head_path, "head") if changed.head_path else None
        if base is None and head is None:
            continue
        # Where one side could not be read whole, a definition missing there is not known to be removed or added.
        lines = _ChangedLines(changed.hunks)
        pairs, only_base, only_head = _match(base, head)
        is_renamed = changed.status == "renamed"
        for before, after in pairs:
            if before.digest == after.digest and not is_renamed:
                continue
            old = DefinitionRef(changed.base_path or "", "base", before)
            new = DefinitionRef(changed.head_path or "", "head", after)
            kind = _kind(before, after)
            if kind is not None:
                changes.append(DefinitionChange(kind, old, new, _hunks_of(old, new, lines)))
            elif is_renamed and old.path != new.path and "." not in before.qualname:
                changes.append(DefinitionChange("moved", old, new, _hunks_of(old, new, lines) or tuple(lines.ids[:1])))
        if not (head and head.unknown):
            removed += [(DefinitionRef(changed.base_path or "", "base", d), lines) for d in only_base]
        if not (base and base.unknown):
            added += [(DefinitionRef(changed.head_path or "", "head", d), lines) for d in only_head]
    imported = _Imported(files, facts)
    changes += _copies(removed, added, imported)
    return sorted(changes, key=_order)


def names_to_find(changes: Sequence[DefinitionChange]) -> set[str]:
    """The names whose uses will be asked for: of definitions whose interface changed, and of classes that may have heirs of it.
    What moved with its class is used by way of the class."""
    moved = {(c.base.path, c.base.definition.qualname) for c in changes if c.kind == "moved" and c.base}
    names: set[str] = set()
    for change in changes:
        for reference in (change.base, change.head):
            if reference is None or change.kind == "body":
                continue
            is_new = change.kind == "added"
            if is_new and "abstract" not in reference.definition.flags:
                continue
            if owner := _owner(reference):
                names.add(owner.rpartition(".")[2])
            if not is_new and (change.base is None or (change.base.path, _owner(change.base)) not in moved):
                names.add(reference.definition.name)
    return names


def _owner(reference: DefinitionRef) -> str:
    return reference.definition.qualname.rpartition(".")[0]


def _order(change: DefinitionChange) -> tuple[str, int, str]:
    reference = change.head or change.base
    assert reference is not None
    return reference.path, reference.definition.line, reference.definition.qualname


def _match(
    base: FileFacts | None, head: FileFacts | None
) -> tuple[list[tuple[Definition, Definition]], list[Definition], list[Definition]]:
    """Definitions of the same qualified name on both sides, paired in order; and those of one side only."""
    before, after = _grouped(base), _grouped(head)
    after_language = head.language if head else ""
    pairs: list[tuple[Definition, Definition]] = []
    only_base: list[Definition] = []
    only_head: list[Definition] = []
    for qualname, old in before.items():
        new = after.get(qualname, [])
        if len(old) == 1 == len(new):
            pairs.append((old[0], new[0]))
            continue
        same = {d.digest for d in old} & {d.digest for d in new}
        rest_old = [d for d in old if d.digest not in same]
        rest_new = [d for d in new if d.digest not in same]
        if old and not new:
            only_base += old
        elif len(rest_old) == len(rest_new):
            pairs += zip(rest_old, rest_new, strict=True)
            pairs += [(d, next(n for n in new if n.digest == d.digest)) for d in old if d.digest in same]
        elif after_language in OVERLOADING:
            # Which overload became which cannot be told, but calls have other ones to choose from.
            kept = {header(d) for d in new}
            pairs += [(d, (rest_new or new)[0]) for d in rest_old if header(d) not in kept][:1]
    only_head = [d for qualname, new in after.items() if qualname not in before for d in new]
    return pairs, only_base, only_head


def _grouped(facts: FileFacts | None) -> dict[str, list[Definition]]:
    grouped: dict[str, list[Definition]] = defaultdict(list)
    for definition in facts.definitions if facts else ():
        grouped[definition.qualname].append(definition)
    return grouped


def _kind(before: Definition, after: Definition) -> ChangeKind | None:
    if before.digest == after.digest:
        return None
    if header(before) != header(after):
        return "signature"
    return None if before.kind in _CONTAINERS else "body"


def header(definition: Definition) -> tuple[object, ...]:
    """What users of a definition depend on."""
    flags = frozenset(definition.flags) & {
        "async",
        "generator",
        "static",
        "classmethod",
        "property",
        "abstract",
        "dataclass",
    }
    params = definition.params if definition.kind not in _CONTAINERS or definition.params is not None else None
    return (definition.kind, params, flags, definition.bases, definition.returns, definition.annotation)


def _hunks_of(old: DefinitionRef | None, new: DefinitionRef | None, lines: _ChangedLines) -> tuple[str, ...]:
    """The hunks that change a definition, those that change its header first."""
    headers: set[int] = set()
    all_of_it: set[int] = set()
    for reference in (new, old):
        if reference is not None:
            headers.update(lines.hunks(reference, reference.definition.line))
            all_of_it.update(lines.hunks(reference, reference.definition.end_line))
    return tuple(lines.ids[place] for place in (*sorted(headers), *sorted(all_of_it - headers)))


def _copies(
    removed: list[tuple[DefinitionRef, _ChangedLines]],
    added: list[tuple[DefinitionRef, _ChangedLines]],
    imported: _Imported,
) -> list[DefinitionChange]:
    """Pairs removed definitions with added ones of the same content: renamed (same file) or moved (another file)."""
    by_body: dict[tuple[str, str], list[tuple[DefinitionRef, _ChangedLines]]] = defaultdict(list)
    for reference, lines in added:
        by_body[reference.definition.kind, reference.definition.body_digest].append((reference, lines))
    taken: set[int] = set()
    changes: list[DefinitionChange] = []
    for old, old_lines in removed:
        twin = _twin(old, by_body.get((old.definition.kind, old.definition.body_digest), []), taken, imported)
        if twin is None:
            changes.append(DefinitionChange("removed", old, None, _hunks_of(old, None, old_lines)))
            continue
        new, new_lines = twin
        taken.add(id(new))
        kind: ChangeKind = "moved" if old.definition.name == new.definition.name else "renamed"
        hunks = (*_hunks_of(old, None, old_lines), *_hunks_of(None, new, new_lines))
        changes.append(DefinitionChange(kind, old, new, tuple(dict.fromkeys(hunks))))
    changes += [
        DefinitionChange("added", None, new, _hunks_of(None, new, lines))
        for new, lines in added
        if id(new) not in taken
    ]
    return changes


def _twin(
    old: DefinitionRef, candidates: list[tuple[DefinitionRef, _ChangedLines]], taken: set[int], imported: _Imported
) -> tuple[DefinitionRef, _ChangedLines] | None:
    """The added definition that is the removed one under another name or in another file. Tiny bodies need the same name, and in another
    file an import that followed: `T = TypeVar("T")` stands in many files."""
    free = [c for c in candidates if id(c[0]) not in taken]
    definition = old.definition
    is_tiny = definition.end_line - definition.start_line + 1 < _MIN_COPY_LINES
    same_name = [c for c in free if c[0].definition.name == definition.name]
    if is_tiny and "." not in definition.qualname and old.path.endswith(_IMPORTING):
        same_name = [c for c in same_name if c[0].path == old.path or imported.follows(definition.name, c[0].path)]
    if same_name:
        return min(same_name, key=lambda c: (c[0].path != old.path, c[0].path))
    if is_tiny:
        return None
    here = [c for c in free if c[0].path == old.path]
    return next(iter(here or free), None)
