"""A patch on top of its repository: applied to HEAD in a private index, it becomes two whole trees like any other change."""

from __future__ import annotations

from rao_review.diff.git import Repository
from rao_review.diff.patch import Patch
from rao_review.diff.revision import Sides, head_tree
from rao_review.diff.store import ObjectStore


def apply(patch: Patch, repository: Repository, store: ObjectStore) -> Sides | str:
    """The sides of `patch` at HEAD: applied to it or, where it is already in, taken back out of it.

    Gives the one-line reason when it fits neither way.
    """
    head, name = head_tree(repository, store)
    notes = list(patch.notes)
    if not patch.files:
        return Sides(head, head, name, patch.origin, notes, "the patch is empty")
    result = _result(patch, head, store)
    if not isinstance(result, _Misfit):
        return Sides(head, result, name, patch.origin, notes, "the patch changes nothing")
    before = _result(patch, head, store, "--reverse")
    if not isinstance(before, _Misfit):
        notes.append("the patch is already in HEAD: reviewed as the change that led there")
        return Sides(before, head, f"{name} without {patch.origin}", name, notes, "the patch changes nothing")
    return f"the patch does not apply to HEAD ({result}): only what it shows was reviewed; uses elsewhere are unknown"


class _Misfit(str):
    """Git's reason why a patch does not apply."""

    __slots__ = ()


def _result(patch: Patch, tree: str, store: ObjectStore, *direction: str) -> str:
    """The tree that comes out when `patch` is applied to `tree`, or a `_Misfit`."""
    store.ask("read-tree", tree)
    flat = ["--unidiff-zero"] if patch.without_context else []
    answer = store.git("apply", "--cached", "--whitespace=nowarn", f"-p{patch.level}", *flat, *direction, stdin=patch.text)
    if answer.returncode != 0:
        said = answer.stderr.decode("utf-8", "replace").splitlines()
        return _Misfit(said[0].removeprefix("error: ") if said else "no reason given")
    # Blobs that a partial clone lacks are found missing when they are read, with a better message.
    return store.ask("write-tree", "--missing-ok").decode("ascii").strip()
