"""A repository whose configuration runs commands: each would leave a marker, and none may."""

from __future__ import annotations

import os
import threading

import pytest

from rao_review.diff.select import select
from rao_review.diff.source import Source, load
from rao_review.errors import GitError


@pytest.fixture
def trapped(repository, tmp_path):
    """Returns (repository, marker file): every known way to run a command from a repository is set to write the marker."""
    marker = tmp_path / "marker"
    trap = tmp_path / "trap.sh"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> "{marker}"\ncat\nexit 0\n')
    trap.chmod(0o755)
    repository.commit(
        {"a.py": "1\n", "b.bin": "1\n", ".gitattributes": "* filter=evil diff=evil merge=evil\n*.bin filter=proc\n"}
    )
    repository.git("branch", "base")
    repository.commit({"a.py": "2\n"})
    repository.git("update-ref", f"refs/replace/{repository.git('rev-parse', 'HEAD')}", "base")
    for name in (
        "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "core.gitProxy", "core.alternateRefsCommand",
        "diff.external", "diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge", "filter.proc.process",
        "filter.evil.process", "merge.evil.driver", "pager.diff", "pager.diff-tree", "pager.rev-parse", "gpg.program", "credential.helper",
        "sequence.editor", "interactive.diffFilter", "uploadpack.packObjectsHook", "remote.origin.uploadpack", "remote.origin.vcs",
    ):  # fmt: skip
        repository.git("config", name, str(trap))
    for command in (
        "diff",
        "rev-parse",
        "merge-base",
        "ls-files",
        "cat-file",
        "add",
        "write-tree",
        "config",
        "apply",
        "read-tree",
    ):
        repository.git("config", f"alias.{command}", f"!{trap}")
    repository.git("config", "core.hooksPath", str(tmp_path / "hooks"))
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in (
        "post-index-change",
        "pre-commit",
        "reference-transaction",
        "fsmonitor-watchman",
        "post-checkout",
        "pre-auto-gc",
    ):
        (hooks / hook).symlink_to(trap)
        (repository.path / ".git" / "hooks").mkdir(exist_ok=True)
        (repository.path / ".git" / "hooks" / hook).symlink_to(trap)
    marker.unlink(missing_ok=True)
    return repository, marker


@pytest.mark.parametrize(
    ("target", "mode"),
    [("base..main", "target"), ("base...main", "target"), ("HEAD", "target"), ("", "staged"), ("", "uncommitted")],
)
def test_nothing_is_executed(trapped, target, mode) -> None:
    repository, marker = trapped
    repository.write({"a.py": "3\n", "new.bin": "n\n"})
    with load(Source(target, mode, repository.path)) as loaded:
        select(loaded.change, loaded.base)
        assert dict(loaded.head.read_many(loaded.head.entries()))
    assert not marker.exists()
    assert mode == "staged" or loaded.change.added


def test_nothing_is_executed_for_a_patch(trapped, tmp_path) -> None:
    repository, marker = trapped
    (tmp_path / "p.patch").write_text("--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-2\n+3\n")
    with load(Source(str(tmp_path / "p.patch"), repo=repository.path)) as loaded:
        assert loaded.head.read("a.py") == b"3\n"
    assert not marker.exists()


def test_a_submodule_is_not_entered(trapped, make_repository) -> None:
    repository, marker = trapped
    inner = make_repository("inner")
    inner.commit({"a": "1\n"})
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path.as_uri(), "sub")
    for name in ("core.fsmonitor", "diff.external", "core.pager"):
        repository.git("-C", "sub", "config", name, str(marker.parent / "trap.sh"))
    repository.write({"sub/a": "2\n", "sub/new": "1\n"})
    marker.unlink(missing_ok=True)
    with load(Source(mode="uncommitted", repo=repository.path)) as loaded:
        assert {f.path for f in loaded.change.files} == {".gitmodules", "sub"}
    assert not marker.exists()


def test_the_traps_work(trapped) -> None:
    """Plain git falls into them, or the tests above would prove nothing."""
    repository, marker = trapped
    repository.write({"a.py": "3\n"})
    repository.git("status")
    repository.git("diff", "base")
    assert "trap" in marker.read_text() or "fsmonitor" in marker.read_text()


def test_replace_refs_do_not_show_another_commit(trapped, change_of) -> None:
    repository, _ = trapped
    assert [f.path for f in change_of(repository.path, "base..main").files] == ["a.py"]


def test_a_partial_clone_is_not_fetched_into(repository, tmp_path, change_of) -> None:
    repository.commit({"a": "1\n"})
    repository.commit({"a": "2\n"})
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git(
        "clone", "-q", "--no-checkout", "--filter=blob:none", repository.path.as_uri(), str(tmp_path / "clone")
    )
    before = sorted(os.walk(tmp_path / "clone" / ".git" / "objects"))
    with pytest.raises(GitError, match="not in this clone"):
        change_of(tmp_path / "clone", "HEAD")
    assert sorted(os.walk(tmp_path / "clone" / ".git" / "objects")) == before


def test_a_link_out_of_the_tree_is_its_target_not_its_content(repository, tmp_path) -> None:
    (tmp_path / "secret").write_text("secret\n")
    (repository.path / "link").symlink_to(tmp_path / "secret")
    (repository.path / "folder").symlink_to(tmp_path)
    with load(Source(mode="uncommitted", repo=repository.path)) as loaded:
        assert {f.path for f in loaded.change.files} == {"link", "folder"}
        assert loaded.head.read("link") == os.fsencode(tmp_path / "secret")
        assert loaded.head.read("folder/secret") is None


def test_an_ignore_file_that_never_ends_is_not_read(repository, change_of, tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    repository.git("config", "core.excludesFile", str(tmp_path / "pipe"))
    (repository.path / ".git" / "info").mkdir(exist_ok=True)
    (repository.path / ".git" / "info" / "exclude").unlink(missing_ok=True)
    os.mkfifo(repository.path / ".git" / "info" / "exclude")
    repository.write({"a": "1\n"})
    assert [f.path for f in change_of(repository.path, mode="uncommitted").files] == ["a"]


def test_threads_share_the_trees(repository) -> None:
    repository.commit({f"f{n}": f"{n}\n" * 200 for n in range(300)})
    wrong: list[str] = []
    with load(Source("HEAD", repo=repository.path)) as loaded:

        def sweep(step: int) -> None:
            paths = [f"f{n}" for n in range(0, 300, step)]
            for path, content in loaded.head.read_many(paths):
                if content != f"{path[1:]}\n".encode() * 200 or loaded.head.size(path) != len(content):
                    wrong.append(path)

        threads = [threading.Thread(target=sweep, args=(step,)) for step in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
