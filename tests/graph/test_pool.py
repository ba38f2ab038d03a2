"""The worker processes: every job gets one outcome, whatever happens to the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rao_review.graph.blob import Answer, Extract, Task, handler
from rao_review.graph.pool import NOT_STARTED, NOT_TRIED, TIMED_OUT, Job, Outcome, Pool
from rao_review.graph.worker import Entry

TARGET = "rao_review.graph.blob:handler"
BOMB = b"package bomb\n\nvar x = " + b"(" * 200_000


def job(key: int, source: bytes, language: str = "") -> Job:
    return Job(key, Task(source, language, True, Extract.ALWAYS).encode())


def words(key: int, count: int = 40) -> bytes:
    return b" ".join(b"word_%d_%d" % (key, number) for number in range(count))


@pytest.fixture
def pool() -> Iterator[Pool]:
    # The wall-clock limit is a multiple of this, and must not be met by a machine that is merely busy.
    made = Pool(Entry(TARGET, cpu_seconds=2, memory_bytes=512 << 20), workers=2)
    yield made
    made.close()


def test_every_job_is_answered_once_and_as_here(pool: Pool) -> None:
    jobs = [job(key, words(key)) for key in range(500)]
    outcomes = list(pool.run(jobs))
    handle = handler(b"")
    assert sorted((o.key, o.answer) for o in outcomes) == [(j.key, handle(j.payload)) for j in jobs]


def test_jobs_are_drawn_only_as_answers_come_back() -> None:
    pool = Pool(Entry(TARGET, cpu_seconds=5, memory_bytes=512 << 20), workers=2, in_flight_bytes=100_000)
    drawn = 0

    def jobs() -> Iterator[Job]:
        nonlocal drawn
        for key in range(200):
            drawn += 1
            yield job(key, b"x" * 10_000)

    most_ahead = max(drawn - done for done, _ in enumerate(pool.run(jobs()), 1))
    pool.close()
    assert drawn == 200
    assert most_ahead <= 12


def test_large_jobs_and_answers_pass_through(pool: Pool) -> None:
    sources = [words(key, 120_000) for key in range(4)]
    outcomes = list(pool.run([job(key, source) for key, source in enumerate(sources)]))
    assert all(o.answer and len(o.answer) > 400_000 for o in outcomes)
    assert len(outcomes) == 4


def test_a_parser_bomb_times_out_and_the_others_go_on(pool: Pool) -> None:
    jobs = [job(key, words(key)) for key in range(50)]
    jobs[20] = job(20, BOMB, "go")
    outcomes = {o.key: o for o in pool.run(jobs)}
    assert outcomes.pop(20) == Outcome(20, None, TIMED_OUT, lasting=True)
    assert len(outcomes) == 49
    assert all(o.answer for o in outcomes.values())


def test_after_too_many_timeouts_the_rest_is_not_tried() -> None:
    pool = Pool(Entry(TARGET, cpu_seconds=1.5, memory_bytes=512 << 20), workers=1, timeouts=2)
    outcomes = list(pool.run([job(key, BOMB, "go") for key in range(6)]))
    pool.close()
    assert [o.failure for o in outcomes] == [TIMED_OUT] * 2 + [NOT_TRIED] * 4
    assert [o.lasting for o in outcomes] == [True] * 2 + [False] * 4


@pytest.mark.parametrize(("number", "lasting"), [(signal.SIGKILL, False), (signal.SIGSEGV, True)])
def test_a_killed_worker_costs_one_job(
    number: signal.Signals, lasting: bool, children: Callable[[int], list[int]]
) -> None:
    pool = Pool(Entry(TARGET, cpu_seconds=60, memory_bytes=512 << 20), workers=1)  # the bomb outlasts a slow machine
    seen: list[Outcome] = []

    def jobs() -> Iterator[Job]:
        yield from (job(key, words(key)) for key in range(20))
        yield job(20, BOMB, "go")
        yield from (job(key, words(key, 4000)) for key in range(21, 60))

    for outcome in pool.run(jobs()):
        seen.append(outcome)
        if len(seen) == 20:  # the only worker is at the bomb now
            (worker,) = children(os.getpid())
            os.kill(worker, number)
    pool.close()
    assert sorted(o.key for o in seen) == list(range(60))
    assert [o for o in seen if o.answer is None] == [Outcome(20, None, f"parser crashed ({number.name})", lasting)]


def test_a_worker_killed_while_idle_is_replaced(pool: Pool, children: Callable[[int], list[int]]) -> None:
    assert [o.key for o in pool.run([job(1, b"one")])] == [1]
    for worker in children(os.getpid()):
        os.kill(worker, signal.SIGKILL)
    assert [bool(o.answer) for o in pool.run([job(key, b"two") for key in range(5)])] == [True] * 5


def test_memory_of_a_job_is_bounded() -> None:
    pool = Pool(Entry(TARGET, cpu_seconds=20, memory_bytes=60 << 20), workers=1)
    small, large = pool.run([job(1, b"one"), job(2, words(0, 3_000_000))])
    pool.close()
    assert small.answer
    assert large.answer is None
    assert large.failure.startswith("parser crashed")


def test_no_process_is_left_after_close(pool: Pool, children: Callable[[int], list[int]]) -> None:
    run = pool.run(job(key, words(key)) for key in range(100))
    next(run)
    workers = children(os.getpid())
    assert workers
    run.close()
    assert children(os.getpid()) == []
    assert [o.key for o in pool.run([job(7, b"again")])] == [7]
    workers += children(os.getpid())
    pool.close()
    for worker in workers:
        with pytest.raises(ChildProcessError):
            os.waitpid(worker, os.WNOHANG)  # not even a zombie


def test_workers_that_cannot_start_fail_every_job() -> None:
    pool = Pool(Entry("rao_review.graph.no_such_module:handler", 1, 512 << 20), workers=2)
    assert [o.failure for o in pool.run([job(1, b"a"), job(2, b"b")])] == [NOT_STARTED] * 2
    pool.close()


SCRIPT = """
import sys, time
from rao_review.graph.blob import Extract, Task
from rao_review.graph.pool import Job, Pool
from rao_review.graph.worker import Entry

