"""What the files of head say of a name: the index behind the graph's repository-wide questions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from rao_review.graph.facts import FileFacts, Import, Use
from rao_review.graph.model import DefinitionRef


@dataclass(slots=True)
class Word:
    """Everything about one name. `imports` are those among the mentions; `aliased` are uses of a local name that an import of
    it gave."""

    paths: list[str] = field(default_factory=list)
    mentions: list[tuple[str, Use | Import]] = field(default_factory=list)
    imports: list[tuple[str, Import]] = field(default_factory=list)
    definitions: list[DefinitionRef] = field(default_factory=list)
    aliased: list[tuple[str, Use]] = field(default_factory=list)


class WordIndex:
    """Names looked up so far. Adding a file's facts is one pass over them, whatever the number of names."""

    def __init__(self) -> None:
        self._words: dict[str, Word] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._words

    def __getitem__(self, name: str) -> Word:
        return self._words[name]

    def begin(self, names: Collection[str]) -> None:
        """Makes room for new names; their files follow with `add`."""
        self._words.update((name, Word()) for name in names)

    def add(self, path: str, held: Collection[str], facts: FileFacts | None) -> None:
        """What a file says of the names it holds; `facts` is None for a file that is no source."""
        for name in held:
            self._words[name].paths.append(path)
        if facts is None:
            return
        aliases: dict[str, str] = {}
        for item in facts.imports:
            for name in item.words:
                if name in held:
                    self._words[name].mentions.append((path, item))
                    self._words[name].imports.append((path, item))
            if item.name in held and item.alias not in ("", item.name):
                aliases[item.alias] = item.name
        for definition in facts.definitions:
            if definition.name in held:
                self._words[definition.name].definitions.append(DefinitionRef(path, "head", definition))
        for use in facts.uses:
            if use.name in held:
                self._words[use.name].mentions.append((path, use))
            elif use.name in aliases and not use.receiver:
                self._words[aliases[use.name]].aliased.append((path, use))
