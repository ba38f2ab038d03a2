"""Which commits of a history changed a definition and its users: read from the patches alone, one `git log` for all of them."""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from oracles import Oracle

WORD = re.compile(r"[A-Za-z_]\w{2,}")
_MOST_LINES = 20_000
_MOST_FILES = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A commit, and files of it whose removed lines name something whose old definition another file lost: file → these names."""

    commit: str
    stale: Mapping[str, frozenset[str]]


def candidates(repository: Path, oracle: Oracle, since: str, most: int) -> Iterator[Candidate]:
    """The candidates of at most `most` commits, newest first."""
    # A revision range like `a~1000..a` works too, so that a part of history can be picked.
    command = [
        "git",
        "-C",
        str(repository),
        "log",
        "--no-merges",
        "--min-parents=1",
        f"--max-count={most}",
        "--format=%x00%H",
        "-p",
    ]
    command += [
        "--no-renames",
        "-U0",
        "--no-color",
        "--no-ext-diff",
        since,
        "--",
        *(f"*{suffix}" for suffix in oracle.suffixes),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", errors="replace") as log:
        assert log.stdout is not None
        commit, lines = "", list[str]()
        try:
            for line in log.stdout:
                if line.startswith("\0"):
                    if stale := _stale(oracle, lines):
                        yield Candidate(commit, stale)
                    commit, lines = line[1:].strip(), []
                elif len(lines) < _MOST_LINES:
                    lines.append(line)
            if stale := _stale(oracle, lines):
                yield Candidate(commit, stale)
        finally:
            log.kill()


def _stale(oracle: Oracle, patch: list[str]) -> dict[str, frozenset[str]]:
    """The files to put back with the changed names that they use, those with the most first."""
    if not patch or len(patch) >= _MOST_LINES:
        return {}
    modified: set[str] = set()
    lost: dict[str, dict[str, str]] = defaultdict(dict)
    gained: set[str] = set()
    words: dict[str, set[str]] = defaultdict(set)
    path = ""
    for line in patch:
        if line.startswith("diff --git "):
            path = line.rstrip().rpartition(" b/")[2]
            modified.add(path)
        elif line.startswith(("deleted file", "new file")):
            modified.discard(path)
            if line.startswith("deleted"):
                lost[path][Path(path).stem] = path
        elif line.startswith("-") and not line.startswith("---"):
            words[path].update(WORD.findall(line))
            if match := oracle.definition.match(line[1:]):
                lost[path][match[match.lastindex or 0]] = "".join(line[1:].split())
        elif line.startswith("+") and not line.startswith("+++"):
            gained.add("".join(line[1:].split()))
    shared = {
        stale: {
            name for path, names in lost.items() if path != stale for name, text in names.items() if text not in gained
        }
        & words[stale]
        for stale in words
        if stale in modified
    }
    ranked = sorted((stale for stale in shared if shared[stale]), key=lambda stale: (-len(shared[stale]), stale))
    return {stale: frozenset(shared[stale]) for stale in ranked[:_MOST_FILES]}
