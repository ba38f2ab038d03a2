"""What the store answers: facts by path, decoded when they are looked at, and what a tree says of some names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from rao_review.graph.decoding import decode, decode_lines, decode_mentions, decode_scopes
from rao_review.graph.facts import FileFacts

_RECENT = 16


class FactsByPath(Mapping[str, FileFacts]):
    """Facts that are decoded when they are looked at; only the last few stay decoded.

    Args:
        encoded: path → language and encoded facts.
        unknown: path → facts that say why there are none.
    """

    def __init__(self, encoded: Mapping[str, tuple[str, bytes]], unknown: Mapping[str, FileFacts]) -> None:
        self._encoded = dict(encoded)
        self._unknown = dict(unknown)
        self._recent: dict[str, FileFacts] = {}

    def add(self, other: FactsByPath) -> None:
        """Takes the facts of other paths in."""
        self._encoded.update(other._encoded)
        self._unknown.update(other._unknown)

    def mentioning(self, path: str, names: Collection[str]) -> FileFacts | None:
        """Of one file only what speaks of `names`: ten times as fast as all; see `coding.decode_mentions`."""
        return self._partly(path, partial(decode_mentions, names=names))

    def scopes(self, path: str, lines: Collection[int] = ()) -> FileFacts | None:
        """One file without its uses, but for those on `lines`."""
        return self._partly(path, partial(decode_scopes, lines=lines))

    def on_lines(self, path: str, lines: Collection[int]) -> FileFacts | None:
        """Of one file the uses on these lines, and its imports."""
        return self._partly(path, partial(decode_lines, lines=lines))

    def _partly(self, path: str, read: Callable[[bytes], FileFacts]) -> FileFacts | None:
        return self._decode(path, read) if path in self._encoded else self._unknown.get(path)

    def __getitem__(self, path: str) -> FileFacts:
        if path in self._unknown:
            return self._unknown[path]
        facts = self._recent.pop(path, None) or self._decode(path, decode)
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
    unsearched  path → why the file's text could not be searched; binary files are not named
    """

    containing: Mapping[str, frozenset[str]]
    facts: FactsByPath
    unsearched: Mapping[str, str]
