"""A patch without the repository it belongs to: the change, and the two sides as far as the patch shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from rao_review.diff.parse import Facts, Status, lineless, notes, oversize_reason
from rao_review.diff.patch import Patch
from rao_review.diff.patchfile import PatchFile
from rao_review.diff.tree import PatchTree
from rao_review.errors import PatchError, SourceError
from rao_review.types import ChangeSet, FileChange, Hunk, Side

_UNKNOWN = "no repository: only what the patch shows was reviewed; uses elsewhere are unknown"


def partial_change(patch: Patch, paths: Sequence[str], reason: str = "") -> tuple[ChangeSet, PatchTree, PatchTree]:
    """(change, base, head) of a patch alone; `reason` says why, when a repository was there.

    `paths` are files, folders or globs. Raises PatchError where the patch has one file twice or leads out of the tree, SourceError
    where a path matches nothing.
    """
    chosen = _chosen(_files(patch), paths)
    files: list[FileChange] = []
    number = 1
    for facts, written in sorted(chosen, key=lambda pair: pair[0].path.encode("utf-8", "surrogateescape")):
        files.append(_file(facts, written, number))
        number += len(files[-1].hunks)
    said = [*patch.notes, reason or _UNKNOWN]
    change = ChangeSet("patch base", patch.origin, "", "", tuple(files), tuple(said))
    return change, _side(files, "base"), _side(files, "head")


def _files(patch: Patch) -> list[tuple[Facts, list[PatchFile]]]:
    found: dict[str, tuple[Facts, list[PatchFile]]] = {}
    for written in patch.files:
        facts = _facts(written, patch)
        for path in (facts.base_path, facts.head_path):
            if path is not None and (path.startswith("/") or "\0" in path or {"", ".", ".."} & set(path.split("/"))):
                raise PatchError(f"{path!r} is not a path inside a tree", patch.origin, written.line)
        before = found.get(facts.path)
        if before is None:
            found[facts.path] = facts, [written]
        elif before[0].status == "deleted" and facts.status == "added" and len(before[1]) == 1:
            found[facts.path] = _typechange(before[0], facts), [*before[1], written]
        else:
            raise PatchError(
                f"a second patch of {facts.path!r}: this is a series; review its range, or run inside its repository",
                patch.origin,
                written.line,
            )
    return list(found.values())


def _facts(written: PatchFile, patch: Patch) -> Facts:
    base_path, head_path = written.paths(patch.level)
    status: Status = "modified"
    for kind, fits in (
        ("added", written.created),
        ("deleted", written.deleted),
        ("renamed", "rename from" in written.extended),
        ("copied", "copy from" in written.extended),
    ):
        if fits:
            status = kind  # type: ignore[assignment]
            break
    marks = [line[:1] for hunk in written.hunks for line in hunk.lines]
    return Facts(
        status,
        None if written.created else base_path,
        None if written.deleted else head_path,
        *written.modes(),
        *written.oids(),
        marks.count("+"),
        marks.count("-"),
        written.binary,
    )


def _typechange(old: Facts, new: Facts) -> Facts:
    return replace(
        old,
        status="typechanged",
        head_path=new.head_path,
        head_mode=new.head_mode,
        head_oid=new.head_oid,
        added=new.added,
        binary=old.binary or new.binary,
    )


def _file(facts: Facts, written: Iterable[PatchFile], number: int) -> FileChange:
    raw = [hunk for part in written for hunk in part.hunks]
    submodule = "160000" in (facts.base_mode, facts.head_mode)
    note = notes(facts) if submodule else ""
    hunks: list[Hunk] = []
    for at, hunk in enumerate(raw):
        marks = [line[:1] for line in hunk.lines]
        counts = (marks.count("+"), marks.count("-"))
        hunks.append(Hunk(f"h{number + at}", facts.path, *hunk.numbers, hunk.section, tuple(hunk.lines), *counts, note))
    oversize = oversize_reason(facts.added + facts.removed, sum(len(line) + 1 for hunk in raw for line in hunk.lines))
    shown = () if oversize else tuple(hunks)
    if not submodule:
        ids = (_content_id(shown, "base", facts.base_oid), _content_id(shown, "head", facts.head_oid))
        facts = replace(facts, base_oid=ids[0], head_oid=ids[1])
    return facts.change(shown or (lineless(f"h{number}", facts, oversize),), oversize)


def _content_id(hunks: Iterable[Hunk], side: Side, oid: str) -> str:
    """What stands for the blob id of a side: like one it changes with the content, yet no blob of a repository has it."""
    digest = hashlib.sha1(f"rao-review patch {side} {oid}\n".encode(), usedforsecurity=False)
    for hunk in hunks:
        digest.update(f"{hunk.base_start} {hunk.head_start}\n".encode())
        digest.update("\n".join(hunk.lines).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _side(files: Iterable[FileChange], side: Side) -> PatchTree:
    present = [(f, f.base if side == "base" else f.head) for f in files]
    hunks = {own.path: f.hunks for f, own in present if own is not None}
    return PatchTree(side, (own for _, own in present if own is not None), hunks)


def _chosen(files: list[tuple[Facts, list[PatchFile]]], paths: Sequence[str]) -> list[tuple[Facts, list[PatchFile]]]:
    if not paths:
        return files
    for pattern in paths:
        if not any(
            _matches(path, pattern) for facts, _ in files for path in (facts.base_path, facts.head_path) if path
        ):
            raise SourceError(f"path {pattern!r} matches no file of the patch")
    return [
        (facts, written)
        for facts, written in files
        if any(_matches(path, p) for p in paths for path in (facts.base_path, facts.head_path) if path)
    ]


def _matches(path: str, pattern: str) -> bool:
    pattern = pattern.removeprefix("./").rstrip("/")
    return pattern in ("", ".", path) or path.startswith(f"{pattern}/") or fnmatchcase(path, pattern)
