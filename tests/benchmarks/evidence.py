"""Whether a reviewer ever has both halves of a cross-file fault in front of it: real ranges, planted cases, a *simulated* endpoint.

    git clone --bare https://github.com/wagtail/wagtail; git clone --bare https://github.com/gohugoio/hugo
    git clone --bare https://github.com/typescript-eslint/typescript-eslint
    python tests/benchmarks/evidence.py --range wagtail.git v5.0..v6.0 python --range hugo.git v0.140.0..v0.146.0 go \\
        --range typescript-eslint.git v8.0.0..v8.40.0 typescript

Each range gets up to `--most` cases at once (planting.py says how they are made and labelled): a definition whose interface the range
changed, and one use of it put back to its base version, half of them in files that are then outside the diff. Every strategy reviews the
range with a 32k window; the endpoint has no model behind it and says of each case whether one single prompt held the changed header
and the stale line. Prints that share, the share that is verified in the final report, tokens, the ratio to the diff's tokens, seconds.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from planting import LANGUAGES, Case, Repository, plant
from simulated import diff_tokens, review

from rao_review.simulate.options import Options
from rao_review.simulate.planted import load_planted
from rao_review.simulate.reviewer import Behaviour

STRATEGIES = ("recursive", "flat", "mapreduce")


@dataclass(frozen=True, slots=True)
class Row:
    """One review. The sets hold ids of cases: both lines in one prompt, verified in the report, verified by the rules alone."""

    range: str
    strategy: str
    curious: bool
    both: frozenset[str]
    verified: frozenset[str]
    by_rules: frozenset[str]
    prompt_tokens: int
    diff_tokens: int
    calls: int
    depth: int
    reviewed: str
    seconds: float


def measure(
    repository: Path, span: str, paths: Sequence[str], cases: Sequence[Case], strategy: str, curious: bool
) -> Row:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "planted.json"
        file.write_text(json.dumps([case.planted() for case in cases]))
        options = Options(planted=load_planted(file), behaviour=Behaviour(curious=curious))
    done = review(repository, span, options, ["--strategy", strategy, "--", *paths])
    found = done.report["findings"]
    verified, by_rules = set(), set()
    for case in cases:
        here = [f for f in found if (f["path"], f["line"], f["status"]) == (case.path, case.line, "verified")]
        if any(f.get("rule") for f in here):
            by_rules.add(case.id)
        if here:
            verified.add(case.id)
    lines = done.report["coverage"]["lines"]
    usage = done.report["usage"]
    return Row(
        span, strategy, curious,
        frozenset(name for name, seen in done.log["planted"].items() if seen["both"]),
        frozenset(verified), frozenset(by_rules),
        done.stats["prompt_tokens"], diff_tokens(repository, span, done.skipped, paths),
        done.stats["requests"], usage["depth"], f"{lines['reviewed']}/{lines['total'] - lines['skipped']}", done.seconds,
    )  # fmt: skip


def show(rows: Sequence[Row], cases: Sequence[Case]) -> None:
    total = len(cases)
    outside = {case.id for case in cases if case.outside}
    confirmed = {case.id for case in cases if case.confirmed}
    first = rows[0]
    tokens = sum(row.prompt_tokens for row in rows)
    diff = sum(row.diff_tokens for row in rows)
    both = frozenset().union(*(row.both for row in rows))
    verified = frozenset().union(*(row.verified for row in rows))
    rules = frozenset().union(*(row.by_rules for row in rows))
    print(
        f"{first.range if len(rows) == 1 else 'all':<26} {first.strategy:<10} {'curious' if first.curious else 'asks nothing':<13}"
        f" one prompt has both {len(both)}/{total} ({100 * len(both) / total:.0f}%; outside the diff {len(both & outside)}/{len(outside)};"
        f" confirmed {len(both & confirmed)}/{len(confirmed)}, of them outside {len(both & confirmed & outside)}/{len(confirmed & outside)})"
        f" · verified in the report {len(verified)}/{total} ({len(rules)} also by rules alone)"
        f" · {tokens:,} simulated prompt tokens, {tokens / diff:.2f} x the diff's {diff:,}"
        f" · {sum(r.calls for r in rows)} calls, depth {max(r.depth for r in rows)}, lines {' '.join(r.reviewed for r in rows)}"
        f" · {sum(r.seconds for r in rows):.0f} s",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--range", nargs=3, action="append", required=True, metavar=("REPOSITORY", "BASE..HEAD", "LANGUAGE")
    )
    parser.add_argument("--most", type=int, default=30, help="cases of one range at most")
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    parser.add_argument("--without-curious", action="store_true", help="only the reviewer that asks for nothing")
    parser.add_argument("--misses", action="store_true", help="print every case that no prompt had whole")
    parser.add_argument("--judge", nargs=2, action="append", default=[], metavar=("LANGUAGE", "COMMAND"), help="the type checker's command, where it is not on the PATH under its usual name")  # fmt: skip
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    judges = {name: shlex.split(command) for name, command in options.judge}
    every: list[Case] = []
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as directory:
        for number, (path, span, name) in enumerate(options.range, start=1):
            clone = Path(directory) / f"clone{number}"
            subprocess.run(["git", "clone", "-q", "--bare", "--shared", path, str(clone)], check=True)
            base, head = span.split("..")
            commit, cases = plant(
                Repository(clone), base, head, name, options.most, f"case{number}-", judges.get(name, ())
            )
            every += cases
            out = sum(case.outside for case in cases)
            print(f"{span}: {len(cases)} cases, {out} with the use in a file outside the diff", flush=True)
            for strategy in options.strategies.split(","):
                for curious in (False,) if options.without_curious else (False, True):
                    globs = [f"*{suffix}" for suffix in LANGUAGES[name].suffixes]
                    row = measure(clone, f"{base}..{commit}", globs, cases, strategy, curious)
                    rows.append(replace(row, range=span))
                    show(rows[-1:], cases)
                    if options.misses:
                        for case in cases:
                            if case.id not in row.both:
                                print(f"    MISS {asdict(case)}", flush=True)
    for key in dict.fromkeys((row.strategy, row.curious) for row in rows):
        show([row for row in rows if (row.strategy, row.curious) == key], every)
    if options.json:
        cells = [
            {**asdict(row), **{k: sorted(getattr(row, k)) for k in ("both", "verified", "by_rules")}} for row in rows
        ]
        options.json.write_text(json.dumps({"cases": [asdict(case) for case in every], "rows": cells}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
