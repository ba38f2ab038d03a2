"""Two trees of an `ObjectStore` → the files that differ, by git's own diff.

Renames are found as plain `git diff` finds them; a copy is an added file, so that the totals are those of `git diff --numstat`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path

from rao_review.diff.git import Repository, failure
from rao_review.diff.parse import parse_facts, parse_files
from rao_review.diff.store import ObjectStore, Place
from rao_review.errors import GitError, SourceError
from rao_review.types import FileChange

_OPTIONS = (
    "-r",
    "-M",
    "--full-index",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)


class Pathspecs:
    """The user's `-- PATHS`: git pathspecs, meant from where the user stands.

    They are given to git in an empty directory that lies as deep in an empty work tree as the user's directory lies in the
    real one, so git itself resolves `..`, globs and magic, and has no file there to read.
    """

    def __init__(self, store: ObjectStore, repository: Repository, paths: Sequence[str]) -> None:
        work_tree = store.path / "work"
        self.place = Place(work_tree, work_tree / repository.prefix)
        self.place.directory.mkdir(parents=True, exist_ok=True)
        self.paths = [_relative(path, repository) for path in paths]
        self._prefix = repository.prefix

    def arguments(self) -> list[str]:
        return ["--", *self.paths] if self.paths else []

    def check(self, store: ObjectStore, trees: Sequence[str], files: Sequence[FileChange]) -> None:
        """Raise SourceError for the first path that matches nothing in any of the trees: a slip of the pen, not an empty change."""
        changed = {path for f in files for path in (f.base_path, f.head_path) if path}
        for path in self.paths:
            if os.path.normpath(self._prefix + path) in changed or path.startswith((":!", ":^", ":(exclude")):
                continue
            if not any(self._matches(store, tree, path) for tree in trees):
                raise SourceError(f"path {path!r} matches no file on either side of the change")

    def _matches(self, store: ObjectStore, tree: str, path: str) -> bool:
        question = ("diff-tree", "-r", "--quiet", store.empty_tree, tree, "--", path)
        answer = store.git(*question, place=self.place)
        if answer.returncode not in (0, 1):
            raise failure(question, answer.stderr)
        return answer.returncode == 1


def _relative(path: str, repository: Repository) -> str:
    if not Path(path).is_absolute() or repository.work_tree is None:
        return path
    return os.path.relpath(os.path.realpath(path), os.path.realpath(repository.directory))


def compare(store: ObjectStore, base: str, head: str, pathspecs: Pathspecs) -> tuple[tuple[FileChange, ...], list[str]]:
    """The files that differ between two trees, in git's order, and what git remarked (one-line notes).

    Two git processes run side by side: one for facts, one for text, which goes to a file so that no size of it matters.
    Raises GitError when git fails or its outputs disagree.
    """
    # Only here: -U asks for the text as well, which would then come twice.
    patch = ("diff-tree", "-p", "-U3", *_OPTIONS, base, head, *pathspecs.arguments())
    facts = ("diff-tree", "-z", "--raw", "--numstat", *_OPTIONS, base, head, *pathspecs.arguments())
    with (store.path / "patch").open("w+b") as output:
        writer = store.start(patch, output, pathspecs.place)
        try:
            listed = store.ask(*facts, place=pathspecs.place)
            _, stderr = writer.communicate()
        finally:
            writer.kill()
            writer.wait()
        if writer.returncode != 0:
            raise failure(patch, stderr)
        size = output.seek(0, os.SEEK_END)
        try:
            text = mmap(output.fileno(), 0, access=ACCESS_READ) if size else b""
        except OSError as error:
            raise GitError(f"the diff of {size:,} bytes cannot be read back: {error}") from error
        files = parse_files(parse_facts(listed), text)
    notes = []
    if b"rename detection was skipped" in stderr:
        notes.append("too many files for git to look for inexact renames: some show as deleted and added")
    return files, notes
