"""Recall on faults made from real history, labelled by a type checker or compiler.

    python tests/benchmarks/recall.py REPOSITORY --language python [--cases 30] [--minutes 15] [--oracle 'pyright'] [--json FILE]

A real commit changed a definition and its users. One user file is put back to its old version: now that file is stale. The case
counts when an independent checker (pyright, tsc, go/types, javac) finds errors in it that it did not find before the commit.
The review of the commit with the stale file must then report the file, on a line of the checker or about a name or a deleted module
that its message quotes, at medium or above. Prints recall by kind, also of only those cases where the checker complains of the changed definition by
name (the rest follows from types: an annotation that is more exact than before is no fault when the code runs), and the findings at medium or above for the same commits left untouched.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from candidates import Candidate, candidates
from oracles import ORACLES, Diagnostic, Oracle

NAME = re.compile(r"[A-Za-z_$][\w$]*")
QUOTED = re.compile(r"[`\"']([^`\"']+)[`\"']")
MANIFESTS = ("go.mod", "package.json", "pyproject.toml", "pyrightconfig.json", "*.pyi", "*.d.ts")
CALL = re.compile(
    r"reportCallIssue|TS255[45]|not enough arg|too many arg|cannot be applied|no suitable|assignment mismatch"
)
LOUD = ("critical", "high", "medium")


@dataclass(frozen=True, slots=True)
class Case:
    """A commit with one file put back, and its review. `labels` are the new diagnostics in that file."""

    commit: str
    stale: str
    labels: tuple[Diagnostic, ...]
    lines: frozenset[int]
    direct: bool
    findings: tuple[dict, ...]

    @property
    def found(self) -> bool:
        names = {name for label in self.labels for name in quoted(label.message)}
        modules = {Path(text).name for label in self.labels for text in QUOTED.findall(label.message)}
        mine = [f for f in self.findings if f["path"] == self.stale and f["severity"] in LOUD]
        return any(f["line"] in self.lines or names & quoted(f["title"]) or modules & deleted(f) for f in mine)


def deleted(finding: dict) -> set[str]:
    """The modules that a finding says are gone, without directory and ending."""
    return {Path(r["path"]).stem for r in finding["related"] if r["note"].endswith("was deleted")}


def quoted(message: str) -> set[str]:
    """The identifiers that a message puts in quotes."""
    return {name for part in QUOTED.findall(message) for name in NAME.findall(part)}


class Checkout:
    """A private clone that shares the objects of the repository, with only the files that a checker reads in its work tree."""

    def __init__(self, repository: Path, directory: Path, suffixes: Sequence[str]) -> None:
        self.path = directory
        subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", str(repository), str(directory)], check=True)
        for key, value in (
            ("user.name", "bench"),
            ("user.email", "bench@example.org"),
            ("core.hooksPath", "/dev/null"),
            ("advice.detachedHead", "false"),
        ):
            self.git("config", key, value)
        self.git("sparse-checkout", "set", "--no-cone", *(f"*{suffix}" for suffix in suffixes), *MANIFESTS)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(self.path), *arguments], capture_output=True, check=True)
        return done.stdout.decode("utf-8", "replace")

    def at(self, commit: str) -> None:
        self.git("checkout", "-q", "-f", commit)

    def with_files_of(self, commit: str, older: str, paths: Sequence[str]) -> str:
        """A commit like `commit` in which `paths` are as in `older`; its parent is `older`."""
        self.at(commit)
        self.git("checkout", "-q", older, "--", *paths)
        tree = self.git("write-tree", "--missing-ok").strip()
        made = self.git("commit-tree", tree, "-p", older, "-m", "stale").strip()
        self.at(made)
        return made


def labelled(
    checkout: Checkout, oracle: Oracle, command: list[str], candidate: Candidate
) -> Iterator[tuple[str, str, list[Diagnostic]]]:
    """(commit with one stale file, that file, the complaints about it which it did not have before).

    All files are put back at once first: one run of the checker finds out that there is nothing to see in most commits.
    """
    older = f"{candidate.commit}^"
    checkout.with_files_of(candidate.commit, older, [*candidate.stale])
    together = _complaints(checkout, oracle, command, [*candidate.stale])
    if not together:
        return
    checkout.at(older)
    before = _complaints(checkout, oracle, command, sorted({d.path for d in together}))
    for stale in candidate.stale:
        if not {d for d in together if d.path == stale} - before:
            continue
        made = checkout.with_files_of(candidate.commit, older, [stale])
        # The stale file is the same text on both sides, so the lines can be compared as they are.
        new = {d for d in _complaints(checkout, oracle, command, [stale]) if d.path == stale} - before
        if new:
            yield made, stale, sorted(new, key=lambda d: (d.line, d.code, d.message))


def _complaints(checkout: Checkout, oracle: Oracle, command: list[str], paths: Sequence[str]) -> set[Diagnostic]:
    found = oracle.judge(checkout.path, paths, command)
    return {d for d in found if oracle.relevant.search(f"{d.code} {d.message}")}


def names_change(lines: Sequence[str], labels: Sequence[Diagnostic], names: frozenset[str]) -> bool:
    """Whether the checker complains of a definition that the commit changed, not of something that follows from its types."""
    return any(
        names
        & (
            set(NAME.findall(lines[label.line - 1]))
            if CALL.search(f"{label.code} {label.message}")
            else set(NAME.findall(label.message))
        )
        for label in labels
    )


def statement(lines: Sequence[str], first: int) -> range:
    """The lines from `first` on until its brackets are closed: an import of many names, a call with an argument a line."""
    depth, last = 0, first
    for last in range(first, min(first + 60, len(lines)) + 1):
        depth += sum((c in "([{") - (c in ")]}") for c in lines[last - 1])
        if depth <= 0:
            break
    return range(first, last + 1)


def review(checkout: Checkout, base: str, head: str) -> list[dict]:
    command = [sys.executable, "-m", "rao_review", "diff", f"{base}..{head}", "--repo", str(checkout.path)]
    command += ["--format", "json", "--fail-on", "never"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, 2) or not done.stdout:
        raise SystemExit(f"review of {head} failed: {done.stderr.decode(errors='replace')[-500:]}")
    return json.loads(done.stdout)["findings"]


def cases_of(checkout: Checkout, oracle: Oracle, options: argparse.Namespace) -> Iterator[Case]:
    """Cases in the order of history, until there are enough or the time is over."""
    ends = time.monotonic() + options.minutes * 60
    command = shlex.split(options.oracle or oracle.command)
    looked = 0
    for candidate in candidates(options.repository, oracle, options.since, options.history):
        if time.monotonic() > ends:
            break
        looked += 1
        for made, stale, labels in islice(labelled(checkout, oracle, command, candidate), options.per_commit):
            text = (checkout.path / stale).read_text(encoding="utf-8", errors="replace").splitlines()
            direct = names_change(text, labels, candidate.stale[stale])
            lines = frozenset(line for label in labels for line in statement(text, label.line))
            findings = tuple(review(checkout, f"{candidate.commit}^", made))
            yield Case(candidate.commit, stale, tuple(labels), lines, direct, findings)
    print(f"\n{looked} candidate commits looked at")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--language", choices=sorted(ORACLES), required=True)
    parser.add_argument("--cases", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=15, help="no new commit is looked at after this time")
    parser.add_argument("--since", default="HEAD", help="the newest commit to look at")
    parser.add_argument("--history", type=int, default=4000, help="how many commits to look at")
    parser.add_argument("--per-commit", type=int, default=2, help="cases from one commit at most")
    parser.add_argument("--oracle", help="the checker's command, where it is not on the PATH under its usual name")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    cases: list[Case] = []
    with tempfile.TemporaryDirectory() as directory:
        checkout = Checkout(options.repository, Path(directory) / "checkout", ORACLES[options.language].suffixes)
        for case in cases_of(checkout, ORACLES[options.language], options):
            cases.append(case)
            first = case.labels[0]
            verdict = "found " if case.found else "MISSED" if case.direct else "missed"
            print(
                f"{verdict} {case.commit[:10]} {case.stale}:{first.line} {first.code}: {' '.join(first.message.split())[:110]}",
                flush=True,
            )
            if len(cases) >= options.cases:
                break
        commits = list(dict.fromkeys(case.commit for case in cases))
        untouched = [f for commit in commits for f in review(checkout, f"{commit}^", commit) if f["severity"] in LOUD]
    report(cases, untouched, len(commits))
    if options.json:
        options.json.write_text(json.dumps([row(case) for case in cases], indent=1))
    return 0


def report(cases: Sequence[Case], untouched: Sequence[dict], commits: int) -> None:
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for case in cases:
        by_kind[Counter(d.code for d in case.labels).most_common(1)[0][0]].append(case.found)
    direct = [c.found for c in cases if c.direct]
    print(
        f"\nrecall {sum(c.found for c in cases)}/{len(cases)}, where the checker names what changed {sum(direct)}/{len(direct)}"
    )
    print(f"untouched commits: {len(untouched)} findings at medium or above in {commits}")
    for kind, results in sorted(by_kind.items()):
        print(f"  {kind:<45} {sum(results)}/{len(results)}")
    for f in untouched:
        print(f"  untouched: {f['path']}:{f['line']} {f['severity']} {f['rule']}: {f['title']}")


def row(case: Case) -> dict:
    return {
        "commit": case.commit,
        "stale": case.stale,
        "found": case.found,
        "direct": case.direct,
        "labels": [f"{d.line} {d.code} {d.message}" for d in case.labels],
        "findings": [f"{f['path']}:{f['line']} {f['severity']} {f['rule']}: {f['title']}" for f in case.findings],
    }


if __name__ == "__main__":
    sys.exit(main())
