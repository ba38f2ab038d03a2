"""What the dependency graph tells a node about its hunks: changed definitions with the places that use them, and what they use.

This is how a changed definition and its stale use come into one prompt though they lie in different files, one of them perhaps
outside the diff. What matters most comes first, so that a tight budget cuts the least: uses that may be stale, of every changed
definition some before of any all; then the rest, names that are gone before changed headers, those before changed bodies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from rao_review.graph.facts import Import, Use
from rao_review.graph.graph import Graph
from rao_review.graph.languages import language_of
from rao_review.graph.model import DefinitionChange, DefinitionRef
from rao_review.graph.modules import SCRIPT_LANGUAGES
from rao_review.types import Side

_ORDER = ("removed", "renamed", "moved", "signature", "body", "added")
_GONE = ("removed", "renamed", "moved")
_BROKEN = (*_GONE, "signature")
_MOST_USES = {"removed": 60, "renamed": 60, "moved": 40, "signature": 60, "body": 4, "added": 0}
_MOST_AMBIGUOUS = 12
_MOST_LOST = 100
_FIRST = 3
_LINE = 400
_MEMBERS = ("method", "field", "property")
_RARE = 12
_ELSEWHERE = "used here, changed elsewhere: "
# Languages of which one uses the other's names.
_TOGETHER = (SCRIPT_LANGUAGES, frozenset({"java", "kotlin", "scala"}), frozenset({"c", "cpp"}))
_Place = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know: a headline, and source lines as proof, the most telling first. `rank` orders facts, small first;
    `untouched` are how many of the lines the change has left as they were, those by name only not counted; `stale` are how many of
    the first lines may no longer fit the definition, `perhaps` how many after them name what is gone, of whatever class."""

    rank: int
    headline: str
    lines: tuple[str, ...]
    untouched: int = 0
    stale: int = 0
    perhaps: int = 0


