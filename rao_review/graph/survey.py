"""What the store answers: facts by path, decoded when they are looked at, and what a tree says of some names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from rao_review.graph.coding import decode, decode_lines, decode_mentions, decode_scopes
from rao_review.graph.facts import FileFacts

_RECENT = 64


class FactsByPath(Mapping[str, FileFacts]):
    """Facts that are decoded when they are looked at; only the last few stay decoded.

    Args:
        encoded: path → language and encoded facts.
        unknown: path → facts that say why there are none.
        read: how to decode; by default everything.
    """

    def __init__(
        self,
        encoded: Mapping[str, tuple[str, bytes]],
        unknown: Mapping[str, FileFacts],
        read: Callable[[bytes], FileFacts] = decode,
    ) -> None:
        self._encoded = encoded
        self._unknown = unknown
        self._read = read
        self._recent: dict[str, FileFacts] = {}

    def mentions(self, names: Collection[str]) -> FactsByPath:
        """The same files with only what speaks of `names`; see `coding.decode_mentions`."""
        return FactsByPath(self._encoded, self._unknown, partial(decode_mentions, names=frozenset(names)))

    def scopes(self) -> FactsByPath:
        """The same files without their uses."""
        return FactsByPath(self._encoded, self._unknown, decode_scopes)

    def on_lines(self, path: str, lines: Container[int]) -> FileFacts:
        """Of one file the uses on these lines, and its imports."""
        if path in self._unknown:
            return self._unknown[path]
        return self._decode(path, partial(decode_lines, lines=lines))

    def __getitem__(self, path: str) -> FileFacts:
        if path in self._unknown:
            return self._unknown[path]
        facts = self._recent.pop(path, None) or self._decode(path, self._read)
        if len(self._recent) >= _RECENT:
            self._recent.pop(next(iter(self._recent)), None)
        self._recent[path] = facts
        return facts

    def _decode(self, path: str, read: Callable[[bytes], FileFacts]) -> FileFacts:
        language, data = self._encoded[path]
        try:
            return read(data)
        except ValueError:
            return FileFacts(language, unknown="damaged cache entry")

    def __iter__(self) -> Iterator[str]:
        yield from self._encoded
        yield from self._unknown

    def __len__(self) -> int:
        return len(self._encoded) + len(self._unknown)

    def __contains__(self, path: object) -> bool:
        return path in self._encoded or path in self._unknown


@dataclass(frozen=True, slots=True)
class Survey:
    """What a tree says of some names.

    containing  path → the names that the file very probably contains; files without any are left out
    facts       all facts of the source files among them, decoded at each look
    mentions    the same with only the definitions, uses and imports that speak of the names: ten times as fast
    unsearched  path → why the file's text could not be searched; binary files are not named
    """

    containing: Mapping[str, frozenset[str]]
    facts: FactsByPath
    mentions: FactsByPath
    unsearched: Mapping[str, str]
