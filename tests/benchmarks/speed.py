"""Times whole reviews: cold (no cache yet) and warm, in wall and CPU seconds, with the peak memory of all processes, against git and the
parser alone. CPU seconds (of all processes) are what to compare on a machine that others use; its load is printed.

    python tests/benchmarks/speed.py REPOSITORY RANGE... [--runs 3]

The floor is `git diff` of the range plus one parse of both sides of its changed source files by tree-sitter, nothing extracted.
The work is what the cost should be linear in: bytes of source that were read for facts, those of the changed files on both sides and
those of the files hit by a changed name. Several ranges of one repository show whether it is. Linux only (memory is read from /proc).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from rao_review.graph.languages import language_of
from rao_review.graph.languages.syntax import parse

GRAMMARS = {
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "php": ("tree_sitter_php", "language_php"),
    "csharp": ("tree_sitter_c_sharp",),
}


def tree_memory(root: int) -> int:
    """Resident bytes of a process and all below it; pages that they share count once a process."""
    parents: dict[int, int] = {}
    resident: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            resident[int(entry.name)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    total = 0
    for process in parents:
        ancestor = process
        while ancestor not in (root, 0, 1) and ancestor in parents:
            ancestor = parents[ancestor]
        total += resident[process] if ancestor == root else 0
    return total


def measure(command: list[str]) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak bytes of one run."""
    started, before = time.perf_counter(), os.times()
    # An installed package has its bytecode; an environment that forbids writing it would time the compiler.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, tree_memory(process.pid))
            time.sleep(0.1)  # a closer look would take the time of what it looks at
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - started, spent, peak


def floor(repository: Path, span: str) -> tuple[float, float]:
    """Seconds of `git diff`, and of parsing both sides of the changed source files once."""
    started = time.perf_counter()
    subprocess.run(["git", "-C", str(repository), "diff", span], stdout=subprocess.DEVNULL, check=True)
    diffed = time.perf_counter() - started
    base, _, head = span.partition("..")
    sources = []
    for side in (base, head):
        names = subprocess.run(
            ["git", "-C", str(repository), "diff", "--name-only", "-z", span], capture_output=True, check=True
        ).stdout
        for name in filter(None, names.decode("utf-8", "surrogateescape").split("\0")):
            language = language_of(name)
            if language:
                shown = subprocess.run(
                    ["git", "-C", str(repository), "show", f"{side}:{name}"], capture_output=True, check=False
                )
                sources.append((language, shown.stdout))
    started = time.perf_counter()
    for language, source in sources:
        if len(source) < 2_000_000:
            parse(source, *GRAMMARS.get(language, (f"tree_sitter_{language}",)))
    return diffed, time.perf_counter() - started


def work(repository: Path) -> int:
    """Bytes of all blobs whose facts the cache holds."""
    with closing(sqlite3.connect(repository / "rao-review" / "facts.sqlite")) as cache:
        rows = cache.execute("SELECT DISTINCT lower(hex(blob)) FROM entry WHERE kind LIKE '%@%'").fetchall()
    names = "".join(f"{name}\n" for (name,) in rows).encode()
    sizes = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "--batch-check=%(objectsize)"],
        input=names,
        capture_output=True,
        check=True,
    )
    return sum(map(int, sizes.stdout.split()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("ranges", nargs="+", metavar="RANGE")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        clone = Path(directory) / "clone"
        subprocess.run(["git", "clone", "-q", "--bare", "--shared", str(options.repository), str(clone)], check=True)
        for span in options.ranges:
            command = [
                sys.executable,
                "-m",
                "rao_review",
                "diff",
                span,
                "--repo",
                str(clone),
                "-q",
                "--fail-on",
                "never",
            ]
            cold = []
            for _ in range(options.runs):
                shutil.rmtree(clone / "rao-review", ignore_errors=True)
                cold.append(measure(command))
            warm = [measure(command) for _ in range(options.runs)]
            diffed, parsed = floor(clone, span)
            stat = (
                subprocess.run(["git", "-C", str(clone), "diff", "--shortstat", span], capture_output=True, check=True)
                .stdout.decode()
                .strip()
            )
            times = [statistics.median(seconds for seconds, _, _ in runs) for runs in (cold, warm)]
            spent = [statistics.median(seconds for _, seconds, _ in runs) for runs in (cold, warm)]
            peak = max(memory for _, _, memory in cold + warm) / 1e6
            megabytes = work(clone) / 1e6
            print(f"{span}: {stat}")
            print(
                f"  cold {times[0]:.2f} s ({spent[0]:.2f} s CPU), warm {times[1]:.2f} s ({spent[1]:.2f} s CPU), "
                f"median of {options.runs}, peak {peak:.0f} MB in all processes, load {os.getloadavg()[0]:.1f}"
            )
            print(f"  work: {megabytes:.1f} MB of source read for facts, cold {spent[0] / megabytes:.2f} s CPU a MB")
            print(
                f"  floor: git diff {diffed:.2f} s + parsing {parsed:.2f} s; cold is {times[0] / (diffed + parsed):.1f} times that",
                flush=True,
            )


if __name__ == "__main__":
    main()
