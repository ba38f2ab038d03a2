"""A patch on top of its repository: applied to HEAD in a private index, it becomes two whole trees like any other change."""

from __future__ import annotations

from rao_review.diff.git import Repository
from rao_review.diff.patch import Patch
from rao_review.diff.revision import Sides, head_tree
from rao_review.diff.store import ObjectStore
from rao_review.diff.tree import GitTree

_NOTHING = "the patch changes nothing"


def apply(patch: Patch, repository: Repository, store: ObjectStore) -> Sides | str:
    """The sides of `patch` at HEAD: applied to it or, where it is already in, taken back out of it.

    Gives the one-line reason when it fits neither way.
    """
    head, name = head_tree(repository, store)
    notes = list(patch.notes)
    reasons = []
    back = _is_in(patch, GitTree(store, head))
    for reverse in (back, not back):
        result, reason = _result(patch, head, store, reverse)
        if result == head:  # a mode that HEAD has already is no reason for git to refuse: the other way may tell more
            reasons.append(_NOTHING)
            continue
        if result and reverse:
            notes.append("the patch is already in HEAD: reviewed as the change that led there")
            return Sides(result, head, f"{name} without {patch.origin}", name, notes, _NOTHING)
        if result:
            return Sides(head, result, name, patch.origin, notes, _NOTHING)
        reasons.append(reason)
    if _NOTHING in reasons:
        return Sides(head, head, name, patch.origin, notes, _NOTHING)
    why = reasons[1] if back else reasons[0]
    return f"the patch does not apply to HEAD ({why}): only what it shows was reviewed; uses elsewhere are unknown"


def _is_in(patch: Patch, head: GitTree) -> bool:
    """Whether HEAD has the blobs that the patch leads to, by its `index` lines: without context it may fit both ways."""
    entries = head.entries()
    told = [
        (entries.get(written.paths(patch.level)[1]), new)
        for written in patch.files
        if (new := written.oids()[1]) and not written.deleted
    ]
    return bool(told) and all(found is not None and found.oid.startswith(new) for found, new in told)


def _result(patch: Patch, tree: str, store: ObjectStore, reverse: bool) -> tuple[str, str]:
    """(the tree that comes out when `patch` is applied to `tree`, '') or ('', git's reason why it does not apply)."""
    store.ask("read-tree", tree)
    # Without context git would take the line numbers for hints only, and put an insertion elsewhere.
    exact = ["--unidiff-zero"] if patch.without_context else []
    direction = ["--reverse"] if reverse else []
    options = ["--cached", "--whitespace=nowarn", f"-p{patch.level}", *exact, *direction]
    answer = store.git("apply", *options, stdin=patch.text)
    if answer.returncode == 0:
        # Blobs that a partial clone lacks are found missing when they are read, with a better message.
        return store.ask("write-tree", "--missing-ok").decode("ascii").strip(), ""
    said = answer.stderr.decode("utf-8", "replace").splitlines()
    return "", said[0].removeprefix("error: ") if said else "no reason given"
