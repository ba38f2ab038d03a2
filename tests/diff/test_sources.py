"""Every way to name a change, against what git says of the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rao_review.diff.source import Source, load
from rao_review.errors import GitError, ReviewError, SourceError, UsageError

SHOW_STAGED = """
import sys
from pathlib import Path
from rao_review.diff.source import Source, load
with load(Source(mode=sys.argv[1])) as loaded:
    Path(sys.argv[2]).write_text(repr([(f.path, f.added, f.removed) for f in loaded.change.files]))
"""


def totals(change):
    return {f.path: (f.added, f.removed) for f in change.files}


@pytest.fixture
def forked(repository):
    """main: one, two; feature: from one, its own commit."""
    repository.commit({"a.py": "1\n2\n3\n", "b.py": "x\n"}, "one")
    repository.git("checkout", "-q", "-b", "feature")
    repository.commit({"a.py": "1\n2\nthree\n", "new/c.py": "n\n"}, "feature")
    repository.git("checkout", "-q", "main")
    repository.commit({"b.py": "y\n"}, "two")
    return repository


@pytest.mark.parametrize(
    "text", ["main..feature", "main...feature", "feature..main", "..feature", "main...", "main^{tree}..feature^{tree}"]
)
def test_ranges_are_those_of_git(forked, change_of, numstat, text) -> None:
    change = change_of(forked.path, text)
    assert totals(change) == numstat(forked.git("diff", "--numstat", "-z", text))


def test_two_dots_say_when_commits_show_reversed(forked, change_of) -> None:
    assert change_of(forked.path, "main..feature").notes == (
        "feature lacks commits of main, which show as reversed: main...feature is what a pull request would show",
    )
    assert change_of(forked.path, "main...feature").notes == ()
    assert change_of(forked.path, "main~1..feature").notes == ()


def test_a_commit_is_read_against_its_first_parent(forked, change_of, numstat) -> None:
    forked.git("merge", "-q", "--no-ff", "-m", "merge", "feature")
    assert totals(change_of(forked.path, "HEAD")) == numstat(forked.git("diff", "--numstat", "-z", "HEAD^1", "HEAD"))
    root = change_of(forked.path, "HEAD~2")
    assert totals(root) == {"a.py": (3, 0), "b.py": (1, 0)}
    assert root.base == "empty tree"


def test_staged_and_uncommitted_include_new_files_and_write_nothing(repository, change_of) -> None:
    repository.commit({"kept": "1\n", "edited": "1\n", "gone": "1\n", ".gitignore": "ignored\n"})
    repository.write({"edited": "2\n", "staged": "new\n"})
    repository.git("add", "staged", "edited")
    repository.write({"untracked": "u\n", "ignored": "i\n", "intended": "n\n", "gone": None, "edited": "2\n3\n"})
    repository.git("add", "--intent-to-add", "intended")
    before = {path: path.read_bytes() for path in repository.path.rglob("*") if path.is_file()}
    assert totals(change_of(repository.path, mode="staged")) == {"edited": (1, 1), "staged": (1, 0)}
    assert totals(change_of(repository.path, mode="uncommitted")) == {
        "edited": (2, 1),
        "gone": (0, 1),
        "intended": (1, 0),
        "staged": (1, 0),
        "untracked": (1, 0),
    }
    assert before == {path: path.read_bytes() for path in repository.path.rglob("*") if path.is_file()}


def test_an_edit_in_the_instant_of_the_last_add_is_seen(repository, change_of) -> None:
    """Same size, same times: only the time stamp of the index itself tells git to look into the file."""
    instant = (1_700_000_000, 1_700_000_000)
    repository.git("config", "core.trustctime", "false")
    file = repository.path / "a"
    file.write_text("1\n")
    os.utime(file, instant)
    repository.git("add", "a")
    repository.git("commit", "-q", "-m", "a")
    os.utime(repository.path / ".git" / "index", instant)
    file.write_text("2\n")
    os.utime(file, instant)
    assert totals(change_of(repository.path, mode="uncommitted")) == {"a": (1, 1)}


def test_a_file_becomes_a_folder_and_a_nested_repository_stays_out(repository, make_repository, change_of) -> None:
    repository.commit({"x": "1\n", "y/a": "1\n", "z/a": "1\n"})
    repository.write({"x": None, "y/a": None, "x/a": "1\n", "z/a": None})
    for folder in ("y", "z"):
        (repository.path / folder).rmdir()
    (repository.path / "y").write_text("1\n")
    (repository.path / "z").symlink_to("x")
    make_repository("repository/nested").commit({"n": "1\n"})
    change = change_of(repository.path, mode="uncommitted")
    repository.git("add", "--all", "--", ":!nested")
    assert totals(change) == totals(change_of(repository.path, mode="staged"))
    assert change.notes == ("'nested/' is not in the review: a repository inside this one, and no submodule of it",)


def test_what_cannot_be_read_is_said(repository, change_of) -> None:
    repository.commit({"pipe": "1\n", "a": "1\n"})
    repository.write({"pipe": None, "a": "2\n"})
    os.mkfifo(repository.path / "pipe")
    change = change_of(repository.path, mode="uncommitted")
    assert totals(change) == {"a": (1, 1)}
    assert change.notes == ("'pipe' is not in the review: neither file nor link",)


def test_the_work_tree_is_read_as_its_attributes_say(repository, change_of) -> None:
    repository.commit({".gitattributes": "*.txt text eol=crlf\n", "a.txt": "1\r\n2\r\n", "b.bin": "1\r\n"})
    repository.write({"a.txt": "1\r\n3\r\n", "b.bin": "2\r\n"})
    files = {f.path: f.hunks[0].lines for f in change_of(repository.path, mode="uncommitted").files}
    assert files == {"a.txt": (" 1", "-2", "+3"), "b.bin": ("-1\r", "+2\r")}


def test_a_folder_that_became_a_link_is_a_link(repository, change_of, tmp_path) -> None:
    repository.commit({"in/a": "1\n", "in/deep/b": "1\n", "c": "1\n"})
    shutil.rmtree(repository.path / "in")
    (repository.path / "in").symlink_to(tmp_path)
    assert totals(change_of(repository.path, mode="uncommitted")) == {"in": (1, 0), "in/a": (0, 1), "in/deep/b": (0, 1)}


def test_before_the_first_commit(repository, change_of) -> None:
    repository.write({"a": "1\n", "b": "1\n"})
    repository.git("add", "a")
    assert totals(change_of(repository.path, mode="staged")) == {"a": (1, 0)}
    assert totals(change_of(repository.path, mode="uncommitted")) == {"a": (1, 0), "b": (1, 0)}
    with pytest.raises(GitError, match="no commit yet: use --staged"):
        change_of(repository.path, "HEAD")


def test_nothing_changed_is_said(repository, change_of) -> None:
    repository.commit({"a": "1\n"})
    assert change_of(repository.path, mode="staged").notes == (
        "nothing is staged: `git add` first, or use --uncommitted",
    )
    assert change_of(repository.path, mode="uncommitted").notes == ("there are no uncommitted changes",)
    assert change_of(repository.path, "HEAD..HEAD").notes == ("the two sides are equal",)


@pytest.mark.parametrize(
    "how", [["commit", "-q", "-m", "x"], ["commit", "-q", "-a", "-m", "x"], ["commit", "-q", "-m", "x", "--", "part"]]
)
def test_in_a_hook_the_index_of_the_commit_counts(repository, tmp_path, how) -> None:
    repository.commit({"part": "1\n", "rest": "1\n"})
    seen = tmp_path / "seen"
    hook = repository.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    script = tmp_path / "show.py"
    script.write_text(SHOW_STAGED)
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" staged "{seen}"\n')
    hook.chmod(0o755)
    repository.write({"part": "2\n", "rest": "2\n"})
    repository.git("add", *(["part", "rest"] if "--" in how else ["part"]))
    repository.git(*how)
    both = [("part", 1, 1), ("rest", 1, 1)]
    assert seen.read_text() == repr(both if "-a" in how else both[:1])


def test_odd_indexes(repository, change_of) -> None:
    repository.commit({"in/a": "1\n", "out/b": "1\n", "c": "1\n"})
    repository.git("update-index", "--split-index")
    repository.write({"c": "2\n"})
    repository.git("add", "c")
    assert totals(change_of(repository.path, mode="staged")) == {"c": (1, 1)}
    repository.git("commit", "-q", "-m", "c")
    repository.git("update-index", "--no-split-index")
    repository.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
    repository.write({"in/a": "2\n"})
    assert totals(change_of(repository.path, mode="uncommitted")) == {"in/a": (1, 1)}
    repository.git("add", "in/a")
    assert totals(change_of(repository.path, mode="staged")) == {"in/a": (1, 1)}


def test_an_unmerged_index_is_refused_and_the_work_tree_is_not(repository, change_of) -> None:
    repository.commit({"a": "1\n"})
    repository.git("checkout", "-q", "-b", "other")
    repository.commit({"a": "2\n"})
    repository.git("checkout", "-q", "main")
    repository.commit({"a": "3\n"})
    with pytest.raises(AssertionError):
        repository.git("merge", "other")
    with pytest.raises(SourceError, match=r"unmerged paths \('a' …\): finish or abort the merge"):
        change_of(repository.path, mode="staged")
    (hunk,) = change_of(repository.path, mode="uncommitted").hunks()
    assert "+<<<<<<< HEAD" in hunk.lines


def test_paths_are_pathspecs_from_where_the_user_stands(forked, change_of) -> None:
    forked.commit({"new/d.py": "d\n", "new/deep/e.py": "e\n", "new/deep/e.txt": "e\n"})
    top, below = forked.path, forked.path / "new"

    def paths(place: Path, *given: str) -> list[str]:
        return [f.path for f in change_of(place, "HEAD", paths=given).files]

    assert paths(below, "deep") == ["new/deep/e.py", "new/deep/e.txt"]
    assert paths(below, "*.py", ":!deep") == ["new/d.py"]
    assert paths(below, "../new/d.py", str(top / "new" / "deep" / "e.txt")) == ["new/d.py", "new/deep/e.txt"]
    assert paths(below, ":/new/d.py") == ["new/d.py"]
    assert change_of(top, "HEAD", paths=("a.py",)).notes == ("nothing under these paths changed",)
    with pytest.raises(SourceError, match=r"'a\.py' matches no file on either side"):
        change_of(below, "HEAD", paths=("a.py",))
    with pytest.raises(SourceError, match="'nope/' matches no file"):
        change_of(top, "HEAD", paths=("new", "nope/"))


def test_bare_linked_and_sha256(forked, make_repository, tmp_path, change_of) -> None:
    expected = totals(change_of(forked.path, "main...feature"))
    forked.git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    assert totals(change_of(tmp_path / "bare", "main...feature")) == expected
    for mode in ("staged", "uncommitted"):
        with pytest.raises(UsageError, match=r"give a range such as A\.\.B"):
            change_of(tmp_path / "bare", mode=mode)
    linked = tmp_path / "linked"
    forked.git("worktree", "add", "-q", str(linked), "feature")
    (linked / "a.py").write_text("1\n")
    assert totals(change_of(linked, mode="uncommitted")) == {"a.py": (0, 2)}
    assert totals(change_of(forked.path, mode="uncommitted")) == {}
    with load(Source("HEAD", repo=linked)) as loaded:
        assert loaded.common_dir == forked.path / ".git"
    wide = make_repository("wide", "--object-format=sha256")
    wide.commit({"a": "1\n"})
    wide.commit({"a": "2\n"})
    wide.write({"a": "3\n"})
    change = change_of(wide.path, "HEAD")
    assert totals(change) == {"a": (1, 1)}
    assert len(change.head_id) == len(change.files[0].head.oid) == 64
    assert totals(change_of(wide.path, mode="uncommitted")) == {"a": (1, 1)}


def test_borrowed_objects_are_found(forked, tmp_path, change_of) -> None:
    forked.git("clone", "-q", "--shared", "--bare", ".", str(tmp_path / "one"))
    forked.git("clone", "-q", "--shared", "--bare", str(tmp_path / "one"), str(tmp_path / "two"))
    assert totals(change_of(tmp_path / "two", "main...feature")) == totals(change_of(forked.path, "main...feature"))


def test_shallow_and_partial_clones_say_what_to_fetch(forked, tmp_path, change_of) -> None:
    url = forked.path.as_uri()
    forked.git("clone", "-q", "--depth=1", "--no-single-branch", url, str(tmp_path / "shallow"))
    with pytest.raises(
        SourceError,
        match=r"no common commit of main and origin/feature in this shallow clone: run `git fetch --unshallow`",
    ):
        change_of(tmp_path / "shallow", "main...origin/feature")
    with pytest.raises(
        SourceError, match=r"the parent of HEAD is not in this shallow clone: run `git fetch --deepen=1`"
    ):
        change_of(tmp_path / "shallow", "HEAD")
    with pytest.raises(GitError, match="unknown revision 'HEAD~3': this clone is shallow"):
        change_of(tmp_path / "shallow", "HEAD~3..HEAD")
    assert totals(change_of(tmp_path / "shallow", "main..origin/feature")) == totals(
        change_of(forked.path, "main..feature")
    )
    forked.git("config", "uploadpack.allowFilter", "true")
    forked.git("clone", "-q", "--no-checkout", "--filter=blob:none", url, str(tmp_path / "partial"))
    with pytest.raises(
        GitError, match=r"objects of the change are not in this clone .*git fetch --refetch --no-filter"
    ):
        change_of(tmp_path / "partial", "HEAD")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nope", "unknown revision 'nope'"),
        ("main..nope", "unknown revision 'nope'"),
        ("--output=x", "is not a revision"),
        ("main..-x", "is not a revision"),
        ("main\0", "is not a revision"),
        ("main:a.py", "unknown revision"),
        ("main^{tree}", "is a tree, not a commit: give two sides"),
        ("", "give one of"),
        ("main...alone", "have no common commit: compare the two trees with main..alone"),
    ],
)
def test_bad_targets_are_one_line(forked, change_of, target, said) -> None:
    forked.git("checkout", "-q", "--orphan", "alone")
    forked.commit({"z": "1\n"})
    with pytest.raises(ReviewError) as error:
        change_of(forked.path, target)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_no_repository(tmp_path, change_of) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        change_of(tmp_path, "HEAD")
    with pytest.raises(GitError, match="no such directory"):
        change_of(tmp_path / "nope", "HEAD")


def test_git_missing(repository, tmp_path) -> None:
    code = (
        "from pathlib import Path\nfrom rao_review.diff.source import *\nfrom rao_review.errors import GitError\n"
        "try: load(Source('HEAD'))\nexcept GitError as e: print(e)"
    )
    env = {"PATH": str(tmp_path)}
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=repository.path, env=env, capture_output=True, text=True, check=True
    )
    assert out.stdout == "git was not found: install git 2.31 or newer\n"
