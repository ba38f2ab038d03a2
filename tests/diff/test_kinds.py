"""Every kind of change that git knows, one by one, and files that are too large to keep."""

from __future__ import annotations

import pytest

from rao_review.diff.parse import KEPT_LINES, parse_facts, parse_files
from rao_review.errors import GitError

BODY = "".join(f"line {n}\n" for n in range(20))


@pytest.fixture
def only(repository, change_of):
    """The one changed file between the last two commits."""

    def read():
        (changed,) = change_of(repository.path, "HEAD~1..HEAD").files
        return changed

    return read


def test_rename_with_and_without_edit(repository, only) -> None:
    repository.commit({"a.py": BODY})
    repository.git("mv", "a.py", "b.py")
    repository.commit({})
    plain = only()
    assert (plain.status, plain.base_path, plain.head_path, plain.path) == ("renamed", "a.py", "b.py", "b.py")
    assert [(h.lines, h.note, h.added, h.removed) for h in plain.hunks] == [((), "renamed from a.py", 0, 0)]
    repository.git("mv", "b.py", "c.py")
    repository.commit({"c.py": BODY + "more\n"})
    edited = only()
    assert (edited.status, edited.added, edited.removed) == ("renamed", 1, 0)
    assert edited.hunks[0].lines[-1] == "+more"


def test_a_copy_is_an_added_file_as_in_plain_git_diff(repository, only, numstat) -> None:
    repository.commit({"a.py": BODY})
    repository.commit({"b.py": BODY})
    assert (only().status, only().added) == ("added", 20)
    assert {only().path: (20, 0)} == numstat(repository.git("diff", "--numstat", "-z", "HEAD~1", "HEAD"))


def test_modes_and_links(repository, only) -> None:
    repository.commit({"run": "1\n"})
    (repository.path / "run").chmod(0o755)
    repository.commit({})
    changed = only()
    assert (changed.base.kind, changed.head.kind) == ("file", "executable")
    assert [h.note for h in changed.hunks] == ["mode changed 100644 → 100755"]
    (repository.path / "run").unlink()
    (repository.path / "run").symlink_to("../out/of/tree")
    repository.commit({})
    changed = only()
    assert (changed.status, changed.head.kind, changed.added, changed.removed) == ("typechanged", "symlink", 1, 1)
    assert [h.lines for h in changed.hunks] == [("-1",), ("+../out/of/tree", "\\ No newline at end of file")]


def test_a_link_that_becomes_a_file_of_the_same_text_keeps_gits_count(repository, only, numstat) -> None:
    (repository.path / "x").symlink_to("same")
    repository.commit({})
    (repository.path / "x").unlink()
    repository.commit({"x": "same"})
    changed = only()
    assert {"x": (changed.added, changed.removed)} == numstat(
        repository.git("diff", "--numstat", "-z", "HEAD~1", "HEAD")
    )
    assert [h.note for h in changed.hunks] == ["mode changed 120000 → 100644"]


def test_empty_files_and_deletions(repository, change_of) -> None:
    repository.commit({"text": "1\n", "empty": ""})
    repository.commit({"text": None, "empty": None, "new": ""})
    files = {f.path: f for f in change_of(repository.path, "HEAD").files}
    assert files["text"].hunks[0].lines == ("-1",)
    assert (files["text"].head, files["text"].head_path) == (None, None)
    notes = {path: f.hunks[0].note for path, f in files.items()}
    # git takes one empty file for the other renamed
    assert notes == {"text": "", "new": "renamed from empty"}
    repository.commit({"new": None})
    assert change_of(repository.path, "HEAD").files[0].hunks[0].note == "empty file deleted"
    repository.commit({"new": ""})
    assert change_of(repository.path, "HEAD").files[0].hunks[0].note == "empty file added"


def test_binary_is_what_git_sees_not_what_attributes_say(repository, change_of) -> None:
    repository.commit(
        {"image": b"\0\1", "hidden.py": "1\n", ".gitattributes": "hidden.py -diff\nimage diff\n*.py binary\n"}
    )
    repository.commit({"image": b"\0\2", "hidden.py": "2\n"})
    files = {f.path: f for f in change_of(repository.path, "HEAD").files}
    assert files["image"].binary
    assert [(h.note, h.lines) for h in files["image"].hunks] == [("binary", ())]
    assert files["hidden.py"].hunks[0].lines == ("-1", "+2")


