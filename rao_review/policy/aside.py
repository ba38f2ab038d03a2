"""A second process for the rules that start from changed lines: it looks at these while this one builds the graph.

It reads trees and facts where this one has them from, so it costs a quarter of a second of another core and some memory, and is
worth that for a large change only. It is never relied on: where it is not asked, or gives no answer, its work is done here.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Self

from rao_review.graph.graph import Graph
from rao_review.graph.interpreter import start
from rao_review.graph.store import Store
from rao_review.policy.line_findings import LineFindings, line_findings
from rao_review.policy.rules.rule import Rule
from rao_review.types import ChangeSet

WORTH_LINES = 20_000
"""So many changed lines take the line rules longer than the process takes to start."""


class Aside:
    """The line rules of one review. A context manager; what is not asked for by its end is given up.

    Args:
        rules: the line rules that are in force.
        change: what they will look at.
        processes: how many may work at once; 0 for one a core.
    """

    def __init__(self, rules: Sequence[Rule], change: ChangeSet, processes: int) -> None:
        self._rules = rules
        lines = sum(hunk.added + hunk.removed for hunk in change.reviewable())
        is_worth_it = lines >= WORTH_LINES and (processes or os.cpu_count() or 1) > 1
        self._process = _start() if rules and is_worth_it else None
        self._thread = ThreadPoolExecutor(1, "aside")
        self._answer: Future[bytes] | None = None
        self._found: LineFindings | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._thread.shutdown()
            with self._process:
                pass  # its pipes are closed and it is reaped

    def begin(self, graph: Graph, store: Store) -> None:
        """Hands the work over, if there is a process and it has none yet. What the store knows by now is not worked out again."""
        process = self._process
        if process is None or self._answer is not None:
            return
        cache = store.share()
        if cache is not None:
            work = pickle.dumps((graph.change, graph.base, graph.head, cache, self._rules), pickle.HIGHEST_PROTOCOL)
            self._answer = self._thread.submit(_exchange, process, [work])

    async def findings(self, graph: Graph) -> LineFindings:
        """What the line rules say of the change of a graph. Who asks while the other process is at work waits, and lets others work."""
        if self._found is None and self._answer is not None:
            await asyncio.wrap_future(self._answer)
        if self._found is None:
            self._found = self._taken() or line_findings(graph, self._rules)
        return self._found

    def _taken(self) -> LineFindings | None:
        """What the other process found; None when it was not asked or has no answer."""
        answer = self._answer.result() if self._answer is not None else b""
        found: LineFindings | None = pickle.loads(answer) if answer else None
        return found


def _start() -> subprocess.Popen[bytes] | None:
    try:
        return start(main, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    except OSError:
        return None


def _exchange(process: subprocess.Popen[bytes], work: list[bytes]) -> bytes:
    """The answer of a process to the work, b"" from one that died. The work is taken out of its list, so that it takes no more room."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(OSError), process.stdin:
        process.stdin.write(work.pop())
    answer = process.stdout.read()
    return answer if process.wait() == 0 else b""


def main() -> None:
    """The other process: the work on standard input, the findings on standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # one answer and the end
    change, base, head, cache, rules = pickle.load(sys.stdin.buffer)
    # Neither store nor trees are closed: the cache is the parent's to tidy, and so is the directory of the trees.
    store = Store(cache, workers=1)
    found = line_findings(Graph(change, base, head, store), rules)
    store.share()
    pickle.dump(found, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    sys.stdout.flush()
    os._exit(0)
