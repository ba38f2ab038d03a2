"""The bundled demo: a large change with planted faults, as a real git repository.

`base/` and `head/` are the two sides of a made-up fruit shop's branch "payments v2". Nothing in them is ever run or imported,
and nothing in them is real: names, hosts and keys are invented. `expected.json` says by hand which lines of `head/` are at
fault and which only look so.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from rao_review.errors import GitError, UsageError

_DATA = Path(__file__).parent
EXPECTED = _DATA / "expected.json"

# Wheels do not carry the executable bit reliably, so it is written down here.
_ALWAYS_EXECUTABLE = ("scripts/nightly.sh", "tools/prices/import.rb")
_COMMITS = {
    "base": ("Release 1.9.3", "2026-05-04T08:00:00+0000", _ALWAYS_EXECUTABLE),
    "head": (
        "Payments v2: hold the money first, take it later",
        "2026-05-08T16:30:00+0000",
        (*_ALWAYS_EXECUTABLE, "scripts/backup.sh", "scripts/deploy.sh"),
    ),
}


def build(directory: Path) -> Path:
    """Make the demo repository in `directory`, which is created and must be empty, and give back its resolved path.

    It has two commits with the tags `base` and `head`; the working tree is head's. Their ids depend on the bundled files
    alone: identity and dates are fixed, and no configuration, hook, template or attribute of the user plays a part.

    Raises:
        UsageError: `directory` is not an empty directory.
        GitError: git is missing or failed.
    """
    try:
        from git import Git  # noqa: PLC0415 - 0.45 s to import
        from git.exc import GitCommandError  # noqa: PLC0415
    except ImportError as error:  # GitPython looks for the git executable when it is imported
        raise GitError("git was not found; install it, or put it on PATH") from error
    root = _empty(directory)
    git = Git(str(root))
    git.update_environment(**_environment(root / ".git"))
    try:
        git.init("--quiet")
        git.symbolic_ref("HEAD", "refs/heads/main")
        git.config("core.autocrlf", "false")  # stays in the repository: its working tree is clean for everybody
        for side, (message, date, executable) in _COMMITS.items():
            _lay_out(_DATA / side, root, executable)
            git.add("--all", "--force")
            git.update_index("--chmod=+x", *executable)
            dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
            git.commit("--quiet", "--no-verify", "--no-gpg-sign", "--cleanup=verbatim", message=message, env=dates)
            git.update_ref(f"refs/tags/{side}", "HEAD")
    except GitCommandError as error:
        raise GitError(f"git could not make the demo repository: {' '.join(str(error.stderr).split())}") from error
    return root


def _empty(directory: Path) -> Path:
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} is not an empty directory; the demo repository needs one of its own")
    directory.mkdir(parents=True, exist_ok=True)
    return directory.resolve()


def _environment(git_dir: Path) -> Mapping[str, str]:
    """What shuts out the user's configuration, and a surrounding git (we may run inside a hook) that points elsewhere."""
    nowhere = str(git_dir / "nowhere")
    places = {
        "GIT_DIR": str(git_dir),
        "GIT_WORK_TREE": str(git_dir.parent),
        "GIT_COMMON_DIR": str(git_dir),
        "GIT_INDEX_FILE": str(git_dir / "index"),
        "GIT_OBJECT_DIRECTORY": str(git_dir / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": "",
        "GIT_NAMESPACE": "",
    }
    configuration = {
        "HOME": nowhere,  # ~/.gitconfig, ~/.config/git/{ignore,attributes}
        "XDG_CONFIG_HOME": nowhere,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "0",
        "GIT_CONFIG_PARAMETERS": "",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TEMPLATE_DIR": "",
        "GIT_DEFAULT_HASH": "sha1",
    }
    name, mail = "Orchard", "orchard@example.org"
    identity = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": mail,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": mail,
    }
    return {**places, **configuration, **identity}


def _lay_out(source: Path, root: Path, executable: tuple[str, ...]) -> None:
    """Make the working tree equal to `source`. Installers leave byte code beside Python files; that is not part of it."""
    for entry in root.iterdir():
        if entry.name == ".git":
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source, root, ignore=ignore, copy_function=shutil.copyfile, dirs_exist_ok=True)
    for path in executable:
        target = root / path
        target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