def test_submodules_are_never_entered(repository, make_repository, change_of) -> None:
    inner = make_repository("inner")
    one = inner.commit({"a": "1\n"})
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path.as_uri(), "sub")
    repository.commit({})
    two = inner.commit({"a": "2\n"})
    repository.git("-C", "sub", "fetch", "-q")
    repository.git("-C", "sub", "checkout", "-q", two)
    (repository.path / "sub" / "a").write_text("dirty\n")
    (changed,) = change_of(repository.path, mode="uncommitted").files
    assert (changed.base.oid, changed.head.oid, changed.head.kind) == (one, two, "submodule")
    (hunk,) = changed.hunks
    assert hunk.lines == (f"-Subproject commit {one}", f"+Subproject commit {two}")
    assert hunk.note == f"submodule {one[:12]} → {two[:12]}"


def test_odd_line_ends_and_bytes_survive(repository, only) -> None:
    old = b"a\r\nlone\rcr\x0cff\xe2\x80\xa8ls\nlatin \xe9\nlast"
    repository.commit({"x": old})
    repository.commit({"x": old.replace(b"lone", b"LONE").replace(b"\xe9", b"\xe8")})
    (hunk,) = only().hunks
    assert hunk.lines == (
        " a\r",
        "-lone\rcr\x0cff\u2028ls",
        "-latin \udce9",
        "+LONE\rcr\x0cff\u2028ls",
        "+latin \udce8",
        " last",
        "\\ No newline at end of file",
    )
    assert next(hunk.added_lines()) == (2, "LONE\rcr\x0cff\u2028ls")


@pytest.mark.parametrize(
    "name",
    ["ta\tb", "new\nline", " spaced ", "-dash", "-- ", 'q"uo\\te', "é", "\udcff", ":(top)x", "a => b", "*", "\x7f\x01"],
)
def test_odd_names(repository, change_of, name) -> None:
    repository.write({name: "1\n", f"dir/{name}": "1\n"})
    repository.commit({})
    change = change_of(repository.path, "HEAD")
    assert sorted(f.path for f in change.files) == sorted([name, f"dir/{name}"])
    repository.git("mv", "--", name, f"moved {name}")
    assert [(f.base_path, f.head_path) for f in change_of(repository.path, mode="staged").files] == [
        (name, f"moved {name}")
    ]


def test_an_over_size_file_keeps_its_counts_and_no_text(repository, change_of, numstat) -> None:
    repository.commit({"wide": "x" * 3_000_000 + "\n", "small": "1\n"})
    repository.commit({"wide": "y" * 3_000_000 + "\n", "long": "z\n" * (KEPT_LINES + 1), "small": "2\n"})
    change = change_of(repository.path, "HEAD")
    files = {f.path: f for f in change.files}
    assert {p: (f.added, f.removed) for p, f in files.items()} == numstat(
        repository.git("diff", "--numstat", "-z", "HEAD~1", "HEAD")
    )
    assert files["wide"].skip == "over-size: 5.7 MiB of diff"
    assert files["long"].skip == "over-size: 20,001 changed lines"
    assert [(h.lines, h.added, h.removed, h.note) for h in files["wide"].hunks] == [((), 1, 1, files["wide"].skip)]
    assert files["small"].skip == ""


RAW = b":100644 100644 1111 2222 M\0x\0"
PATCH = b"diff --git a/x b/x\nindex 1111..2222 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ f\n a\n-b\n+c\n"


@pytest.mark.parametrize(
    ("listed", "patch", "said"),
    [
        (RAW + b"2\t1\tx\0", PATCH, "its lines are not those of its totals"),
        (RAW + b"1\t1\ty\0", PATCH, "does not add up at 'x'"),
        (RAW + b"1\t1\tx\0" + b"1\t1\ty\0", PATCH, "totals for more files"),
        (RAW + b"1\t1\tx\0", PATCH + b"-d\n", "not the lines that its header counts"),
        (RAW + b"1\t1\tx\0", PATCH + b"# d\n", "lines that are no diff lines"),
        (RAW + b"1\t1\tx\0", PATCH[:-3], "not the lines that its header counts"),
        (RAW + b"1\t1\tx\0", PATCH.replace(b"a/x b/x", b"a/y b/x"), "its header is not the expected one"),
        (RAW + b"1\t1\tx\0", PATCH.replace(b"index", b"odd"), "its header is not the expected one"),
        (RAW + b"1\t1\tx\0", b"", "no text for it"),
        (RAW + b"1\t1\tx\0", PATCH + PATCH, "text for more files"),
    ],
)
def test_books_that_do_not_balance_are_an_error(listed, patch, said) -> None:
    with pytest.raises(GitError, match=said):
        parse_files(parse_facts(listed), patch)


def test_books_that_balance() -> None:
    (changed,) = parse_files(parse_facts(RAW + b"1\t1\tx\0"), PATCH)
    (hunk,) = changed.hunks
    assert (hunk.id, hunk.base_start, hunk.base_count, hunk.head_start, hunk.head_count, hunk.section) == (
        "h1",
        1,
        2,
        1,
        2,
        "f",
    )
    assert hunk.lines == (" a", "-b", "+c")
