"""Where a change comes from, and the one way to load it: `load(Source(...))` gives the change and its two sides.

Everything with a repository becomes two tree ids first, so that ranges, the index, the work tree and patch files are read by the same code.
The repository, its index and its work tree are never written to.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

from rao_review.diff.apply import apply
from rao_review.diff.compare import Pathspecs, compare
from rao_review.diff.git import Repository
from rao_review.diff.partial import partial_change
from rao_review.diff.patch import MAX_BYTES, Patch, read_patch
from rao_review.diff.revision import of_target, staged, uncommitted
from rao_review.diff.store import ObjectStore
from rao_review.diff.tree import GitTree, SizedTree
from rao_review.errors import GitError, SourceError, UsageError
from rao_review.types import ChangeSet

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """What the user asked to review.

    target  'A..B', 'A...B', one commit-ish (against its first parent), a patch file, or '-' for a patch on standard input;
            '' with the other two modes.
    repo    a directory of the repository; revisions and `paths` are meant from there. A patch file is meant from the current directory.
    paths   git pathspecs that narrow the change.
    """

    target: str = ""
    mode: Literal["target", "staged", "uncommitted"] = "target"
    repo: Path = Path()
    paths: tuple[str, ...] = ()


class Loaded:
    """A change and its sides, readable until `close`. A context manager.

    `common_dir` is the git directory that all work trees of the repository share, None when there is no repository.
    """

    def __init__(
        self,
        change: ChangeSet,
        base: SizedTree,
        head: SizedTree,
        common_dir: Path | None = None,
        store: ObjectStore | None = None,
    ) -> None:
        self.change = change
        self.base = base
        self.head = head
        self.common_dir = common_dir
        self._store = store

    def __enter__(self) -> Loaded:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the helper processes and remove the temporary directory. The trees cannot be read afterwards."""
        if self._store is not None:
            self._store.close()


def load(source: Source) -> Loaded:
    """Read the change that `source` describes. The caller closes it.

    Raises UsageError, SourceError, GitError or PatchError, each with one line that says what to do.
    """
    if bool(source.target) == (source.mode != "target"):
        raise UsageError("give one of: a range or commit, a patch file, '-', --staged, --uncommitted")
    try:
        repository = Repository.discover(source.repo)
    except GitError as error:
        alone = "not a git repository" in str(error) and source.repo == Path()
        if not (alone and _is_patch(source, None)):
            raise
        return Loaded(*partial_change(_patch(source), source.paths))
    store = ObjectStore(repository)
    try:
        return _load(source, repository, store)
    except BaseException:  # also on an interrupt: the temporary directory must not stay behind
        store.close()
        raise


def _load(source: Source, repository: Repository, store: ObjectStore) -> Loaded:
    if _is_patch(source, repository):
        patch = _patch(source)
        applied = apply(patch, repository, store)
        if isinstance(applied, str):
            return Loaded(*partial_change(patch, source.paths, applied), common_dir=repository.common_dir, store=store)
        sides = applied
    elif source.mode == "staged":
        sides = staged(repository, store)
    elif source.mode == "uncommitted":
        sides = uncommitted(repository, store)
    else:
        sides = of_target(source.target, repository, store)
    try:
        pathspecs = Pathspecs(store, repository, source.paths)
        files, remarks = compare(store, sides.base_tree, sides.head_tree, pathspecs)
        pathspecs.check(store, (sides.base_tree, sides.head_tree), files)
        notes = [*sides.final_notes(), *remarks]
    finally:
        sides.stop()
    if not files:
        notes.append("nothing under these paths changed" if source.paths else sides.if_empty)
    change = ChangeSet(sides.base, sides.head, sides.base_tree, sides.head_tree, files, tuple(notes))
    trees = GitTree(store, sides.base_tree), GitTree(store, sides.head_tree)
    return Loaded(change, *trees, common_dir=repository.common_dir, store=store)


def _is_patch(source: Source, repository: Repository | None) -> bool:
    """Whether the target is a patch. A file whose name is also a revision is the revision: write ./NAME for the file."""
    if source.mode != "target":
        return False
    if source.target == STDIN:
        return True
    try:
        is_file = Path(source.target).is_file()
    except (OSError, ValueError):
        return False
    return is_file and (repository is None or not _is_revision(source.target, repository))


def _is_revision(text: str, repository: Repository) -> bool:
    return (
        not text.startswith(("-", "."))
        and repository.git("rev-parse", "--verify", "--quiet", f"{text}^{{tree}}").returncode == 0
    )


def _patch(source: Source) -> Patch:
    if source.target == STDIN:
        return read_patch(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
    try:
        with Path(source.target).open("rb") as file:
            return read_patch(file.read(MAX_BYTES + 1), source.target)
    except OSError as error:
        raise SourceError(f"{source.target}: {error.strerror}") from error
