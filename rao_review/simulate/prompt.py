"""What stands in a prompt, read as the client's templates write it, and tolerant of everything else.

Outside of the fences: facts (`node: 0.2`, `may delegate: yes`) and headings (`## Hunks`, `## Index`, `## Children`).
Between a line that starts with `<<<` and one that starts with `>>>`: text of the change, in which neither means anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_MARK = re.compile(r"\n(<<<|>>>|##+ )([^\n]*)")
_FACT = re.compile(r"^[-*\s]*(node|role|protocol|may delegate)\s*:\s*(\S.*?)\s*$", re.MULTILINE | re.IGNORECASE)
_GROUP = re.compile(r"^[-* \t]*(g\d+)[ \t]*:[ \t]*(.*(?:\n(?![-* \t]*g\d+[ \t]*:)[ \t]+\S.*)*)", re.MULTILINE)
_HUNK = re.compile(r"\nhunk (\S+) [^\n]+? @@")
_CHILD_FINDING = re.compile(r"^[-*\s]*(f[\w.]+)\s+(?:verified|unverified|refuted)\b", re.MULTILINE)
_DEFINES = re.compile(
    r"^[-+]\s*(?:(?:export|default|pub(?:\(\w+\))?|public|private|protected|internal|static|async|abstract|final|override)\s+)*"
    r"(?:def|class|func|function|fn|interface|struct|enum|trait|const|let|var|type)\s+(?:\([^)\n]*\)\s*)?([A-Za-z_]\w*)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as the server read it. `calls` are (name, arguments) of an assistant's tool calls."""

    role: str
    text: str
    calls: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """The parts of a conversation that a reviewer acts on.

    facts      by lower-case name, of the first user message.
    groups     (id, what is said of it, over one or more lines) of its index, in order; () when there is none.
    hunks      ids of the hunks that any message shows.
    results    whether the latest turn shows what children brought back.
    children   ids of all child findings in the conversation, in order, each once.
    done       (name, arguments) of everything the assistant did, in order.
    system     the system message.
    shown      texts of the user and tool messages.
    rounds     how often the assistant has spoken.
    """

    facts: dict[str, str]
    groups: tuple[tuple[str, str], ...]
    hunks: tuple[str, ...]
    results: bool
    children: tuple[str, ...]
    done: tuple[tuple[str, str], ...]
    system: str
    shown: tuple[str, ...]
    rounds: int


def read(turns: Sequence[Turn]) -> Prompt:
    """Reads a conversation."""
    first = next((turn.text for turn in turns if turn.role == "user"), "")
    outside, sections = _sections(first)
    shown = tuple(turn.text for turn in turns if turn.role in ("user", "tool", "function"))
    latest = max((n for n, turn in enumerate(turns) if turn.role == "assistant"), default=-1) + 1
    index = "\n".join(text for title, text in sections if title.startswith("index"))
    return Prompt(
        facts={name.lower(): value for name, value in reversed(_FACT.findall(outside))},
        groups=tuple(dict(_GROUP.findall(index)).items()),
        hunks=_unique(name for text in shown for name in _HUNK.findall(f"\n{text}")),
        results=latest > 0 and any(True for turn in turns[latest:] for _ in _children(turn.text)),
        children=_unique(
            name
            for turn in turns[1:]
            if turn.role != "assistant"
            for part in _children(turn.text)
            for name in _CHILD_FINDING.findall(part)
        ),
        done=tuple(act for turn in turns if turn.role == "assistant" for act in _acts(turn)),
        system="\n".join(turn.text for turn in turns if turn.role in ("system", "developer")),
        shown=shown,
        rounds=sum(turn.role == "assistant" for turn in turns),
    )


def changed_names(prompt: Prompt) -> tuple[str, ...]:
    """Names in added and removed definition lines, in order, each once."""
    return _unique(name for text in prompt.shown for name in _DEFINES.findall(text))


def _sections(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text outside of fences; and each heading outside of fences (lower case) with all text up to the next, fences included."""
    text = "\n" + text
    outside: list[str] = []
    headings: list[tuple[str, int]] = []
    fenced, start = False, 0
    for mark in _MARK.finditer(text):
        kind, rest = mark[1], mark[2]
        if kind == "<<<" and not fenced:
            outside.append(text[start : mark.start()])
            fenced = True
        elif kind == ">>>" and fenced:
            fenced, start = False, mark.end()
        elif kind.startswith("#") and not fenced:
            headings.append((rest.strip().lower(), mark.end()))
    if not fenced:
        outside.append(text[start:])
    ends = [*(at for _, at in headings[1:]), len(text)]
    return "".join(outside), [
        (title, text[at:end]) for (title, at), end in zip(headings, ends, strict=True)
    ] if headings else []


def _children(text: str) -> Iterator[str]:
    """The sections of a message that list what children brought back."""
    if "Children" in text or "children" in text:
        yield from (part for title, part in _sections(text)[1] if title.startswith("children"))


def _acts(turn: Turn) -> Iterator[tuple[str, str]]:
    yield from turn.calls
    if not turn.calls and (action := re.search(r"""['"]action['"]\s*:\s*['"](\w+)['"]""", _unthought(turn.text))):
        yield action[1], turn.text


def _unthought(text: str) -> str:
    return text.rpartition("</think>")[2]


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
