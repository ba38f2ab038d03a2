"""Recall on faults made from real history, labelled by a type checker or compiler.

    python tests/benchmarks/recall.py REPOSITORY --language python [--cases 30] [--oracle 'basedpyright'] [--json FILE]

A real commit changed a definition and its users. One user file is put back to its old version: now that file is stale. The case
counts when an independent checker (pyright, tsc, go/types, javac) finds errors in it that it did not find before the commit.
The review of the commit with the stale file must then report the file, on a line of the checker or about a name of its message,
at medium or above. Prints recall by kind, and the findings at medium or above for the same commits left untouched.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oracles import ORACLES, Diagnostic, Oracle

DEFINITION = re.compile(r"^[-]\s*(?:export |public |private |protected |static |async |abstract |final |default )*"
                        r"(?:def|class|func|function|interface|type|enum|const|let|var)?\s*(?:\([^)]*\)\s*)?([A-Za-z_]\w+)\s*[(=:{<\[]")  # fmt: skip
WORD = re.compile(r"[A-Za-z_]\w{2,}")
LOUD = ("critical", "high", "medium")


@dataclass(frozen=True, slots=True)
class Case:
    """A commit with one file put back. `labels` are the new diagnostics in that file."""

    commit: str
    stale: str
    labels: tuple[Diagnostic, ...]
    findings: tuple[dict, ...]

    @property
    def found(self) -> bool:
        names = {w for label in self.labels for w in WORD.findall(label.message)}
        lines = {label.line for label in self.labels}
        mine = [f for f in self.findings if f["path"] == self.stale and f["severity"] in LOUD]
        return any(f["line"] in lines or names & set(WORD.findall(f["title"])) for f in mine)


class Checkout:
    """A private clone that shares the objects of the repository."""

    def __init__(self, repository: Path, directory: Path) -> None:
        self.path = directory
        subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", str(repository), str(directory)], check=True)
        for key, value in (
            ("user.name", "bench"),
            ("user.email", "bench@example.org"),
            ("core.hooksPath", "/dev/null"),
            ("advice.detachedHead", "false"),
        ):
            self.git("config", key, value)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(self.path), *arguments], capture_output=True, check=True)
        return done.stdout.decode("utf-8", "replace")

    def at(self, commit: str) -> None:
        self.git("checkout", "-q", "-f", commit)

    def with_file_of(self, commit: str, older: str, path: str) -> str:
        """A commit like `commit` in which `path` is as in `older`; its parent is `older`."""
        self.at(commit)
        self.git("checkout", "-q", older, "--", path)
        tree = self.git("write-tree").strip()
        made = self.git("commit-tree", tree, "-p", older, "-m", "stale").strip()
        self.at(made)
        return made


def candidates(checkout: Checkout, oracle: Oracle, since: str, most: int) -> Iterator[tuple[str, str]]:
    """(commit, file): the file's removed lines name something whose definition another file's removed lines held."""
    revisions = checkout.git("rev-list", "--no-merges", "--min-parents=1", f"--max-count={most}", since).split()
    for commit in revisions:
        patch = checkout.git("show", "--format=", "--no-renames", "-U0", "--no-color", commit)
        if len(patch) > 2_000_000:
            continue
        defined: dict[str, set[str]] = defaultdict(set)
        words: dict[str, set[str]] = defaultdict(set)
        modified: set[str] = set()
        path = ""
        for line in patch.splitlines():
            if line.startswith("diff --git "):
                path = line.rpartition(" b/")[2]
                modified.add(path)
            elif line.startswith(("deleted file", "new file")):
                modified.discard(path)
            elif line.startswith("-") and not line.startswith("---") and path.endswith(oracle.suffixes):
                words[path].update(WORD.findall(line))
                if match := DEFINITION.match(line):
                    defined[path].add(match.group(1))
        for stale in sorted(words):
            others = {name for other, names in defined.items() if other != stale for name in names}
            if stale in modified and words[stale] & others:
                yield commit, stale


def label(
    checkout: Checkout, oracle: Oracle, command: list[str], commit: str, stale: str
) -> tuple[str, list[Diagnostic]]:
    """The commit with the stale file, and the complaints about that file which it did not have before."""
    checkout.at(f"{commit}^")
    before = Counter((d.code, d.message) for d in oracle.judge(checkout.path, [stale], command))
    made = checkout.with_file_of(commit, f"{commit}^", stale)
    after = oracle.judge(checkout.path, [stale], command)
    new = [d for d in after if d.path == stale and oracle.relevant.search(d.code + " " + d.message)]
    return made, [
        d for d in new if Counter((x.code, x.message) for x in new)[d.code, d.message] > before[d.code, d.message]
    ]


def review(checkout: Checkout, base: str, head: str) -> list[dict]:
    command = [
        sys.executable,
        "-m",
        "rao_review",
        "diff",
        f"{base}..{head}",
        "--repo",
        str(checkout.path),
        "--format",
        "json",
        "--fail-on",
        "never",
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, 2) or not done.stdout:
        raise SystemExit(f"review of {head} failed: {done.stderr.decode(errors='replace')[-500:]}")
    return json.loads(done.stdout)["findings"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--language", choices=sorted(ORACLES), required=True)
    parser.add_argument("--cases", type=int, default=30)
    parser.add_argument("--since", default="HEAD")
    parser.add_argument("--history", type=int, default=2000, help="how many commits to look at")
    parser.add_argument("--per-commit", type=int, default=2, help="cases from one commit at most")
    parser.add_argument("--oracle", help="the checker's command, where it is not on the PATH under its usual name")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    oracle = ORACLES[options.language]
    command = shlex.split(options.oracle or oracle.command)
    cases: list[Case] = []
    with tempfile.TemporaryDirectory() as directory:
        checkout = Checkout(options.repository, Path(directory) / "checkout")
        taken: Counter[str] = Counter()
        for commit, stale in candidates(checkout, oracle, options.since, options.history):
            if taken[commit] >= options.per_commit:
                continue
            made, labels = label(checkout, oracle, command, commit, stale)
            if not labels:
                continue
            taken[commit] += 1
            case = Case(commit, stale, tuple(labels), tuple(review(checkout, f"{commit}^", made)))
            cases.append(case)
            print(
                f"{'found ' if case.found else 'MISSED'} {commit[:10]} {stale}:{labels[0].line} {labels[0].code}: {labels[0].message[:110]}",
                flush=True,
            )
            if len(cases) >= options.cases:
                break
        untouched = [f for commit in taken for f in review(checkout, f"{commit}^", commit) if f["severity"] in LOUD]
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for case in cases:
        by_kind[case.labels[0].code].append(case.found)
    print(
        f"\nrecall {sum(c.found for c in cases)}/{len(cases)}; untouched commits: {len(untouched)} findings at medium or above in {len(taken)}"
    )
    for kind, results in sorted(by_kind.items()):
        print(f"  {kind:<45} {sum(results)}/{len(results)}")
    for finding in untouched:
        print(
            f"  untouched: {finding['path']}:{finding['line']} {finding['severity']} {finding['rule']}: {finding['title']}"
        )
    if options.json:
        rows = [
            {
                "commit": c.commit,
                "stale": c.stale,
                "found": c.found,
                "labels": [f"{d.line} {d.code} {d.message}" for d in c.labels],
            }
            for c in cases
        ]
        options.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