class FactFinder:
    """Finds the facts about hunks.

    Args:
        graph: where they come from.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._home: dict[str, list[DefinitionChange]] = {}
        # All at once, since every search goes through the whole repository.
        graph.find({change.name for change in graph.changes() if change.kind != "added"})
        for change in graph.changes():
            for hunk in change.hunks:
                self._home.setdefault(hunk, []).append(change)
        self._found: dict[tuple[str, ...], tuple[Fact, ...]] = {}

    def text(self, hunks: Sequence[str], room: int, size: Callable[[str], int], most: int = 0) -> str:
        """The facts about these hunks in at most `room` tokens by `size`; '' when there is nothing to say. With `most`, uses that may
        be stale take more than `room` where they need it, up to this."""
        facts = self._facts(hunks)
        text = _Text(facts, size, max(room, most))
        for wanted in ([fact.stale for fact in facts], [fact.stale + fact.perhaps for fact in facts]):
            for lines in range(_FIRST, max(wanted, default=0) + _FIRST, _FIRST):
                for number, count in enumerate(wanted):
                    if count > lines - _FIRST:
                        text.take(number, min(lines, count))
        text.left -= max(most - room, 0)
        for number in range(len(facts)):
            text.take(number, _FIRST)
        for number, fact in enumerate(facts):
            text.take(number, len(fact.lines))
        return text.written()

    def _facts(self, hunks: Sequence[str]) -> tuple[Fact, ...]:
        key = tuple(hunks)
        if key not in self._found:
            facts = [*self._own_changes(key), *self._needed_changes(key)]
            self._found[key] = tuple(sorted(facts, key=_weight))
        return self._found[key]

    # ── what these hunks change ──────────────────────────────────────────────────────────────────────────

    def _own_changes(self, hunks: Sequence[str]) -> Iterator[Fact]:
        inside = frozenset(hunks)
        seen: set[int] = set()
        for hunk in hunks:
            for change in self._home.get(hunk, ()):
                if id(change) not in seen and change.kind != "added":
                    seen.add(id(change))
                    places, doubtful = self._uses(change, inside)
                    if places or change.kind in _BROKEN:
                        lines = (
                            f"{'perhaps ' if p in doubtful else ''}used at {self._source(p[1], 'head', p[2])}"
                            for p in places
                        )
                        headline = _headline(change)
                        sure = [p for p in places if p not in doubtful]
                        untouched = sum(1 for p in sure if not p[0])
                        stale = len(sure) if change.kind in _GONE else untouched if change.kind in _BROKEN else 0
                        perhaps = len(places) - len(sure) if change.kind in _GONE else 0
                        yield Fact(_ORDER.index(change.kind), headline, tuple(lines), untouched, stale, perhaps)

    def _uses(self, change: DefinitionChange, inside: frozenset[str]) -> tuple[list[_Place], set[_Place]]:
        """Places that use the definition and are not shown in the hunks themselves, untouched ones first; and those of them in doubt."""
        reference = change.base or change.head
        assert reference is not None
        sure: set[_Place] = set()
        doubtful: set[_Place] = set()
        for use in self._graph.uses_of(reference):
            place = self._place(use.path, use.use.line, inside)
            if place is not None:
                (doubtful if use.confidence == "ambiguous" else sure).add(place)
        if change.kind in _GONE:
            sure.update(self._importing(reference, inside))
        if change.kind in _BROKEN:
            sure.update(self._lost(reference, change.kind in _GONE, frozenset((p, n) for _, p, n in sure)))
            doubtful.update(self._namesakes(reference, inside))
        doubtful = {place for place in doubtful if _may_use(place[1], reference.path)}
        home = reference.path.rpartition("/")[0]

        def nearness(place: _Place) -> tuple[int, int, str, int]:
            return place[0], 0 if place[1].startswith(home) else 1, place[1], place[2]

        most = _MOST_USES[change.kind]
        chosen = _spread(sorted(sure, key=nearness))[:most]
        doubtful -= sure
        # `__init__` and the like are names of everybody's.
        if change.kind in _BROKEN and not change.name.startswith("__"):
            chosen += _spread(sorted(doubtful, key=nearness))[: min(_MOST_AMBIGUOUS, most - len(chosen))]
        return chosen, doubtful

    def _importing(self, reference: DefinitionRef, inside: frozenset[str]) -> Iterator[_Place]:
        """Imports of the definition, and those of its name that lead nowhere."""
        for path, mention in self._graph.mentions(reference.definition.name, "head"):
            if isinstance(mention, Import):
                place = self._place(path, mention.line, inside)
                resolution = self._graph.resolution(path, "head", mention)
                if place is not None and (self._graph.leads_to(resolution, "head", reference) or not resolution.chain):
                    yield place

    def _lost(self, reference: DefinitionRef, imports: bool, known: frozenset[tuple[str, int]]) -> Iterator[_Place]:
        """Lines that are as they were and led to the definition at base, while at head nothing leads there any more: what they
        went through (an import, a re-export, a base class) is gone too. `imports` of the name are looked at on demand."""
        if reference.side != "base":
            return
        name = reference.definition.name
        before: dict[str, dict[int, tuple[str, int]]] = defaultdict(dict)
        for path, mention in self._graph.mentions(name, "head"):
            if (path, mention.line) in known or not self._leads_nowhere(path, mention, imports):
                continue
            if then := self._graph.other_line(path, "head", mention.line):
                before[then[0]][then[1]] = path, mention.line
        for old_path, lines in islice(before.items(), _MOST_LOST):
            for line in self._leading(old_path, frozenset(lines), reference):
                yield 0, *lines[line]

    def _namesakes(self, reference: DefinitionRef, inside: frozenset[str]) -> Iterator[_Place]:
        """Where a rare name of a class's member stands for another class: an interface that it fulfilled, calls through that."""
        definition = reference.definition
        if definition.kind not in _MEMBERS:
            return
        places = {(path, mention.line) for path, mention in self._graph.mentions(definition.name, "head")}
        places |= {(r.path, r.definition.line) for r in self._graph.definitions(definition.name, "head")}
        if len(places) <= _RARE:
            yield from filter(None, (self._place(path, line, inside) for path, line in places))

    def _leads_nowhere(self, path: str, mention: Use | Import, imports: bool) -> bool:
        """Whether a mention at head is of a name that should be known there, and is not."""
        if isinstance(mention, Import):
            if not imports:
                return False
            receiver = ""
        else:
            receiver = mention.receiver
        chain = self._graph.resolution(path, "head", mention).chain
        return bool(chain or not receiver) and not any(map(self._graph.resolver("head").definitions, chain))

    def _leading(self, path: str, lines: frozenset[int], reference: DefinitionRef) -> Iterator[int]:
        """Those lines of a file of base on which the definition's name led to it."""
        name = reference.definition.name
        facts = self._graph.scope_facts(path, "base")
        imports = [i for i in facts.imports if i.name == name and i.line in lines] if facts else []
        uses = [u for u in self._graph.uses_on(path, "base", lines) if u.name == name and u.line in lines]
        mentions: list[Use | Import] = [*imports, *uses]
        for mention in mentions:
            if self._graph.leads_to(self._graph.resolution(path, "base", mention), "base", reference):
                yield mention.line

    def _place(self, path: str, line: int, inside: frozenset[str]) -> _Place | None:
        """(0 untouched or 1 touched by the change, path, line); None when it stands in the hunks that are shown."""
        hunk = self._graph.hunk_at(path, "head", line)
        if hunk is not None and hunk.id in inside:
            return None
        return (0 if hunk is None else 1), path, line

    # ── what these hunks need ────────────────────────────────────────────────────────────────────────────

    def _needed_changes(self, hunks: Sequence[str]) -> Iterator[Fact]:
        """Definitions that other hunks change and these use: their header before and after."""
        inside = frozenset(hunks)
        wanted: dict[tuple[str, str], None] = {}
        for edge in self._graph.neighbours(hunks):
            if edge.source in inside:
                wanted[edge.target, edge.name] = None
        seen: set[int] = set()
        for target, name in wanted:
            for change in self._home.get(target, ()):
                if change.name == name and id(change) not in seen:
                    seen.add(id(change))
                    rank = _ORDER.index(change.kind) if change.kind in _BROKEN else len(_ORDER) + 1
                    yield Fact(rank, f"{_ELSEWHERE}{_headline(change)}", ())

    def _source(self, path: str, side: Side, line: int) -> str:
        lines = self._graph.lines(path, side)
        text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return f"{path}:{line}: {text[:_LINE]}"


