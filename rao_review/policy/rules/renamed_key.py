"""A configuration key, environment variable or command-line flag is renamed in one place and used under its old name in another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath

from rao_review.graph.graph import Graph
from rao_review.policy.rules import evidence
from rao_review.policy.rules.flag_values import stale_values
from rao_review.policy.rules.hunk_evidence import line_checks
from rao_review.policy.rules.key_renames import COMMON, KeyRename, Place, for_users, key_renames, places
from rao_review.policy.rules.keys import format_of, holds_settings, words_of
from rao_review.policy.rules.paths import is_test
from rao_review.types import Check, Finding, Hunk, RegexCheck, Related, Severity

_NEAR = 3
_GENERIC = frozenset({"__main__", "__init__", "main", "index", "commands", "internal", "tools", "scripts", "src"})
_MOST_PLACES = 10
_MOST_RENAMES = 200
_SETTERS = frozenset({"docker", "make", "yaml", "env", "ini", "shell"})


class RenamedKey:
    id = "renamed-key"
    severity = Severity.HIGH
    category = "correctness"
    summary = "A configuration key, environment variable or flag is still used under the name it had before the change."
    explanation = """\
The change gives a key another name where it is set or declared, and some other place - code, a script, a workflow - still uses the old
name. What it reads there is empty or fails; a flag that is no longer declared is an error.

    # compose.yaml                      # worker.py, not part of the diff
    -  QUEUE_URL: amqp://mq             url = os.environ["QUEUE_URL"]   # KeyError
    +  BROKER_URL: amqp://mq

Understood: environment variables in code, shell, Dockerfile, Compose, workflows, Makefile and `.env` files; flags of argparse, click,
typer, commander, Go `flag`/pflag and clap with their uses in scripts and code; keys of YAML, TOML, JSON and INI files that code reads
from a `config`, `settings` or `options` object. Nothing is said when the old name is still set or declared somewhere, or when the code
reads the new name next to the old one.

