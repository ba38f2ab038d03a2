"""The index and the work tree as tree objects, without writing to either, to the index, or to the repository's objects.

All is done on a copy of the index in the `ObjectStore`, where no filter is defined: content that a clean filter would have changed (Git
LFS, for one) shows as it lies in the work tree.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rao_review.diff.git import Repository
from rao_review.diff.store import ObjectStore, Place
from rao_review.errors import SourceError, UsageError

_MAX_EXCLUDES = 1 << 20
_BOOLEANS = ("core.filemode", "core.ignorecase", "core.symlinks", "core.precomposeunicode", "core.trustctime")
_WORDS = {
    "core.autocrlf": {"true", "false", "input"},
    "core.eol": {"lf", "crlf", "native"},
    "core.checkstat": {"default", "minimal"},
}


def staged_tree(store: ObjectStore, repository: Repository) -> str:
    """The tree that `git commit` would make now; inside a hook, of the index that is being committed.

    Raises SourceError for an index with unmerged paths.
    """
    _copy_index(store, repository)
    unmerged = os.fsdecode(store.ask("ls-files", "--unmerged", "-z")).split("\0")
    if unmerged[0]:
        path = unmerged[0].split("\t", 1)[1]
        raise SourceError(f"the index has unmerged paths ({path!r} …): finish or abort the merge, then `git add` them")
    return _write_tree(store)


def uncommitted_tree(store: ObjectStore, repository: Repository) -> tuple[str, list[str]]:
    """The tree that `git add -A && git commit` would make now, new files included, and notes on what could not be read.

    Unmerged paths count as they lie in the work tree. Raises UsageError where there is no work tree.
    """
    if repository.work_tree is None:
        raise UsageError("there is no work tree here: give a range such as A..B")
    _copy_index(store, repository)
    settings = [word for name, value in _harmless_settings(repository) for word in ("-c", f"{name}={value}")]
    _copy_excludes(store, repository)
    top = repository.work_tree
    place = Place(top, top)
    # Not `git add`: that asks every submodule for its status, by a git that obeys the submodule's own configuration.
    question = (*settings, "ls-files", "-z", "--modified", "--others", "--exclude-standard")
    paths = dict.fromkeys(filter(None, os.fsdecode(store.ask(*question, place=place)).split("\0")))
    is_link = cache(lambda folder: (top / folder).is_symlink())
    fates = {path: "gone" if any(map(is_link, _folders(path))) else _fate(top, path) for path in paths}
    update = (*settings, "update-index", "-z", "--add", "--remove", "--replace")
    for fate, option in (("gone", "--force-remove"), ("taken", "--stdin")):
        listed = os.fsencode("".join(f"{path}\0" for path, its in fates.items() if its == fate))
        if listed:
            store.ask(*update, *dict.fromkeys([option, "--stdin"]), stdin=listed, place=place)
    notes = [f"{path!r} is not in the review: {why}" for path, why in fates.items() if why not in ("gone", "taken")]
    return _write_tree(store), notes


def _folders(path: str) -> Iterator[str]:
    """The folders that a path goes through; where one is a link now, the path is gone."""
    parts = path.split("/")[:-1]
    return ("/".join(parts[:length]) for length in range(1, len(parts) + 1))


def _fate(top: Path, path: str) -> str:
    """'taken' into the tree as it is (or, when missing, out of it), 'gone', or why neither is possible."""
    if path.endswith("/"):
        return "a repository inside this one, and no submodule of it"
    file = top / path
    if file.is_symlink() or not os.path.lexists(file):
        return "taken"
    if file.is_dir():  # a submodule, or a folder where a file was
        return "taken" if (file / ".git").exists() else "gone"
    if not file.is_file():
        return "neither file nor link"
    return "taken" if os.access(file, os.R_OK) else "permission denied"


def _copy_index(store: ObjectStore, repository: Repository) -> None:
    if not repository.index.exists():
        return  # nothing was ever added: git takes a missing index for an empty one
    # A split index keeps most of itself in a second file beside the first one or in the git directory.
    for folder in {repository.index.parent, repository.git_dir}:
        for shared in folder.glob("sharedindex.*"):
            shutil.copy2(shared, store.path / shared.name)
    # copy2 keeps the time stamp, by which git tells entries that changed in the same instant as the index was written.
    shutil.copy2(repository.index, store.path / "index")


def _write_tree(store: ObjectStore) -> str:
    # Objects that a partial clone lacks are found missing when they are read, with a better message.
    return store.ask("write-tree", "--missing-ok").decode("ascii").strip()


def _harmless_settings(repository: Repository) -> Iterator[tuple[str, str]]:
    """The settings that say how the work tree maps to content, none of which names a program to run."""
    for name in _BOOLEANS:
        if value := repository.setting(name, "bool"):
            yield name, value
    for name, allowed in _WORDS.items():
        if (value := repository.setting(name, "").lower()) in allowed:
            yield name, value
    excludes = repository.setting("core.excludesFile", "path") or _default_excludes()
    if _small_file(Path(excludes)):
        yield "core.excludesFile", excludes


def _default_excludes() -> str:
    configuration = os.environ.get("XDG_CONFIG_HOME") or str(Path("~/.config").expanduser())
    return str(Path(configuration) / "git" / "ignore")


def _copy_excludes(store: ObjectStore, repository: Repository) -> None:
    excludes = repository.common_dir / "info" / "exclude"
    if _small_file(excludes):
        shutil.copyfile(excludes, store.path / "info" / "exclude")


def _small_file(path: Path) -> bool:
    # A device or pipe in its place would keep git reading for ever.
    try:
        return path.is_file() and path.stat().st_size <= _MAX_EXCLUDES
    except OSError:
        return False
