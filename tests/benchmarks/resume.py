"""Kills a review by a simulated model at random moments, resumes it each time, and holds the result against an undisturbed run.

    python tests/benchmarks/resume.py REPOSITORY RANGE [--kills 30] [--window 6000] [--seed 1]

The endpoint is *simulated*, on loopback, with real HTTP. For each kill: when it came (share of the time from the first answer to the end), how many
answers the server had given by then, how many of them were asked for again (at most those under way at the kill), and whether the
report is the same but for run id and seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from rao_review.simulate import Options, serve_in_thread
from rao_review.simulate.latency import Latency


def stats(url: str) -> dict[str, Any]:
    with urlopen(f"{url}/stats", timeout=10) as response:
        return json.load(response)


def wait_for(url: str, answered: int) -> None:
    """Until the server has given so many answers: the review is under way."""
    while stats(url)["answered"] < answered:
        time.sleep(0.005)


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "rao_review", "diff", *words, "--format", "json"]


def report(words: list[str], cwd: Path) -> dict[str, Any]:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    for name in ("id", "seconds"):
        del found["run"][name]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("range")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--window", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as directory:
        clone = Path(directory) / "clone"
        subprocess.run(["git", "clone", "-q", "--shared", str(chosen.repository), str(clone)], check=True)
        options = Options(window=chosen.window, latency=Latency(base=0.15))
        with serve_in_thread(options) as url:
            ask = command(chosen.range, "--model", "simulated", "--base-url", url, "--concurrency", "8")
            undisturbed = report(ask, clone)  # fills the cache of facts too
            calls = undisturbed["usage"]["calls"]
            begun, done = (
                stats(url)["answered"],
                subprocess.Popen(ask, cwd=clone, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True),
            )
            wait_for(url, begun + 1)
            start = time.monotonic()
            again = json.loads(done.communicate()[0])["findings"]
            seconds = time.monotonic() - start
            same_twice = again == undisturbed["findings"]
            print(f"undisturbed: {calls} calls in {seconds:.1f} s, twice the same findings: {same_twice}")
            same = repeated = 0
            for number in range(1, chosen.kills + 1):
                moment = chance.uniform(0.0, 0.95)
                before = stats(url)
                process = subprocess.Popen(ask, cwd=clone, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                wait_for(url, before["answered"] + 1)
                time.sleep(moment * seconds)
                process.kill()
                process.wait()
                time.sleep(0.3)  # what was under way is answered to nobody
                killed = stats(url)
                resumed = report(command("--resume"), clone)
                after = stats(url)
                paid = killed["answered"] - before["answered"]
                twice = paid + after["answered"] - killed["answered"] - calls
                same += resumed == undisturbed
                repeated += twice
                print(
                    f"{number:3}  at {moment:4.0%}  {paid:4} answers by then  {twice:2} asked again  same: {resumed == undisturbed}"
                )
            print(
                f"{same} of {chosen.kills} reports equal; {repeated} calls asked again in all, at most 8 under way at each kill"
            )


if __name__ == "__main__":
    main()
