"""Patch files in all the forms that people have, and damaged ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rao_review.diff.partial import partial_change
from rao_review.diff.patch import read_patch
from rao_review.diff.source import Source, load
from rao_review.errors import PatchError, SourceError

ONE = "--- a/x.py\n+++ b/x.py\n@@ -3,3 +3,3 @@ def f():\n same\n-old\n+new\n same\n"


def change_of(text: str | bytes, *paths: str):
    return partial_change(read_patch(text.encode() if isinstance(text, str) else text, "p.patch"), paths)[0]


def summary(text: str | bytes):
    return [(f.status, f.base_path, f.head_path, f.added, f.removed) for f in change_of(text).files]


def test_a_plain_patch() -> None:
    change, base, head = partial_change(read_patch(ONE.encode(), "p.patch"), ())
    (changed,) = change.files
    (hunk,) = changed.hunks
    assert (hunk.id, hunk.base_start, hunk.base_count, hunk.head_start, hunk.head_count) == ("h1", 3, 3, 3, 3)
    assert (hunk.section, hunk.lines) == ("def f():", (" same", "-old", "+new", " same"))
    assert base.read("x.py") == b"\n\nsame\nold\nsame\n"
    assert head.read("x.py") == b"\n\nsame\nnew\nsame\n"
    assert head.read("y.py") is None
    assert head.partial
    assert change.notes == ("no repository: only what the patch shows was reviewed; uses elsewhere are unknown",)
    assert changed.base.oid != changed.head.oid


@pytest.mark.parametrize(
    "headers",
    [
        "diff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n",
        "diff --git x.py x.py\nindex 1..2 100644\n--- x.py\n+++ x.py\n",
        "diff --git i/x.py w/x.py\nindex 1..2 100644\n--- i/x.py\n+++ w/x.py\n",
        "--- a/x.py\t2026-01-01 10:00:00.000000000 +0100\n+++ b/x.py\t2026-01-02 10:00:00.000000000 +0100\n",
        "diff -ru old/x.py new/x.py\n--- old/x.py\t2026-01-01\n+++ new/x.py\t2026-01-02\n",
        "Index: x.py\n==========================\n--- x.py\t(revision 1)\n+++ x.py\t(working copy)\n",
        "# HG changeset patch\n# User x\ndiff -r 1 -r 2 x.py\n--- a/x.py\tThu Jan 01 00:00:00 2026\n+++ b/x.py\tThu Jan 01 2026\n",
        "commit 12\nAuthor: A <a@b>\n\n    - not removed\n    + nor added\n\ndiff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n",
        '--- "a/x\\056py"\n+++ "b/x.py"\n',
        "--- /srv/one/x.py\n+++ /srv/two/x.py\n",
    ],
)
def test_headers_of_many_tools(headers: str) -> None:
    body = ONE.split("\n", 2)[2]
    assert summary(headers + body) == [("modified", "x.py", "x.py", 1, 1)]
    assert summary((headers + body).replace("\n", "\r\n")) == [("modified", "x.py", "x.py", 1, 1)]


def test_encodings_of_the_patch_itself() -> None:
    expected = summary(ONE)
    assert summary(ONE.encode("utf-8-sig")) == expected
    assert summary(ONE.replace("\n", "\r\n").encode("utf-16")) == expected


def test_new_deleted_renamed_mode_binary_and_empty() -> None:
    text = (
        "diff --git a/new b/new\nnew file mode 100755\nindex 0000000..d00491f\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+1\n"
        "diff --git a/gone b/gone\ndeleted file mode 100644\nindex d00491f..0000000\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"
        "diff --git a/o l d b/n e w\nsimilarity index 100%\nrename from o l d\nrename to n e w\n"
        "diff --git a/c b/d\nsimilarity index 100%\ncopy from c\ncopy to d\n"
        "diff --git a/run me b/run me\nold mode 100644\nnew mode 100755\n"
        "diff --git a/pic b/pic\nindex 1111111..2222222 100644\nBinary files a/pic and b/pic differ\n"
        "diff --git a/lit b/lit\nindex 1111111..2222222 100644\nGIT binary patch\nliteral 1\nIcmZPo000310RR91\n\n"
        "literal 1\nIcmZPo000310RR91\n\n"
        "diff --git a/empty b/empty\nnew file mode 100644\nindex 0000000..e69de29\n"
    )
    change = change_of(text)
    assert {f.path: (f.status, f.base_path, [h.note for h in f.hunks]) for f in change.files} == {
        "new": ("added", None, [""]),
        "gone": ("deleted", "gone", [""]),
        "n e w": ("renamed", "o l d", ["renamed from o l d"]),
        "d": ("copied", "c", ["copied from c"]),
        "run me": ("modified", "run me", ["mode changed 100644 → 100755"]),
        "pic": ("modified", "pic", ["binary"]),
        "lit": ("modified", "lit", ["binary"]),
        "empty": ("added", None, ["empty file added"]),
    }
    assert [f.path for f in change.files] == sorted(f.path for f in change.files)
    assert next(f for f in change.files if f.path == "new").head.kind == "executable"


def test_a_file_that_became_a_link_is_one_file() -> None:
    text = (
        "diff --git a/x b/x\ndeleted file mode 100644\nindex 1111111..0000000\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"
        "diff --git a/x b/x\nnew file mode 120000\nindex 0000000..2222222\n--- /dev/null\n+++ b/x\n"
        "@@ -0,0 +1 @@\n+t\n\\ No newline at end of file\n"
    )
    change, base, head = partial_change(read_patch(text.encode(), "p"), ())
    assert [(f.status, f.head.kind, f.added, f.removed) for f in change.files] == [("typechanged", "symlink", 1, 1)]
    assert (base.read("x"), head.read("x")) == (b"1\n", b"t")


def test_diff_ru_between_real_folders(tmp_path: Path) -> None:
    for side, files in {
        "old": {"same": "1\n", "edit": "1\n", "gone": "1\n"},
        "new": {"same": "1\n", "edit": "2\n", "added": "1\n"},
    }.items():
        (tmp_path / side).mkdir()
        for name, content in files.items():
            (tmp_path / side / name).write_text(content)
    plain = subprocess.run(["diff", "-ru", "old", "new"], cwd=tmp_path, capture_output=True, check=False).stdout
    change = change_of(plain)
    assert [(f.status, f.path) for f in change.files] == [("modified", "edit")]
    assert sum("Only in" in note and "not in the patch" in note for note in change.notes) == 2
    whole = subprocess.run(["diff", "-ruN", "old", "new"], cwd=tmp_path, capture_output=True, check=False).stdout
    assert summary(whole) == [
        ("added", None, "added", 1, 0),
        ("modified", "edit", "edit", 1, 1),
        ("deleted", "gone", None, 0, 1),
    ]


def test_content_that_looks_like_headers() -> None:
    text = "--- a/q.sql\n+++ b/q.sql\n@@ -1,4 +1,4 @@\n--- a comment\n+++ b comment\n diff --git a/x b/x\n-@@ -1 +1 @@\n+@@ -2 +2 @@\n \n"
    (changed,) = change_of(text).files
    assert changed.hunks[0].lines[:2] == ("--- a comment", "+++ b comment")
    assert (changed.added, changed.removed) == (2, 2)


def test_mails_of_one_and_of_several_commits(repository, tmp_path, numstat) -> None:
    repository.commit({"a": "1\n", "b": "1\n"})
    repository.commit({"a": "2\n"}, "first\n\n- a bullet\n+ another\n--- dashes")
    repository.commit({"b": "2\n"}, "second")
    mbox = repository.git("format-patch", "--stdout", "HEAD~2") + "\n"
    assert summary(mbox) == [("modified", "a", "a", 1, 1), ("modified", "b", "b", 1, 1)]
    repository.commit({"b": "3\n", "a": "3\n"}, "third")
    series = repository.git("format-patch", "--stdout", "HEAD~3") + "\n"
    with pytest.raises(PatchError, match=r"p.patch:\d+: a second patch of 'a': this is a series"):
        change_of(series)
    # inside its repository a series is one change
    repository.git("reset", "-q", "--hard", "HEAD~3")
    (tmp_path / "series.mbox").write_text(series)
    with load(Source(str(tmp_path / "series.mbox"), repo=repository.path)) as loaded:
        expected = numstat(repository.git("diff", "--numstat", "-z", "HEAD", "ORIG_HEAD"))
        assert {f.path: (f.added, f.removed) for f in loaded.change.files} == expected
        assert loaded.head.read("a") == b"3\n"
        assert not loaded.head.partial


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (ONE + "+more\n", 8, "beyond what its hunk's header counts"),
        (ONE + "\n-- more\n", 9, "beyond what its hunk's header counts"),
        (ONE.removesuffix(" same\n"), 3, "ends inside a hunk"),
        (ONE.removesuffix("me\n"), 3, "ends inside a line"),
        (ONE + "\x1b[1mdiff --git a/y b/y\x1b[m\n", 8, "git diff --no-color"),
        (ONE.replace("-old\n", "old\n"), 5, "has not the lines that its header counts"),
        (ONE.replace("-3,3 +3,3", "-3,2 +3,3"), 7, "has not the lines that its header counts"),
        (ONE.replace("-3,3 +3,3", "-3,x +3,3"), 3, "malformed hunk header"),
        (ONE + "@@ -1 +1 @@\n-a\n+b\n", 8, "out of order or overlap"),
        ("@@ -1 +1 @@\n-a\n+b\n", 1, "a hunk without the file"),
        (ONE.replace("@@ -3,3 +3,3 @@", "@@ -999999999,3 +3,3 @@"), 3, "beyond line 10,000,000"),
        (ONE + "--- a/y\n+++ b/y\n", 8, "beyond what its hunk's header counts"),
        (ONE + "diff --git a/y b/y\nindex 1111111..2222222 100644\n", 8, "none follows: the patch is cut off"),
        (
            ONE + "diff --git a/y b/y\nindex 1111111..2222222 100644\n--- a/y\n+++ b/y\n",
            12,
            "a file header without a hunk",
        ),
        ("diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,1 @@@\n--a\n++b\n", 1, "git diff A...B"),
        ("*** a/x\n--- b/x\n***************\n*** 1 ****\n", 1, "no unified diff in it"),
        ("hello\n", 1, "no unified diff in it"),
        ("--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-a\n+b\n", 1, "not a path inside a tree"),
        ("diff --git one two three four\nold mode 100644\nnew mode 100755\n", 1, "cannot be told apart"),
        (b"\xff\xfea", 1, "begins as UTF-16"),
    ],
)
def test_damaged_patches_name_their_line(text, line, said) -> None:
    with pytest.raises(PatchError) as error:
        change_of(text)
    assert said in str(error.value)
    assert str(error.value).startswith(f"p.patch:{line}: ")
    assert "\n" not in str(error.value)


def test_empty_patches_and_paths() -> None:
    for nothing in ("", " \n", "\ufeff"):
        with pytest.raises(PatchError, match=r"^p\.patch:1: the patch is empty"):
            change_of(nothing)
    both = ONE + ONE.replace("x.py", "d/y.js")
    assert [f.path for f in change_of(both, "d").files] == ["d/y.js"]
    assert [f.path for f in change_of(both, "*.py").files] == ["x.py"]
    with pytest.raises(SourceError, match="matches no file of the patch"):
        change_of(both, "z")


def test_an_over_size_file_of_a_patch() -> None:
    (changed,) = change_of("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-" + "a" * 3_000_000 + "\n+b\n").files
    assert (changed.skip, changed.added, changed.removed) == ("over-size: 2.9 MiB of diff", 1, 1)
    assert changed.hunks[0].lines == ()


def test_a_patch_that_does_not_fit_its_repository(repository, tmp_path) -> None:
    repository.commit({"x.py": "other\n"})
    (tmp_path / "p.patch").write_text(ONE)
    with load(Source(str(tmp_path / "p.patch"), repo=repository.path)) as loaded:
        assert loaded.head.partial
        assert loaded.change.notes[0].startswith(
            "the patch does not apply to HEAD (patch failed: x.py:3): only what it shows"
        )


def test_standard_input_outside_a_repository(tmp_path: Path) -> None:
    code = (
        "from rao_review.diff.source import Source, load\n"
        "with load(Source('-')) as loaded: print([f.path for f in loaded.change.files], loaded.change.head, loaded.common_dir)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, input=ONE.encode(), capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == "['x.py'] <stdin> None"


def test_a_file_named_like_a_branch_is_the_branch(repository, tmp_path) -> None:
    repository.commit({"a": "1\n", "main": ONE})
    code = (
        "import sys\nfrom rao_review.diff.source import Source, load\n"
        "with load(Source(sys.argv[1])) as loaded: print([f.path for f in loaded.change.files])"
    )
    for target, expected in (("main", "['a', 'main']"), ("./main", "['x.py']")):
        done = subprocess.run(
            [sys.executable, "-c", code, target], cwd=repository.path, capture_output=True, check=True
        )
        assert done.stdout.decode().strip() == expected
