"""Names in a change's two trees: where they are defined, who mentions them, and which definition a use leads to.

Every question about a name has a complete answer: a text search finds the files that contain it, and only those are parsed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial

from rao_review.graph.facts import Definition, FileFacts, Import, Use
from rao_review.graph.files import Files
from rao_review.graph.importers import Importers
from rao_review.graph.model import DefinitionRef, ResolvedUse
from rao_review.graph.modules import SCRIPT_LANGUAGES, Modules
from rao_review.graph.places import Resolution
from rao_review.graph.resolve import Resolver
from rao_review.graph.store import Store
from rao_review.graph.words import WordIndex
from rao_review.types import ChangeSet, Side, Tree

_LAZY = frozenset({"type_only", "guarded", "dynamic"})
_MOST_STARS_DEEP = 4
PASSING_ON = frozenset({"python", "java"}) | SCRIPT_LANGUAGES
"""Languages in which a file can be asked for what it imports itself."""


class Names(Files):
    """Questions about names. The arguments are those of `Files`."""

    def __init__(self, change: ChangeSet, base: Tree, head: Tree, store: Store) -> None:
        super().__init__(change, base, head, store)
        self._tables: dict[tuple[str, Side], dict[str, list[Definition]]] = {}
        self._words = WordIndex()
        self._uses: dict[tuple[str, str, Side, Side], Sequence[ResolvedUse]] = {}
        self._needs: dict[tuple[str, Side], Mapping[str, Sequence[tuple[Import, DefinitionRef]]]] = {}
        self._importers = Importers(self._search, self._sources)

    # ── look-up ──────────────────────────────────────────────────────────────────────────────────────────

    def find(self, names: Iterable[str]) -> None:
        """Searches head for names not searched before, and indexes what the files that contain them say of them.

        Every question about a name does this by itself; asking for many names at once is much cheaper.
        """
        wanted = frozenset(name for name in names if name not in self._words)
        if not wanted:
            return
        survey = self._sources.survey(wanted)
        self._words.begin(wanted)
        for path, held in sorted(survey.containing.items()):
            facts = survey.facts.mentioning(path, held)
            if facts is not None:
                self._sources.note_unknown(path, facts)
            self._words.add(path, held, facts)

    def lost_names(self, base_path: str, heir: str = "") -> set[str]:
        """The names that a module had at base for others to import, without defining them, and no longer has at head. With
        `heir`, the file that has the module's name at head, those that this one does not bind, the module's own definitions too."""
        before = self.scope_facts(base_path, "base")
        if before is None or before.language not in PASSING_ON:
            return set()
        own = set() if heir else {d.name for d in before.definitions if "." not in d.qualname}
        after = self.scope_facts(heir or self._to_head.get(base_path, ""), "head")
        kept = {item.module for item in after.imports if item.is_star} if after is not None else set()
        passed_on = before.imports if before.language != "java" else ()
        stars = [item for item in passed_on if item.is_star and item.module not in kept]
        lost = _bound(before).union(*(self._given_by_star(base_path, star, 0) for star in stars))
        return lost - own - (_bound(after) if after is not None else set())

    def _given_by_star(self, path: str, star: Import, depth: int) -> set[str]:
        """The names that a file of base has of another one whose names it takes as a whole."""
        names: set[str] = set()
        for place in self.resolution(path, "base", star).chain[:1]:
            for source in place.files if depth < _MOST_STARS_DEEP else ():
                facts = self.scope_facts(source, "base")
                if facts is not None:
                    onward = (self._given_by_star(source, item, depth + 1) for item in facts.imports if item.is_star)
                    names |= _given(facts).union(*onward)
        return names

    def definitions(self, name: str, side: Side, path: str | None = None) -> Sequence[DefinitionRef]:
        """Definitions with this simple or qualified name, in all files or in one."""
        if path is not None:
            return [DefinitionRef(path, side, found) for found in self._named(path, side).get(name, ())]
        word = name.rpartition(".")[2]
        self.find([word])
        found = [r for r in self._words[word].definitions if name in (r.definition.name, r.definition.qualname)]
        if side == "head":
            return found
        found = [r._replace(side="base") for r in found if self._sources.is_unchanged(r.path)]
        return found + [
            DefinitionRef(path, "base", definition)
            for path, definition in self._base_definitions.get(word, ())
            if name in (definition.name, definition.qualname)
        ]

    def _named(self, path: str, side: Side) -> Mapping[str, Sequence[Definition]]:
        """The definitions of one file by simple and by qualified name."""
        table = self._tables.get((path, side))
        if table is None:
            table = self._tables[path, side] = defaultdict(list)
            facts = self.scope_facts(path, side)
            for definition in facts.definitions if facts else ():
                table[definition.name].append(definition)
                if definition.qualname != definition.name:
                    table[definition.qualname].append(definition)
        return table

    @cached_property
    def _base_definitions(self) -> Mapping[str, Sequence[tuple[str, Definition]]]:
        """The definitions of the changed files at base, by simple name, each with its path."""
        found: dict[str, list[tuple[str, Definition]]] = defaultdict(list)
        for path in sorted(self._changed["base"]):
            facts = self.scope_facts(path, "base")
            for definition in facts.definitions if facts else ():
                found[definition.name].append((path, definition))
        return found

    def mentions(self, name: str, side: Side, path: str | None = None) -> Sequence[tuple[str, Use | Import]]:
        """Uses and imports of the bare name, unresolved, in all files or in one."""
        if path is not None:
            facts = self.facts(path, side)
            return [] if facts is None else [(path, m) for m in _mentions(facts, name)]
        self.find([name])
        found = self._words[name].mentions
        if side == "head":
            return found
        found = [(p, m) for p, m in found if self._sources.is_unchanged(p)]
        return found + [m for p in self._mentioning.get(name, ()) for m in self.mentions(name, "base", p)]

    @cached_property
    def _mentioning(self) -> Mapping[str, Sequence[str]]:
        """The changed files of base that mention a name, by name: so that a look-up reads no others."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._changed["base"]):
            if facts := self.facts(path, "base"):
                for name in {u.name for u in facts.uses}.union(*(item.words for item in facts.imports)):
                    found[name].append(path)
        return found

    def imports_of(self, name: str) -> Sequence[tuple[str, Import]]:
        """The imports of head among the mentions of a name."""
        return self._words[name].imports if name in self._words else self._importers.imports_of(name)

    def imports_from(self, path: str, name: str) -> Sequence[tuple[str, Import]]:
        """The imports of a name at head that may mean the module in the file `path`."""
        return self._importers.imports_from(path, name)

    # ── resolution ───────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _resolvers(self) -> dict[Side, Resolver]:
        base, head = (Modules(t.entries().keys(), t.read) for t in (self.base, self.head))
        return {
            "base": Resolver(
                partial(self.scope_facts, side="base"), base, head, partial(self.scope_facts, side="head")
            ),
            "head": Resolver(
                partial(self.scope_facts, side="head"), head, base, partial(self.scope_facts, side="base")
            ),
        }

    def resolver(self, side: Side) -> Resolver:
        """Name look-up on one side."""
        return self._resolvers[side]

    def resolution(self, path: str, side: Side, mention: Use | Import) -> Resolution:
        """The look-up chain of a use or an import."""
        if isinstance(mention, Import):
            return self._resolvers[side].imported(path, mention)
        return self._resolvers[side].resolve(path, mention.name, mention.receiver, mention.scope)

    def _stays(self, path: str, side: Side, name: str) -> bool:
        return self._resolvers[side].stays(path, name)

    def resolve(self, path: str, side: Side, use: Use) -> Sequence[DefinitionRef]:
        """The definitions a use leads to on its side; () when unknown."""
        for place in self.resolution(path, side, use).chain:
            found = self._resolvers[side].definitions(place)
            if found:
                return [DefinitionRef(p, side, d) for p, d in found]
        return ()

    def leads_to(self, resolution: Resolution, side: Side, reference: DefinitionRef) -> bool:
        """Whether a definition's own place is in a chain of `side`. Renamed files count as one place."""
        paths = self._same_file(reference, side)
        qualname = reference.definition.qualname
        return any(place.qualname == qualname and not paths.isdisjoint(place.files) for place in resolution.chain)

    def read_needed(self, paths: Iterable[str], side: Side) -> None:
        """Reads in one go what `needs` will look at for these files."""
        resolver = self._resolvers[side]
        wanted = {
            file
            for path in paths
            if (path, side) not in self._needs and (facts := self.scope_facts(path, side))
            for item in facts.imports
            if _is_needed(item)
            for file in resolver.files(path, item)
        }
        self._sources.read(wanted, side)

    def needs(self, path: str, side: Side) -> Mapping[str, Sequence[tuple[Import, DefinitionRef]]]:
        """The names that a file imports while it is loaded, and that another file of the repository defines itself: by that file."""
        key = (path, side)
        if key not in self._needs:
            found: dict[str, list[tuple[Import, DefinitionRef]]] = defaultdict(list)
            facts = self.scope_facts(path, side)
            for item in facts.imports if facts else ():
                needed = self.need(path, side, item)
                if needed is not None:
                    found[needed.path].append((item, needed))
            self._needs[key] = found
        return self._needs[key]

    def need(self, path: str, side: Side, item: Import) -> DefinitionRef | None:
        """What one import of a file asks another file of the repository for while it is loaded."""
        if not _is_needed(item):
            return None
        chain = self.resolution(path, side, item).chain
        if chain and chain[0].qualname == item.name and len(chain[0].files) == 1 and chain[0].files[0] != path:
            for found, definition in self._resolvers[side].definitions(chain[0])[:1]:
                return DefinitionRef(found, side, definition)
        return None

    def uses_of(self, reference: DefinitionRef, side: Side = "head") -> Sequence[ResolvedUse]:
        """Uses of a definition on a side; a definition that is only at base can have stale uses at head. Imports are in `mentions`."""
        key = (reference.path, reference.definition.qualname, reference.side, side)
        if key not in self._uses:
            self._uses[key] = list(self._uses_of(reference, side))
        return self._uses[key]

    def _uses_of(self, reference: DefinitionRef, side: Side) -> Iterator[ResolvedUse]:
        name = reference.definition.name
        alone: bool | None = None  # asked only when some use is in doubt
        for path, mention in self.mentions(name, side):
            if isinstance(mention, Import):
                continue
            resolution = self.resolution(path, side, mention)
            if self.leads_to(resolution, side, reference):
                yield ResolvedUse(
                    path, side, mention, "ambiguous" if self._is_one_of_many(reference, side) else "resolved"
                )
            elif resolution.open and not any(map(self._resolvers[side].definitions, resolution.chain)):
                alone = self._alone(reference) if alone is None and mention.receiver else alone
                yield ResolvedUse(path, side, mention, "unique" if alone and mention.receiver else "ambiguous")
        yield from self._aliased_uses(reference, side)

    def _is_one_of_many(self, reference: DefinitionRef, side: Side) -> bool:
        """Whether a local definition shares its qualified name with others of its file: locals of several functions without a name."""
        if "local" not in reference.definition.flags:
            return False
        qualname, paths = reference.definition.qualname, self._same_file(reference, side)
        here = [
            d for path in paths for d in self.definitions(qualname, side, path) if d.definition.qualname == qualname
        ]
        return len(here) > 1

    def _aliased_uses(self, reference: DefinitionRef, side: Side) -> Iterator[ResolvedUse]:
        """Uses at head under another name: `from m import f as g`."""
        for path, use in self._words[reference.definition.name].aliased if side == "head" else ():
            if self.leads_to(self.resolution(path, side, use), side, reference):
                yield ResolvedUse(path, side, use, "resolved")

    def _alone(self, reference: DefinitionRef) -> bool:
        """Whether no other definition of either side has this name."""
        name = reference.definition.name
        places = {(r.path, r.definition.qualname) for s in ("base", "head") for r in self.definitions(name, s)}
        paths = self._same_file(reference, "head") | self._same_file(reference, "base")
        return all(path in paths and qualname == reference.definition.qualname for path, qualname in places)