def main():
    pool = Pool(Entry("rao_review.graph.blob:handler", 0.5, 512 << 20), workers=2)
    def job(key, source, language):
        return Job(key, Task(source, language, True, Extract.ALWAYS).encode())
    list(pool.run([job(1, b"one", ""), job(2, b"two" * 200_000, "")]))
    print("idle", flush=True)
    if sys.argv[1] == "busy":
        list(pool.run([job(key, b"package bomb\\n\\nvar x = " + b"(" * 200_000, "go") for key in range(4)]))
    time.sleep(60)

main()
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script" / "main.py"
    path.parent.mkdir()
    path.write_text(SCRIPT)
    return path


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_workers_end_when_the_parent_is_killed(
    state: str,
    script: Path,
    environment: dict[str, str],
    children: Callable[[int], list[int]],
    is_alive: Callable[[int], bool],
    wait_until: Callable[[Callable[[], object]], None],
) -> None:
    with subprocess.Popen([sys.executable, script, state], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"idle\n"
        workers = children(parent.pid)
        assert workers
        parent.kill()
    wait_until(lambda: not any(map(is_alive, workers)))


def test_workers_ignore_interrupts(
    script: Path, environment: dict[str, str], children: Callable[[int], list[int]]
) -> None:
    with subprocess.Popen([sys.executable, script, "idle"], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        workers = children(parent.pid)
        for worker in workers:
            status = dict(line.split(":\t", 1) for line in Path(f"/proc/{worker}/status").read_text().splitlines())
            assert int(status["SigIgn"], 16) >> (signal.SIGINT - 1) & 1
            assert os.getpgid(worker) != os.getpgid(parent.pid)  # Ctrl-C in a terminal does not even reach it
        parent.kill()


def test_workers_import_nothing_from_the_current_directory(
    script: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    for name in ("json.py", "socket.py", "rao_review.py", "sitecustomize.py"):
        (tmp_path / name).write_text("import pathlib; pathlib.Path(__file__).with_name('taken').touch()\n")
    code = script.read_text().replace("time.sleep(60)", "pool.close()")
    script.write_text(code)
    subprocess.run([sys.executable, "-P", script, "idle"], cwd=tmp_path, env=environment, check=True, timeout=60)
    assert not (tmp_path / "taken").exists()


def test_answers_decode() -> None:
    task = Task(b"package a\n\nfunc F() {}\n", "go", True, Extract.ALWAYS)
    answer = Answer.decode(handler(b"")(task.encode()))
    assert answer.tokens
    assert answer.facts