To silence it: read both names, or put `rao-review: ignore[renamed-key]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        reported: set[tuple[str, int, str]] = set()
        renames = (rename for hunk in hunks for rename in key_renames(graph, hunk))
        for rename in islice(renames, _MOST_RENAMES):
            for finding in self._stale(graph, rename):
                key = (finding.anchor.path, finding.anchor.line, rename.old)
                if key not in reported:
                    reported.add(key)
                    yield finding

    def _stale(self, graph: Graph, rename: KeyRename) -> Iterator[Finding]:
        found = places(graph, rename.kind, rename.old, "head")
        if (
            found is None
            or _is_switch(graph, rename)
            or any(p.path == rename.path and p.mention.role == rename.role for p in found)
        ):
            return
        given = [p for p in found if p.mention.role == "given" and for_users(p.path)]
        taken = [p for p in found if p.mention.role == "taken"]
        if rename.role == "given":
            if given:
                return
            stale = [p for p in taken if _concerns(graph, rename, p) and not _reads_both(graph, rename, p)]
            stale += stale_values(graph, rename)
        elif rename.kind != "environment variable":
            return
        elif any(for_users(p.path) for p in taken):
            stale = [
                p for p in taken if format_of(p.path) == format_of(rename.path) and not _reads_both(graph, rename, p)
            ]
        else:
            stale = [p for p in given if format_of(p.path) in _SETTERS] if _never_set(graph, rename.new) else []
        for place in stale[:_MOST_PLACES]:
            yield self._finding(graph, rename, place)

    def _finding(self, graph: Graph, rename: KeyRename, place: Place) -> Finding:
        verb = _verb(rename, place)
        happened = f"renamed to `{_shown(rename, rename.new)}`" if rename.new else "removed"
        return evidence.finding(
            self,
            evidence.use_anchor(graph, place.path, place.line),
            f"The {rename.kind} `{_shown(rename, rename.old)}` is still {verb} here but was {happened}",
            _explained(rename, verb),
            checks=_checks(graph, rename, place),
            related=[_cause(rename)],
            hunks=[rename.hunk.id],
            symbol=rename.old,
            severity=_severity(rename, place),
        )


def _is_switch(graph: Graph, rename: KeyRename) -> bool:
    """Whether the new name was already known at base: then the line switches to another key, and the old one lives on."""
    if not rename.new:
        return False
    before = places(graph, rename.kind, rename.new, "base")
    return before is None or any(for_users(p.path) for p in before)


def _concerns(graph: Graph, rename: KeyRename, place: Place) -> bool:
    """Whether a use surely means the key of this rename, and fails without it. A test may pass any flag of its program; when the file that
    declared the flag is gone, it must name the command like everybody else."""
    if not rename.new and (not place.mention.sure or rename.kind == "environment variable"):
        return False
    if not rename.new and rename.kind == "configuration key" and not place.path.endswith(".py"):
        return False  # elsewhere a key that is not there is read as nothing, which old keys may well be
    if rename.kind == "configuration key":
        holder = place.mention.holder
        return holds_settings(holder) or (bool(rename.section) and rename.section in re.findall(r"\w+", holder))
    if rename.kind == "environment variable":
        return True
    is_there = rename.base_path in graph.head.entries()
    if is_there and rename.old not in COMMON and is_test(place.path) and format_of(place.path) == "source":
        return True
    stems = [
        part for part in PurePosixPath(rename.path).with_suffix("").parts if len(part) > 3 and part not in _GENERIC
    ]
    before = _command_before(graph.lines(place.path, "head"), place.line, f"--{rename.old}")
    named = any(re.search(rf"(?:^|[\s\"'/(]){re.escape(stem)}(?:\.\w+)?(?=[\s\"',]|$)", before) for stem in stems)
    return named or (
        bool(rename.new) and len(words_of(rename.old)) > 1 and len(rename.old) >= 12 and rename.old not in COMMON
    )


def _command_before(lines: Sequence[str], line: int, flag: str) -> str:
    """The command that a flag is passed to, as far as it stands before the flag, on the same line or on lines that it continues."""
    first = line
    while first > 1 and line - first < 8 and lines[first - 2].rstrip().endswith(("\\", ",", "[", "(")):
        first -= 1
    text = "\n".join([*lines[first - 1 : line - 1], lines[line - 1].partition(flag)[0]])
    return re.split(r"[|;&`]|\$\(", text)[-1]


def _never_set(graph: Graph, name: str) -> bool:
    found = places(graph, "environment variable", name, "head")
    return found is not None and not any(p.mention.role == "given" for p in found)


def _reads_both(graph: Graph, rename: KeyRename, place: Place) -> bool:
    """Whether the new name stands next to the old one: a fallback, a migration, a list of both."""
    if not rename.new:
        return False
    lines = graph.lines(place.path, "head")[max(0, place.line - 1 - _NEAR) : place.line + _NEAR]
    return any(re.search(rf"(?<![\w]){re.escape(rename.new)}(?![\w])", text) for text in lines)


def _verb(rename: KeyRename, place: Place) -> str:
    if rename.role == "taken" and place.mention.role == "given":
        return "set"
    passed = rename.kind == "command-line flag" and f"--{rename.old}" in place.text
    return "passed" if passed else "read"


def _explained(rename: KeyRename, verb: str) -> str:
    lost = "declares" if rename.kind == "command-line flag" else "reads" if verb == "set" else "provides"
    old, new = _shown(rename, rename.old), _shown(rename, rename.new)
    if not rename.new:
        return f"The change removes `{old}` from `{rename.path}`, and nothing {lost} it any more. Remove this use, or keep the key."
    happened = f"The change renames `{old}` to `{new}` in `{rename.path}`"
    if rename.role == "taken" and verb == "read":
        return (
            f"{happened}, and this place did not follow: the two now depend on different names. Use `{new}` here too."
        )
    return f"{happened}, and nothing {lost} the old name any more. Use `{new}` here too, or keep the old name as a fallback."


def _shown(rename: KeyRename, name: str) -> str:
    return f"--{name}" if rename.kind == "command-line flag" else name


def _severity(rename: KeyRename, place: Place) -> Severity:
    if not for_users(place.path):
        return Severity.LOW
    if not rename.new or rename.role == "taken" or not place.mention.sure:
        return Severity.MEDIUM
    return Severity.HIGH


def _cause(rename: KeyRename) -> Related:
    if rename.line:
        return Related(rename.path, "head", rename.line, f"renamed to {_shown(rename, rename.new)} here")
    return Related(rename.base_path, "base", rename.base_line, f"{_shown(rename, rename.old)} was removed here")


def _checks(graph: Graph, rename: KeyRename, place: Place) -> list[Check]:
    """The old name stands at the use; it is gone from where it was renamed, and the new name stands there."""
    checks = list(line_checks(graph, place.path, place.line))
    if rename.path in graph.head.entries():
        checks.append(RegexCheck(_word(rename.old), rename.path, "head", expect=False))
    if rename.line:
        checks.append(RegexCheck(_word(rename.new), rename.path, "head", rename.line, rename.line))
    return checks


def _word(name: str) -> str:
    return rf"(^|[^\w]){evidence.line_pattern(name)}([^\w-]|$)"