def _weight(fact: Fact) -> tuple[int, int]:
    """What may have stale uses comes first, then broken headers that these hunks use, what has only touched uses or none last; then
    by rank."""
    needed = fact.headline.startswith(_ELSEWHERE)
    if fact.stale:
        order = 0
    elif needed and fact.rank < len(_BROKEN):
        order = 1
    elif fact.untouched:
        order = 2
    else:
        order = 3 if fact.lines or needed else 4
    return order, fact.rank


def _may_use(path: str, home: str) -> bool:
    """Whether the languages of two files know each other's names."""
    one, other = language_of(path), language_of(home)
    return one == other or any(one in family and other in family for family in _TOGETHER)


class _Text:
    """Facts as far as they fit: `take` asks for a fact's first lines, `left` are the tokens that are not yet spent."""

    def __init__(self, facts: Sequence[Fact], size: Callable[[str], int], left: int) -> None:
        self.left = left
        self._facts = facts
        self._size = size
        self._taken: dict[int, int] = {}

    def take(self, number: int, count: int) -> None:
        """The fact's headline and its first `count` lines, those that are not there yet, in order while they fit."""
        fact = self._facts[number]
        if number not in self._taken:
            if not self._pay(fact.headline):
                return
            self._taken[number] = 0
        for line in fact.lines[self._taken[number] : count]:
            if not self._pay(line):
                return
            self._taken[number] += 1

    def _pay(self, text: str) -> bool:
        cost = self._size(text) + 1
        if cost > self.left:
            return False
        self.left -= cost
        return True

    def written(self) -> str:
        shown: list[str] = []
        for number, count in sorted(self._taken.items()):
            fact = self._facts[number]
            shown += [fact.headline, *(f"  {line}" for line in fact.lines[:count])]
            if count < len(fact.lines):
                shown.append("  …")
        dropped = len(self._facts) - len(self._taken)
        if dropped:
            shown.append(f"({dropped} more facts do not fit: ask with `symbol` or `neighbours`)")
        return "\n".join(shown)


def _headline(change: DefinitionChange) -> str:
    """What happened to a definition, with its header on both sides where it differs."""
    before, after = change.base, change.head
    if before is not None and after is not None:
        same = before.definition.signature == after.definition.signature and before.path == after.path
        if same:
            return (
                f"{change.kind} changed: {_where(after)}"
                if change.kind == "body"
                else f"{change.kind}: {_where(after)}"
            )
        return f"{change.kind} changed: - {_where(before)}\n  + {_where(after)}"
    reference = before or after
    assert reference is not None
    return f"{change.kind}: {'- ' if before is not None else '+ '}{_where(reference)}"


def _where(reference: DefinitionRef) -> str:
    definition = reference.definition
    return f"{reference.path}:{definition.line}: {(definition.signature or definition.qualname)[:_LINE]}"


def _spread(places: Sequence[_Place]) -> list[_Place]:
    """Of each kind of place, first one of every file, then the second ones, and so on: one busy file does not hide the others."""
    spread: list[_Place] = []
    for touched in (0, 1):
        by_file: dict[str, list[_Place]] = {}
        for place in places:
            if place[0] == touched:
                by_file.setdefault(place[1], []).append(place)
        for row in zip_longest(*by_file.values()):
            spread.extend(p for p in row if p is not None)
    return spread
