"""The journal: append-only lines that survive a kill, and the list of runs folded from them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rao_review.errors import JournalError
from rao_review.trace.events import NodeReturned, NodeStarted, RunFinished, RunStarted
from rao_review.trace.journal import Fanout, Journal, MemoryJournal, new_run_id, read
from rao_review.trace.runs import find_run, list_runs, load_run, runs_directory

START = RunStarted("builtin", None, {"base": "main", "head": "topic\udcff", "files": 2})
NODE = NodeStarted("0", "", 0, "all", ("h1", "h\udc80"), 7)
END = RunFinished("complete", {"findings": [], "text": "x" * 200_000})


def write(directory: Path, *events: object) -> Path:
    journal = Journal(directory)
    for event in events:
        journal.record(event)  # type: ignore[arg-type]
    journal.close()
    return journal.path


def test_what_is_recorded_reads_back_equal_with_times_in_order(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    path = write(tmp_path / "a" / "b", START, NODE, END)
    records = list(read(path))
    assert [record.event for record in records] == [START, NODE, END]
    assert {record.run for record in records} == {path.stem}
    times = [before, *(record.at for record in records), datetime.now(UTC)]
    assert times == sorted(times)


def test_a_line_describes_itself(tmp_path: Path) -> None:
    line = json.loads(write(tmp_path, NODE).read_text("ascii"))
    assert list(line)[:5] == ["schema", "run", "at", "event", "node"]
    assert line["schema"] == "rao-review/journal@1"
    assert line["event"] == "node_started"
    assert line["hunks"] == ["h1", "h\udc80"]


def test_every_event_is_on_disk_before_the_next_happens(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number, event in enumerate([START, NODE, END], start=1):
        journal.record(event)
        assert journal.path.read_bytes().count(b"\n") == number
    journal.close()


def test_a_torn_last_line_is_left_out_wherever_it_was_torn(tmp_path: Path) -> None:
    path = write(tmp_path, START, NODE)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in (first, first + 1, first + 40, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert [record.event for record in read(path)] == [START]
    path.write_bytes(whole[: first - 1])
    assert list(read(path)) == []


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b'{"schema": "rao-review/journal@2"}', "schema 'rao-review/journal@2', expected 'rao-review/journal@1'"),
        (b"[]", "schema None"),
        (b"\xff\xfe", "damaged: this line is not JSON"),
        (b'{"schema": "rao-review/journal@1", "run": "x", "at": "now", "event": "looked"}', "damaged"),
        (b'{"schema": "rao-review/journal@1", "run": "x", "at": "2026-01-01T00:00:00", "event": "new"}', "damaged"),
    ],
)
def test_foreign_and_damaged_lines_name_file_and_line(tmp_path: Path, line: bytes, complaint: str) -> None:
    path = write(tmp_path, START)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(JournalError) as error:
        list(read(path))
    assert str(error.value).startswith(f"{path}:2: ")
    assert complaint in str(error.value)


def test_a_place_that_cannot_be_written_is_a_note_and_not_an_end(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the directory should be")
    journal, memory = Journal(tmp_path / "runs"), MemoryJournal()
    both = Fanout(journal, memory)
    both.record(START)
    both.record(NODE)
    assert memory.events == [START, NODE]
    assert journal.failure.startswith("this run is not recorded: ")
    assert "\n" not in journal.failure


def test_an_existing_journal_is_never_touched(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    first.path.write_text("precious")
    first.record(START)
    assert "exists" in first.failure
    assert first.path.read_text() == "precious"


def test_run_ids_sort_by_time_and_differ() -> None:
    begin = datetime(2026, 11, 23, 12, 15, 30, tzinfo=UTC)
    ids = [new_run_id(begin + timedelta(seconds=s)) for s in range(100)]
    assert ids == sorted(ids)
    assert re.fullmatch(r"20261123-121530-[0-9a-f]{4}", ids[0])
    assert len({new_run_id(begin) for _ in range(50)}) > 40


@pytest.mark.skipif(sys.platform == "win32", reason="locks are POSIX here")
def test_a_running_run_is_told_from_a_killed_one(tmp_path: Path) -> None:
    """A real process writes, waits, and is killed with SIGKILL in between."""
    program = (
        "import sys, pathlib\n"
        "from rao_review.trace.journal import Journal\n"
        "from rao_review.trace.events import StageFinished\n"
        "journal = Journal(pathlib.Path(sys.argv[1]))\n"
        "journal.record(StageFinished('load', 0.1, 'x'))\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    assert [run.outcome for run in list_runs(tmp_path)] == ["running"]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert [run.outcome for run in list_runs(tmp_path)] == ["killed"]


def test_runs_are_listed_newest_first_with_their_outcome(tmp_path: Path) -> None:
    for name, events in {
        "20260101-000000-0001": (START, NODE, END),
        "20260102-000000-0001": (START, RunFinished("partial", {"findings": []})),
        "20260103-000000-0001": (START, RunFinished("failed", {"error": "no git"})),
        "20260104-000000-0001": (START, NODE),
    }.items():
        write(tmp_path, *events).rename(tmp_path / f"{name}.jsonl")
    (tmp_path / "20260105-000000-0001.jsonl").write_text("hello\n")
    (tmp_path / "notes.txt").write_text("not a journal")
    runs = list_runs(tmp_path)
    assert [(run.id[:8], run.outcome) for run in runs] == [
        ("20260105", "unreadable"),
        ("20260104", "killed"),
        ("20260103", "failed"),
        ("20260102", "partial"),
        ("20260101", "complete"),
    ]
    assert runs[-1].report == END.report
    assert runs[-1].change == START.change
    assert "not JSON" in runs[0].detail


def test_an_empty_or_torn_journal_is_a_killed_run(tmp_path: Path) -> None:
    for name, content in (("a", b""), ("b", b'{"schema')):
        path = tmp_path / f"{name}.jsonl"
        path.write_bytes(content)
        assert load_run(path).outcome == "killed"


def test_the_last_of_one_second_is_the_one_that_began_last(tmp_path: Path) -> None:
    for name in ("20260202-000000-bbbb", "20260202-000000-cccc", "20260202-000000-aaaa"):
        write(tmp_path, START).rename(tmp_path / f"{name}.jsonl")
    assert find_run(tmp_path, "last").stem == "20260202-000000-aaaa"


def test_runs_are_found_by_id_prefix_and_last(tmp_path: Path) -> None:
    for name in ("20260101-000000-aaaa", "20260101-000000-aaab", "20260202-000000-cccc"):
        write(tmp_path, START).rename(tmp_path / f"{name}.jsonl")
    assert find_run(tmp_path, "last").stem == "20260202-000000-cccc"
    assert find_run(tmp_path, "202602").stem == "20260202-000000-cccc"
    assert find_run(tmp_path, "20260101-000000-aaaa").stem == "20260101-000000-aaaa"
    for wanted, complaint in (("2026", "3 runs"), ("x", "no run 'x'"), ("", "no run ''"), ("../x", "no run")):
        with pytest.raises(JournalError, match=re.escape(complaint)):
            find_run(tmp_path, wanted)
    with pytest.raises(JournalError, match="no runs yet"):
        find_run(tmp_path / "none", "last")


def test_where_runs_live(tmp_path: Path) -> None:
    assert runs_directory(tmp_path) == tmp_path / "rao-review" / "runs"
    assert runs_directory(None, {"XDG_STATE_HOME": "/state"}) == Path("/state/rao-review/runs")
    assert runs_directory(None, {}).is_absolute()


def test_a_journal_may_hold_source_text_and_is_private(tmp_path: Path) -> None:
    if sys.platform != "win32":
        assert write(tmp_path, START).stat().st_mode & 0o077 == 0


def test_nodes_that_returned_are_events_too(tmp_path: Path) -> None:
    returned = NodeReturned("0", "done", ("f1",), ("h1",))
    assert [r.event for r in read(write(tmp_path, returned))] == [returned]
