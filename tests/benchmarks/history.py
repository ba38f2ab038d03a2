"""Reviews many real commits and release ranges of a repository and holds the books against git.

    python tests/benchmarks/history.py REPOSITORY [--commits 40] [--ranges 2] [--since REV] [--json FILE]

For each change it prints files, lines, seconds, findings by severity and whether the ledger's totals equal `git diff --numstat`. Exit code 1 when a
review crashed or a ledger differs. With `--json`, all findings go to FILE for reading by hand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reviewed change. `problem` is '' or what went wrong."""

    label: str
    report: dict
    seconds: float
    problem: str


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "surrogateescape")


def numstat(repository: Path, base: str, head: str) -> tuple[int, int]:
    """git's own count of added and removed lines."""
    added = removed = 0
    for line in git(repository, "diff", "--numstat", base, head).splitlines():
        plus, minus, _ = line.split("\t", 2)
        added += int(plus) if plus != "-" else 0
        removed += int(minus) if minus != "-" else 0
    return added, removed


def review(repository: Path, base: str, head: str, label: str) -> Outcome:
    started = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "rao_review",
        "diff",
        f"{base}..{head}",
        "--repo",
        str(repository),
        "--format",
        "json",
        "--fail-on",
        "never",
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 2) or not done.stdout:
        return Outcome(
            label, {}, seconds, f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()[-300:]}"
        )
    report = json.loads(done.stdout)
    added, removed = numstat(repository, base, head)
    lines = report["coverage"]["lines"]
    problem = ""
    if (report["change"]["added"], report["change"]["removed"]) != (added, removed):
        problem = f"ledger {report['change']['added']}+ {report['change']['removed']}- but numstat {added}+ {removed}-"
    elif lines["total"] != added + removed or lines["total"] != lines["reviewed"] + lines["skipped"] + lines["failed"]:
        problem = f"coverage does not add up: {lines}"
    elif done.returncode == 2:
        problem = f"incomplete: {lines['failed']} lines failed"
    return Outcome(label, report, seconds, problem)


def changes(repository: Path, commits: int, ranges: int, since: str) -> list[tuple[str, str, str]]:
    """(base, head, label) of single commits spread over history, and of consecutive releases."""
    revisions = git(repository, "rev-list", "--no-merges", "--first-parent", "--min-parents=1", since).split()
    step = max(1, len(revisions[:4000]) // max(commits, 1))
    found = [(f"{r}^", r, r[:10]) for r in revisions[:4000:step][:commits]]
    tags = git(repository, "tag", "--merged", since, "--sort=-v:refname").split()
    major = [t for t in tags if not any(word in t.lower() for word in ("rc", "alpha", "beta", "dev", "pre", "next"))]
    pairs = list(zip(major[6::6], major[::6], strict=False))[:ranges]
    return found + [(a, b, f"{a}..{b}") for a, b in pairs]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--commits", type=int, default=40)
    parser.add_argument("--ranges", type=int, default=2)
    parser.add_argument("--since", default="HEAD")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    outcomes = []
    by_rule: Counter[str] = Counter()
    for base, head, label in changes(options.repository, options.commits, options.ranges, options.since):
        outcome = review(options.repository, base, head, label)
        outcomes.append(outcome)
        found = Counter(f["severity"] for f in outcome.report.get("findings", ()))
        by_rule.update(f"{f['rule']} {f['severity']}" for f in outcome.report.get("findings", ()))
        change = outcome.report.get("change", {})
        shown = " ".join(f"{level}:{count}" for level, count in sorted(found.items())) or "-"
        size = f"{change.get('files', '?'):>5} files {change.get('added', 0) + change.get('removed', 0):>7} lines"
        print(f"{label:<28} {size} {outcome.seconds:6.2f} s  {shown}  {outcome.problem}", flush=True)
    bad = [o for o in outcomes if o.problem]
    print(f"\n{len(outcomes)} changes, {len(bad)} with a problem; findings by rule: {dict(sorted(by_rule.items()))}")
    if options.json:
        findings = [{"change": o.label, **f} for o in outcomes for f in o.report.get("findings", ())]
        options.json.write_text(json.dumps(findings, indent=1))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
