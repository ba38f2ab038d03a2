"""Where a change comes from, and the one way to load it: `load(Source(...))` gives the change and its two sides.

Everything with a repository becomes two tree ids first, so that ranges, the index, the work tree and patch files are read by the same code.
The repository, its index and its work tree are never written to.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

from rao_review.diff.apply import apply
from rao_review.diff.compare import Pathspecs, compare
from rao_review.diff.git import Repository
from rao_review.diff.partial import partial_change
from rao_review.diff.patch import MAX_BYTES, Patch, read_patch
from rao_review.diff.revision import Sides, of_target, staged, uncommitted
from rao_review.diff.store import ObjectStore
from rao_review.diff.tree import GitTree, SizedTree
from rao_review.errors import GitError, PatchError, SourceError, UsageError
from rao_review.types import ChangeSet, FileChange

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
        if alone and _is_named_as_patch(source):
            raise SourceError(
                f"there is no patch file {source.target!r} here, and this is no git repository either"
            ) from None
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
        patch = _patch_or_hint(source, repository)
        applied = apply(patch, repository, store)
        if isinstance(applied, str):
            return Loaded(*partial_change(patch, source.paths, applied), common_dir=repository.common_dir, store=store)
        sides = applied
    elif source.mode == "staged":
        sides = staged(repository, store)
    elif source.mode == "uncommitted":
        sides = uncommitted(repository, store)
    else:
        try:
            sides = of_target(source.target, repository, store)
        except GitError:
            if _names_file(source.target, repository):
                raise UsageError(
                    _paths_go_last(f"{source.target!r} is no revision but a path", source.target)
                ) from None
            raise
    try:
        pathspecs = Pathspecs(store, repository, source.paths)
        files, remarks = compare(store, sides.base_tree, sides.head_tree, pathspecs)
        _check(pathspecs, store, sides, files, source, repository)
        notes = [*sides.final_notes(), *remarks]
    finally:
        sides.stop()
    if not files:
        notes.append("nothing under these paths changed" if source.paths else sides.if_empty)
    change = ChangeSet(sides.base, sides.head, sides.base_tree, sides.head_tree, files, tuple(notes))
    trees = GitTree(store, sides.base_tree), GitTree(store, sides.head_tree)
    return Loaded(change, *trees, common_dir=repository.common_dir, store=store)


def _check(
    pathspecs: Pathspecs,
    store: ObjectStore,
    sides: Sides,
    files: Sequence[FileChange],
    source: Source,
    repository: Repository,
) -> None:
    """Raises SourceError for a path that matches nothing, and says what was meant where a revision stands among the paths."""
    try:
        pathspecs.check(store, (sides.base_tree, sides.head_tree), files)
    except SourceError as error:
        second = next((path for path in source.paths if f"path {path!r} " in str(error)), "")
        if source.mode != "target" or not all(_is_revision(name, repository) for name in (source.target, second)):
            raise
        raise SourceError(f"{error}: did you mean {source.target}...{second}?") from None


def _patch_or_hint(source: Source, repository: Repository) -> Patch:
    """The patch. Raises PatchError, which says where paths go when the file is one of the repository and no patch at all."""
    try:
        return _patch(source)
    except PatchError as error:
        if "no unified diff" not in str(error) or source.target == STDIN or _is_named_as_patch(source):
            raise
        if not _names_file(source.target, repository):
            raise
        raise UsageError(_paths_go_last(str(error), source.target)) from None


def _paths_go_last(what: str, path: str) -> str:
    return f"{what}: paths go after --, as in `rao-review diff HEAD -- {path}`"


def _names_file(text: str, repository: Repository) -> bool:
    """Whether this is a file or folder of the work tree, seen from where the user stands."""
    if repository.work_tree is None:
        return False
    try:
        place = (repository.directory / text).resolve()
        return place.exists() and place.is_relative_to(repository.work_tree.resolve())
    except (OSError, ValueError):
        return False


def _is_named_as_patch(source: Source) -> bool:
    """Whether the target can only be meant as a patch file, there or not there."""
    return source.mode == "target" and source.target.endswith((".patch", ".diff")) and not _is_patch(source, None)


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
