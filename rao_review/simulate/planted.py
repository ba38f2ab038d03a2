"""Planted faults: what the simulated reviewer can find, and the two lines that it must have in front of it to find it.

    [{"id": "stale-call-1",
      "definition": {"path": "shop/tax.py", "text": "def rate(country, year):"},
      "use":        {"path": "shop/cart.py", "text": "total *= rate(country)"},
      "finding":    {"path": "shop/cart.py", "side": "head", "quote": "total *= rate(country)",
                     "title": "rate() now needs a year", "category": "stale-call", "severity": "high"}}]

A text stands in a prompt when one of its lines is that text: a plain line, a diff line, a numbered line of a file, or the end of
a `path:line: text` line. A longer line that merely contains the text is another line; white space inside and what opens a body
at the end (`:`, `{`) make no difference, since a listing of definitions shows headers without them.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rao_review.errors import UsageError

# `12<tab>text` (tabs are spaces by then) and `12: text` of a file; `path:12: text` and `head path:12 call: text` of a listing
_PLACE = re.compile(r"(?:\d+[ :|]|[^\n]*?\S:\d+[^:\n]*:)\s?[-+]?\s*")
_TAIL = " \t\r:{;,"
_END = 6
_FINDING = ("path", "quote", "title")


@dataclass(frozen=True, slots=True)
class Planted:
    """`definition` and `use` are texts of lines without surrounding white space; `finding` is sent as it stands."""

    id: str
    definition: str
    use: str
    finding: Mapping[str, Any]


def load_planted(path: Path) -> tuple[Planted, ...]:
    """Reads a file of planted faults. Raises UsageError that names the entry."""
    try:
        entries = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--planted: {path}: {getattr(error, 'strerror', None) or 'is not text'}") from None
    except ValueError as error:
        raise UsageError(f"--planted: {path} is not JSON: {error}") from None
    if not isinstance(entries, list):
        raise UsageError(f"--planted: {path} is not a list of faults")
    planted = tuple(_planted(entry, f"--planted: {path}: entry {number}") for number, entry in enumerate(entries))
    seen: set[str] = set()
    for fault in planted:
        if fault.id in seen:
            raise UsageError(f"--planted: {path}: two entries are called {fault.id!r}")
        seen.add(fault.id)
    return planted


def _planted(entry: Any, where: str) -> Planted:
    try:
        definition, use = entry["definition"]["text"].strip(), entry["use"]["text"].strip()
        finding = {str(key): value for key, value in entry["finding"].items()}
        name = entry["id"]
    except (TypeError, KeyError, AttributeError) as error:
        detail = f"lacks {error}" if isinstance(error, KeyError) else "has a part of the wrong kind"
        raise UsageError(f"{where} {detail}; it needs id, definition.text, use.text, finding") from None
    missing = [key for key in _FINDING if not isinstance(finding.get(key), str)]
    if missing or not _plain(definition) or not _plain(use) or not isinstance(name, str):
        what = f"finding.{missing[0]}" if missing else "a text in each of id, definition.text, use.text"
        raise UsageError(f"{where} needs {what}")
    return Planted(name, definition, use, finding)


class Evidence:
    """Tells which planted faults a conversation proves. Messages that were seen lately are not read again.

    Args:
        planted: the faults to look for.
        remembered: how many messages are remembered, by the hash of their text.
    """

    def __init__(self, planted: Sequence[Planted], remembered: int = 4096) -> None:
        self.planted = tuple(planted)
        texts = [text for fault in planted for text in (fault.definition, fault.use)]
        self._wanted = frozenset(map(_plain, texts))
        # However a line is listed, its end stays: few lines get past this.
        self._end = min((_END, *map(len, self._wanted)))
        self._ends = frozenset(text.rstrip(_TAIL)[-self._end :] for text in (*texts, *self._wanted))
        self._remembered = remembered
        self._seen: OrderedDict[int, frozenset[str]] = OrderedDict()

    def texts(self, messages: Iterable[str]) -> frozenset[str]:
        """Those texts of definitions and uses that stand in any of the messages, in a plain form: ask `stands`."""
        if not self._wanted:
            return frozenset()
        return frozenset().union(*(self._of(message) for message in messages))

    def proven(self, texts: frozenset[str]) -> tuple[Planted, ...]:
        """The faults of which both texts are there, in the order of the file."""
        return tuple(fault for fault in self.planted if stands(fault.definition, texts) and stands(fault.use, texts))

    def _of(self, message: str) -> frozenset[str]:
        key = hash(message)
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = frozenset(self._lines(message))
            if len(self._seen) > self._remembered:
                self._seen.popitem(last=False)
        return found

    def _lines(self, message: str) -> Iterator[str]:
        wanted, ends, end = self._wanted, self._ends, -self._end
        for raw in [line for line in message.split("\n") if line.rstrip(_TAIL)[end:] in ends]:
            line = _plain(raw)
            if line not in wanted and line[:1] in ("+", "-"):
                line = line[1:].lstrip()
            if line not in wanted and (place := _PLACE.match(line)):
                line = line[place.end() :]
            if line in wanted:
                yield line


def stands(text: str, texts: frozenset[str]) -> bool:
    """Whether the text of a definition or use is among those that `Evidence.texts` found."""
    return _plain(text) in texts


def _plain(line: str) -> str:
    line = line.strip().rstrip(_TAIL)
    return " ".join(line.split()) if "  " in line or "\t" in line else line
