"""The cache: whatever happens to its file, a review goes on."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rao_review.graph.cache import Cache

BLOBS = [f"{number:040x}" for number in range(1200)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folders" / "graph.sqlite"


def fill(path: Path, count: int = 1200, size: int = 50) -> dict[str, bytes]:
    cache = Cache(path)
    values = {blob: blob.encode() * (size // 40 + 1) for blob in BLOBS[:count]}
    for blob, value in values.items():
        cache.put("facts", blob, value)
    cache.close()
    assert cache.note == ""
    return values


def test_what_was_put_is_there_in_the_next_run(path: Path) -> None:
    values = fill(path)
    cache = Cache(path)
    assert cache.get("facts", BLOBS) == values
    assert cache.get("facts", ["f" * 40]) == {}
    assert cache.get("other", BLOBS) == {}
    cache.put("facts", BLOBS[0], b"new")
    cache.flush()
    assert cache.get("facts", BLOBS[:2]) == {BLOBS[0]: b"new", BLOBS[1]: values[BLOBS[1]]}
    cache.close()
    assert cache.note == ""


def test_ids_of_sha256_repositories_are_kept_too(path: Path) -> None:
    cache = Cache(path)
    cache.put("facts", "ab" * 32, b"value")
    cache.flush()
    assert cache.get("facts", ["ab" * 32, "ab" * 20]) == {"ab" * 32: b"value"}
    cache.close()


def test_without_a_path_nothing_is_remembered() -> None:
    cache = Cache(None)
    cache.put("facts", BLOBS[0], b"value")
    assert cache.get("facts", BLOBS) == {}
    cache.close()
    assert cache.note == ""


@pytest.mark.parametrize("seed", range(25))
def test_damage_at_random_places_is_never_a_wrong_value(path: Path, seed: int) -> None:
    values = fill(path, 300, 400)
    chance = random.Random(seed)
    data = bytearray(path.read_bytes())
    if seed % 5 == 0:
        del data[chance.randrange(len(data)) :]
    for _ in range(chance.choice([1, 20, 2000])):
        if data:
            data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data)
    cache = Cache(path)
    assert cache.get("facts", BLOBS).items() <= values.items()
    cache.put("facts", BLOBS[1000], b"fresh")
    cache.close()
    healed = Cache(path)
    for blob in BLOBS:
        healed.put("facts", blob, b"value")
    healed.close()
    final = Cache(path)
    assert all(value in (b"value", b"fresh", values.get(blob)) for blob, value in final.get("facts", BLOBS).items())
    final.close()


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_cache_is_rebuilt(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    cache = Cache(path)
    cache.put("facts", BLOBS[0], b"value")
    cache.close()
    assert "rebuilt" in cache.note
    assert "\n" not in cache.note
    again = Cache(path)
    assert again.get("facts", BLOBS) == {BLOBS[0]: b"value"}
    assert again.note == ""
    again.close()


def test_a_cache_of_another_version_or_with_strange_tables_is_rebuilt(path: Path) -> None:
    for change in ("PRAGMA user_version = 99", "CREATE VIEW trap AS SELECT 1", "DROP TABLE entry"):
        fill(path)
        with sqlite3.connect(path) as db:
            db.execute(change)
        db.close()
        cache = Cache(path)
        assert cache.get("facts", BLOBS) == {}
        assert "rebuilt" in cache.note
        cache.close()
        assert fill(path)


def test_a_place_that_cannot_be_used_gives_a_note(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "graph.sqlite", tmp_path):
        cache = Cache(place)
        cache.put("facts", BLOBS[0], b"value")
        assert cache.get("facts", BLOBS) == {}
        cache.close()
        assert cache.note.startswith("no graph cache (")


USE = """
import os, resource, sys, signal
from pathlib import Path
from rao_review.graph.cache import Cache

def use(path):
    cache = Cache(Path(path))
    print(len(cache.get("facts", [f"{n:040x}" for n in range(1200)])))
    for number in range(5000, 5400):
        cache.put("facts", f"{number:040x}", os.urandom(500))
    cache.close()
    print(cache.note)
"""


def run_python(code: str, *arguments: str, **options: object) -> list[str]:
    prefix = f"import sys; sys.path[:] = {[place for place in sys.path if place]!r}"
    command = [sys.executable, "-c", f"{prefix}\n{USE}\n{code}", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, **options
    ).stdout.splitlines()  # type: ignore[call-overload, no-any-return]


def test_a_full_disk_gives_a_note(path: Path) -> None:
    fill(path)
    code = "resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)); use(sys.argv[1])"
    known, note = run_python(code, str(path))
    assert known == "1200"
    assert note.startswith("graph cache could not be written (")


def test_a_read_only_folder_gives_a_note(path: Path) -> None:
    fill(path)
    folder = path.parent
    drop = ""
    if os.geteuid() == 0:  # root may write anywhere: become nobody, who needs a way in
        shutil.chown(folder, 65534)
        shutil.chown(path, 65534)
        drop = "os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    path.chmod(0o400)
    folder.chmod(0o500)
    out = run_python(f"os.chdir(sys.argv[1])\n{drop}\nuse('graph.sqlite')", str(folder))
    folder.chmod(0o700)
    assert out[-1].startswith(("no graph cache (", "graph cache could not be written ("))


def test_a_locked_cache_gives_a_note(path: Path) -> None:
    fill(path)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        cache = Cache(path)
        cache.put("facts", BLOBS[0], b"value")
        cache.close()
        other.execute("ROLLBACK")
    other.close()
    assert "locked" in cache.note


def test_runs_at_the_same_time_share_one_cache(path: Path) -> None:
    code = """
cache = Cache(Path(sys.argv[1]))
start = int(sys.argv[2]) * 100
for round in range(20):
    for number in range(start, start + 300):
        cache.put("facts", f"{number:040x}", b"%d" % number)
    cache.flush()
    found = cache.get("facts", [f"{number:040x}" for number in range(1200)])
    assert all(value == b"%d" % int(blob, 16) for blob, value in found.items())
    assert len(found) >= 300
cache.close()
print(cache.note)
"""
    prefix = f"import sys; sys.path[:] = {[place for place in sys.path if place]!r}"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", f"{prefix}\n{USE}\n{code}", str(path), str(number)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    assert [run.communicate(timeout=60)[0] for run in runs] == ["\n"] * 4
    assert all(run.returncode == 0 for run in runs)
    cache = Cache(path)
    assert len(cache.get("facts", BLOBS)) == 600
    cache.close()


def test_the_least_recently_used_goes_when_it_grows_too_large(path: Path) -> None:
    fill(path, 400, 4000)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE entry SET used = 20000 - (id % 2) * 100")
    db.close()
    before = path.stat().st_size
    cache = Cache(path, limit_bytes=before * 3 // 4)
    recent = set(cache.get("facts", BLOBS[1:400:8]))  # of the older half
    cache.close()
    assert path.stat().st_size <= before * 3 // 4
    again = Cache(path)
    left = set(again.get("facts", BLOBS))
    again.close()
    assert len(recent) == 50
    assert recent <= left
    assert 100 < len(left) < 300
