"""A patch on top of its repository: applied to HEAD in a private index, it becomes two whole trees like any other change."""

from __future__ import annotations

from rao_review.diff.git import Repository
from rao_review.diff.patch import Patch
from rao_review.diff.revision import Sides, head_tree
from rao_review.diff.store import ObjectStore
from rao_review.diff.tree import GitTree


def apply(patch: Patch, repository: Repository, store: ObjectStore) -> Sides | str:
    """The sides of `patch` at HEAD: applied to it or, where it is already in, taken back out of it.

    Gives the one-line reason when it fits neither way.
    """
    head, name = head_tree(repository, store)
    notes = list(patch.notes)
    if not patch.files:
        return Sides(head, head, name, patch.origin, notes, "the patch is empty")
    forward, back = "", "--reverse"
    reason = ""
    for direction in (back, forward) if _is_in(patch, GitTree(store, head)) else (forward, back):
        result = _result(patch, head, store, direction)
        if isinstance(result, _Misfit):
            reason = reason if direction == back and reason else result
        elif direction == back:
            notes.append("the patch is already in HEAD: reviewed as the change that led there")
            return Sides(result, head, f"{name} without {patch.origin}", name, notes, "the patch changes nothing")
        else:
            return Sides(head, result, name, patch.origin, notes, "the patch changes nothing")
    return f"the patch does not apply to HEAD ({reason}): only what it shows was reviewed; uses elsewhere are unknown"


class _Misfit(str):
    """Git's reason why a patch does not apply."""

    __slots__ = ()


def _is_in(patch: Patch, head: GitTree) -> bool:
    """Whether HEAD has the blobs that the patch leads to, by its `index` lines: without context it may fit both ways."""
    entries = head.entries()
    told = [
        (entries.get(written.paths(patch.level)[1]), new)
        for written in patch.files
        if (new := written.oids()[1]) and not written.deleted
    ]
    return bool(told) and all(found is not None and found.oid.startswith(new) for found, new in told)


def _result(patch: Patch, tree: str, store: ObjectStore, direction: str) -> str:
    """The tree that comes out when `patch` is applied to `tree`, or a `_Misfit`."""
    said: list[str] = []
    for loose in ([], ["--unidiff-zero"]) if patch.without_context else ([],):
        store.ask("read-tree", tree)
        options = ["--cached", "--whitespace=nowarn", f"-p{patch.level}", *loose, *filter(None, [direction])]
        answer = store.git("apply", *options, stdin=patch.text)
        if answer.returncode == 0:
            # Blobs that a partial clone lacks are found missing when they are read, with a better message.
            return store.ask("write-tree", "--missing-ok").decode("ascii").strip()
        said = said or answer.stderr.decode("utf-8", "replace").splitlines()
    return _Misfit(said[0].removeprefix("error: ") if said else "no reason given")
