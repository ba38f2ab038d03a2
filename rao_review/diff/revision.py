"""Ranges, commits, the index and the work tree as two tree ids."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field

from rao_review.diff.git import Repository
from rao_review.diff.snapshot import staged_tree, uncommitted_tree
from rao_review.diff.store import ObjectStore
from rao_review.errors import GitError, SourceError, UsageError


@dataclass(slots=True)
class Sides:
    """Two trees and what the user calls them. `if_empty` is the note for a change without files.

    `descends` is a running question: whether head holds all commits of base. It is answered while the diff is made.
    """

    base_tree: str
    head_tree: str
    base: str
    head: str
    notes: list[str] = field(default_factory=list)
    if_empty: str = "the two sides are equal"
    descends: subprocess.Popen[bytes] | None = None

    def final_notes(self) -> list[str]:
        """The notes, once the question is answered."""
        if self.descends is None or self.descends.wait() != 1:
            return self.notes
        instead = f"{self.base}...{self.head} is what a pull request would show"
        return [*self.notes, f"{self.head} lacks commits of {self.base}, which show as reversed: {instead}"]

    def stop(self) -> None:
        """End the question if it still runs."""
        if self.descends is not None:
            self.descends.kill()
            self.descends.wait()


def of_target(target: str, repository: Repository, store: ObjectStore) -> Sides:
    """The sides of 'A..B' (the two trees), 'A...B' (merge base and B) or one commit (first parent and it).

    A side that is left out is HEAD. Raises UsageError for what is no such form, GitError or SourceError when a side cannot be found.
    """
    if target.startswith("^"):
        raise UsageError(f"{target!r} is not a form that is understood: give a range, as in {target[1:] or 'A'}..B")
    for dots in ("...", ".."):
        left, found, right = target.partition(dots)
        if found:
            if (
                ".." in left or ".." in right or right.startswith(".")
            ):  # no name of git's has two dots, or begins with one
                raise UsageError(f"{target!r} is a malformed range: give A..B or A...B")
            sides = _from_merge_base if dots == "..." else _two_trees
            return sides(left or "HEAD", right or "HEAD", repository, store)
    return _single(target, repository, store)


def _two_trees(left: str, right: str, repository: Repository, store: ObjectStore) -> Sides:
    base, head = repository.resolve(left), repository.resolve(right)
    sides = Sides(tree_of(base, store), tree_of(head, store), left, right)
    sides.descends = repository.start("merge-base", "--is-ancestor", base, head)
    return sides


def _from_merge_base(left: str, right: str, repository: Repository, store: ObjectStore) -> Sides:
    base, head = repository.resolve(left), repository.resolve(right)
    ancestors = repository.merge_base(base, head)
    if not ancestors:
        if repository.shallow:
            raise SourceError(
                f"no common commit of {left} and {right} in this shallow clone: "
                f"run `git fetch --unshallow` and repeat, or compare the two trees with {left}..{right}"
            )
        raise SourceError(f"{left} and {right} have no common commit: compare the two trees with {left}..{right}")
    notes = (
        [f"{left} and {right} have {len(ancestors)} merge bases: git's first one is the base"]
        if len(ancestors) > 1
        else []
    )
    return Sides(
        tree_of(ancestors[0], store), tree_of(head, store), f"{left} (merge base {ancestors[0][:10]})", right, notes
    )


def _single(revision: str, repository: Repository, store: ObjectStore) -> Sides:
    commit = repository.resolve(revision)
    kind, content = store.object(commit)
    if kind != "commit":
        raise SourceError(f"{revision} is a {kind}, not a commit: give two sides, as in A..B")
    # The parents that the commit itself names: a shallow clone hides them from git's own answer.
    parents = [
        line[7:].decode("ascii") for line in content.partition(b"\n\n")[0].split(b"\n") if line.startswith(b"parent ")
    ]
    if not parents:
        return Sides(store.empty_tree, tree_of(commit, store), "empty tree", revision)
    try:
        base = tree_of(parents[0], store)
    except GitError as error:
        if not repository.shallow:
            raise
        raise SourceError(
            f"the parent of {revision} is not in this shallow clone: run `git fetch --deepen=1` (or `--unshallow`) and repeat"
        ) from error
    return Sides(base, tree_of(commit, store), f"{revision}^", revision)


def head_tree(repository: Repository, store: ObjectStore) -> tuple[str, str]:
    """(tree id, name) of HEAD; the empty tree where there is no commit yet."""
    if repository.unborn:
        return store.empty_tree, "empty tree"
    return tree_of(repository.resolve("HEAD"), store), "HEAD"


def staged(repository: Repository, store: ObjectStore) -> Sides:
    """HEAD and the index: what the next commit would change."""
    if repository.work_tree is None and not repository.index.exists():
        raise UsageError("there is no index here: give a range such as A..B")
    base, name = head_tree(repository, store)
    return Sides(
        base,
        staged_tree(store, repository),
        name,
        "index",
        if_empty="nothing is staged: `git add` first, or use --uncommitted",
    )


def uncommitted(repository: Repository, store: ObjectStore) -> Sides:
    """HEAD and the work tree with its new files: what committing everything would change."""
    base, name = head_tree(repository, store)
    head, notes = uncommitted_tree(store, repository)
    return Sides(base, head, name, "work tree", notes, "there are no uncommitted changes")


def tree_of(oid: str, store: ObjectStore) -> str:
    """The tree id of a commit, or of a tree itself. Raises GitError when the object is missing."""
    kind, content = store.object(oid)
    return content[5 : content.index(b"\n")].decode("ascii") if kind == "commit" else oid
