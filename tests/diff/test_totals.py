"""The law of the ledger: files, totals and lines are those of git, for any content."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from rao_review.diff.partial import partial_change
from rao_review.diff.patch import read_patch
from rao_review.diff.source import Source, load
from rao_review.types import ChangeSet

Numstat = Callable[[str], dict[str, tuple[int, int]]]

LINE = st.lists(
    st.sampled_from(
        [
            b"a",
            b"b",
            b" ",
            b"\t",
            b"\r",
            b"\x0c",
            b"\xff",
            b"\xe2\x80\xa8",
            b"-- ",
            b"++ ",
            b"@@ -1 +1 @@",
            b"diff --git a/x b/x",
            b"\\",
        ]
    ),
    max_size=4,
).map(b"".join)
LINES = st.lists(LINE, max_size=30)
NAME = st.text(alphabet=list('ab \t\n"\\é-\x7f:*'), min_size=1, max_size=5).filter(lambda name: name.strip(" ") == name)
MODE = st.sampled_from(["100644", "100644", "100644", "100755", "120000"])


@dataclass
class File:
    lines: list[bytes]
    newline: bool
    mode: str

    def content(self) -> bytes:
        if (
            self.mode == "120000"
        ):  # no file has this line: git counts a link against a file of like content in its own way
            return b"->" + b"".join(self.lines)
        return b"\n".join(self.lines) + (b"\n" if self.newline and self.lines else b"")


FILE = st.builds(File, LINES, st.booleans(), MODE)


@st.composite
def edited(draw: st.DrawFn, base: File) -> File:
    lines = list(base.lines)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(lines)))
        lines[at : at + draw(st.integers(0, 3))] = draw(st.lists(LINE, max_size=3))
    return File(
        lines,
        draw(st.sampled_from([base.newline, not base.newline])),
        draw(st.sampled_from([base.mode, base.mode, "100755"])),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, File], dict[str, File]]:
    names = draw(st.lists(NAME, unique=True, min_size=1, max_size=5))
    base = {f"{at}{name}": draw(FILE) for at, name in enumerate(names)}
    head = {}
    for path, file in base.items():
        fate = draw(st.sampled_from(["same", "edit", "edit", "edit", "delete", "move", "replace"]))
        if fate == "delete":
            continue
        changed = {"same": st.just(file), "replace": FILE}.get(fate, edited(file))
        head[f"moved/{path}" if fate == "move" else path] = draw(changed)
    if draw(st.booleans()):
        head["new " + draw(NAME)] = draw(FILE)
    return base, head


def stream(branch: str, files: dict[str, File]) -> bytes:
    parts = [f"commit refs/heads/{branch}\ncommitter A <a@example.org> 1 +0000\ndata 0\n".encode()]
    for path, file in files.items():
        octal = "".join(f"\\{byte:03o}" for byte in os.fsencode(path))
        content = file.content()
        parts.append(f'M {file.mode} inline "{octal}"\ndata {len(content)}\n'.encode() + content + b"\n")
    return b"".join(parts)


def bodies(change: ChangeSet) -> bytes:
    """The hunks put together again, as git prints them but for the section after '@@'."""
    shown = [(h.base_start, h.base_count, h.head_start, h.head_count, *h.lines) for h in change.hunks() if h.lines]
    return repr(shown).encode()


def git_bodies(patch: bytes) -> bytes:
    """The same from git's own text, read in the plainest way: line by line, by the counts."""
    out = []
    lines = iter(patch.decode("utf-8", "surrogateescape").split("\n"))
    for line in lines:
        if not line.startswith("@@ -"):
            if out and line.startswith("\\"):
                out[-1] = (*out[-1], line)
            continue
        old, new = line.split(" ")[1:3]
        (start, count), (head_start, head_count) = ([*map(int, side[1:].split(",")), 1][:2] for side in (old, new))
        body = []
        left = [count, head_count]
        while left != [0, 0]:
            body.append(next(lines))
            left[0] -= body[-1][0] in " -"
            left[1] -= body[-1][0] in " +"
        out.append((start, count, head_start, head_count, *body))
    return repr(out).encode()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bare")
    subprocess.run(["git", "init", "-q", "--bare", path], check=True)
    return path


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(histories())
def test_any_change_has_gits_totals_and_lines(
    bare: Path, numstat: Numstat, history: tuple[dict[str, File], dict[str, File]]
) -> None:
    base, head = history
    git = ["git", "-C", str(bare)]
    script = stream("base", base) + stream("head", head)
    subprocess.run([*git, "fast-import", "--force", "--quiet"], input=script, check=True)
    diff = [*git, "diff", "-M", "base", "head"]
    expected = numstat(os.fsdecode(subprocess.run([*diff, "--numstat", "-z"], capture_output=True, check=True).stdout))
    patch = subprocess.run(diff, capture_output=True, check=True).stdout
    with load(Source("base..head", repo=bare)) as loaded:
        change = loaded.change
        assert {f.path: (f.added, f.removed) for f in change.files} == expected
        assert bodies(change) == git_bodies(patch)
        assert [h.id for h in change.hunks()] == [f"h{n}" for n in range(1, sum(1 for _ in change.hunks()) + 1)]
        assert all(f.hunks and sum(h.added for h in f.hunks) == f.added for f in change.files)
        for side, files in ((loaded.base, base), (loaded.head, head)):
            assert dict(side.read_many(files)) == {path: file.content() for path, file in files.items()}
            assert [side.size(path) for path in files] == [len(file.content()) for file in files.values()]