def _is_needed(item: Import) -> bool:
    """Whether an import asks for a name while its file is loaded."""
    return item.name not in ("", "*") and "toplevel" in item.flags and _LAZY.isdisjoint(item.flags)


def _given(facts: FileFacts) -> set[str]:
    """The module-level names that a file gives to one that takes them as a whole."""
    if facts.language in SCRIPT_LANGUAGES:
        own = {d.name for d in facts.definitions if "." not in d.qualname and "exported" in d.flags}
        return own | {name for name in facts.exports or () if name != "default"}
    return set(facts.exports) if facts.exports is not None else {n for n in _bound(facts) if not n.startswith("_")}


def _bound(facts: FileFacts) -> set[str]:
    """The module-level names that a file binds for others to use."""
    names = {d.name for d in facts.definitions if "." not in d.qualname and d.kind != "module"}
    if facts.language in SCRIPT_LANGUAGES:  # also what it exports under another name, or as a member of a whole
        names |= {name for name in facts.exports or () if name != "default"}
    return names | {i.alias for i in facts.imports if i.alias and "." not in i.alias and "toplevel" in i.flags}


def _mentions(facts: FileFacts, name: str) -> Iterator[Use | Import]:
    for use in facts.uses:
        if use.name == name:
            yield use
    for item in facts.imports:
        if name in item.words:
            yield item