FORMS = st.sampled_from(
    [
        ["diff"],
        ["diff", "--no-prefix"],
        ["-c", "diff.mnemonicPrefix=true", "diff"],
        ["-c", "core.quotePath=false", "diff", "--full-index"],
        ["diff", "--binary", "-U0"],
        ["diff", "--src-prefix=old/", "--dst-prefix=new/"],
    ]
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(history=histories(), form=FORMS)
def test_any_patch_alone_has_gits_totals(bare: Path, numstat: Numstat, history, form: list[str]) -> None:
    script = stream("base", history[0]) + stream("head", history[1])
    subprocess.run(["git", "-C", str(bare), "fast-import", "--force", "--quiet"], input=script, check=True)
    git = ["git", "-C", str(bare), *form, "-M", "base", "head"]
    expected = numstat(os.fsdecode(subprocess.run([*git, "--numstat", "-z"], capture_output=True, check=True).stdout))
    text = subprocess.run(git, capture_output=True, check=True).stdout
    assume(text)
    change, base, head = partial_change(read_patch(text, "p"), ())
    assert {f.path: (f.added, f.removed) for f in change.files} == expected
    for changed in change.files:
        for tree, files, path in ((base, history[0], changed.base_path), (head, history[1], changed.head_path)):
            if path is None or changed.binary:
                continue
            shown, known = tree.read(path).split(b"\n"), files[path].content().split(b"\n")
            assert all(not line or line == known[at] for at, line in enumerate(shown))
            if changed.status in ("added", "deleted"):
                assert tree.read(path) == files[path].content()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(history=histories(), form=FORMS, inside=st.booleans())
@example(({"a": File([], False, "100644")}, {"a": File([], False, "100755")}), ["diff"], True)
def test_any_patch_in_its_repository_is_the_range(
    bare: Path, tmp_path_factory, history, form: list[str], inside: bool
) -> None:
    script = stream("base", history[0]) + stream("head", history[1])
    subprocess.run(["git", "-C", str(bare), "fast-import", "--force", "--quiet"], input=script, check=True)
    form = [*form, "--binary", "--full-index"]
    text = subprocess.run(["git", "-C", str(bare), *form, "-M", "base", "head"], capture_output=True, check=True).stdout
    assume(text)
    patch = tmp_path_factory.mktemp("patch") / "p.patch"
    patch.write_bytes(text)
    (bare / "HEAD").write_text(f"ref: refs/heads/{'head' if inside else 'base'}\n")
    with load(Source("base..head", repo=bare)) as expected, load(Source(str(patch), repo=bare)) as loaded:
        assert (loaded.change.base_id, loaded.change.head_id) == (expected.change.base_id, expected.change.head_id)
        assert loaded.change.files == expected.change.files
        already = "the patch is already in HEAD: reviewed as the change that led there"
        assert (already in loaded.change.notes) == (inside)
