"""Running git on a repository that nobody has vouched for.

Two places, two trust levels:

- `Repository` is the user's own repository. Only questions about names are asked there (which commit is `main`, where is the index),
  with everything switched off that its configuration could start: hooks, fsmonitor, pagers, transports, prompts.
- `rao_review.diff.store.ObjectStore` is a git directory of our own that borrows its objects. All content is read there,
  so no configuration, attribute, filter or replace ref of the repository takes part.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rao_review.errors import GitError, UsageError

SECONDS = 300
"""No single git command may take longer: a hostile repository can point git at a pipe that never ends."""

_CONFIGURED = re.compile(r"GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|PARAMETERS|(KEY|VALUE)_\d+)$")
_DISCOVERY = frozenset({"GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"})
_LOCATION = frozenset(
    {
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_COMMON_DIR",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    }
)
_FORCED = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_ASKPASS": "",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "SSH_ASKPASS": "",
}
_HARDENED = (
    "--no-pager",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "core.alternateRefsCommand=",
    "-c",
    "credential.helper=",
)


def clean_environment(keep: frozenset[str] = frozenset()) -> dict[str, str]:
    """This process's environment without git's variables (but those in `keep`), with the dangerous ones forced off."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in keep}
    return inherited | _FORCED


def run_git(
    arguments: Sequence[str], directory: Path, environment: Mapping[str, str], stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run git to its end and give everything back, whatever the exit status. Raises GitError when it cannot run or hangs."""
    try:
        return (
            subprocess.run(  # the command is a list of our own words: no shell, and user text only where git takes text
                ["git", *arguments],
                cwd=directory,
                env=environment,
                input=stdin,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_started(directory) from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git {_verb(arguments)} did not answer within {SECONDS} seconds") from error
    except (OSError, ValueError) as error:
        raise GitError(f"git {_verb(arguments)} could not be started: {error}") from error


def failure(arguments: Sequence[str], stderr: bytes) -> GitError:
    """The GitError for a failed command: git's own first complaint, in one line, with what to do where we know."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else "no message")
    said = said.removeprefix("fatal:").removeprefix("error:").strip()
    missing = re.search(r"unable to read [0-9a-f]{40,}|could not fetch|missing blob object|bad object", said)
    if missing:
        return missing_objects(said)
    if outside := re.search(r"'([^']*)' is outside repository", said):
        return GitError(f"path {outside[1]!r} is outside the repository")
    if said.startswith("not a git repository (or any"):
        return GitError("not a git repository: go into one, or name it with --repo")
    if "dubious ownership" in said:
        return GitError(f"{said}: if you trust it, run `git config --global --add safe.directory DIRECTORY` and repeat")
    return GitError(f"git {_verb(arguments)} failed: {said}")


def missing_objects(what: str) -> GitError:
    """Objects are not on this machine. Nothing is fetched behind the user's back, so say how to."""
    return GitError(
        f"objects of the change are not in this clone ({what}): "
        "run `git fetch --refetch --no-filter` (partial clone) or `git fetch --unshallow` (shallow clone) and repeat"
    )


def _verb(arguments: Sequence[str]) -> str:
    options = {"-c", "--git-dir", "--work-tree"}
    words = (word for before, word in zip(["", *arguments], arguments, strict=False) if before not in options)
    return next((word for word in words if not word.startswith("-")), "")


def _not_started(directory: Path) -> GitError:
    if not directory.is_dir():
        return GitError(f"{directory}: {'not a' if directory.exists() else 'no such'} directory")
    return GitError("git was not found: install git 2.31 or newer")


@dataclass(frozen=True, slots=True)
class Repository:
    """The user's repository and where its parts are. All paths are absolute.

    directory      where the user stands (or `--repo`): revisions and pathspecs are meant from here.
    prefix         `directory` below the top of the work tree, '' or ending in '/'.
    index          the index in force: inside a hook the one that git is about to commit.
    work_tree      None for a bare repository, or when standing inside the git directory.
    alternates     further object directories from the environment (a pre-receive hook's quarantine).
    object_format  'sha1' or 'sha256'.
    """

    directory: Path
    git_dir: Path
    common_dir: Path
    objects: Path
    index: Path
    work_tree: Path | None
    prefix: str
    alternates: tuple[str, ...]
    object_format: str
    shallow: bool
    environment: Mapping[str, str] = field(repr=False)

    @classmethod
    def discover(cls, directory: Path) -> Repository:
        """The repository that `directory` belongs to. Raises GitError when there is none or git refuses it.

        Git's location variables (set while a hook runs) count only when `directory` is the current one: a named repository
        is meant to be that one.
        """
        here = Path.cwd() == directory.absolute()
        configured = {name for name in os.environ if _CONFIGURED.match(name)}
        environment = clean_environment(frozenset(configured | _DISCOVERY | (_LOCATION if here else frozenset())))
        question = (
            "rev-parse",
            "--path-format=absolute",
            "--absolute-git-dir",
            "--git-common-dir",
            "--git-path",
            "objects",
            "--git-path",
            "index",
            "--show-object-format",
            "--is-shallow-repository",
            "--show-prefix",
            "--show-toplevel",
        )
        answer = run_git([*_HARDENED, *question], directory, environment)
        lines = os.fsdecode(answer.stdout).removesuffix("\n").split("\n")
        # --show-toplevel comes last and fails in a bare repository, after the other answers.
        if answer.returncode != 0 and len(lines) < 7:
            raise failure(question, answer.stderr)
        if len(lines) > 8 or not all(Path(line).is_absolute() for line in lines[:4]):
            raise GitError(
                "git did not say where the repository is: git 2.31 or newer is needed, and no newline in its path"
            )
        return cls(
            directory=directory.absolute(),
            git_dir=Path(lines[0]),
            common_dir=Path(lines[1]),
            objects=Path(lines[2]),
            index=Path(lines[3]),
            work_tree=Path(lines[7]) if len(lines) == 8 else None,
            prefix=lines[6],
            alternates=tuple(filter(None, environment.get("GIT_ALTERNATE_OBJECT_DIRECTORIES", "").split(os.pathsep))),
            object_format=lines[4],
            shallow=lines[5] == "true",
            environment=environment,
        )

    def git(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run one hardened question in the real repository."""
        return run_git([*_HARDENED, *arguments], self.directory, self.environment)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a hardened question whose exit status alone is the answer; it runs beside other work."""
        return subprocess.Popen(
            ["git", *_HARDENED, *arguments],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def resolve(self, revision: str) -> str:
        """The object id of the commit (or, for a bare tree, the tree) that `revision` names.

        Raises UsageError for what cannot be a revision, GitError for an unknown one.
        """
        if not revision or revision.startswith("-") or "\0" in revision or "\n" in revision:
            raise UsageError(f"{revision!r} is not a revision")
        for kind in ("commit", "tree"):
            answer = self.git("rev-parse", "--verify", "--quiet", f"{revision}^{{{kind}}}")
            if answer.returncode == 0:
                return answer.stdout.decode("ascii", "replace").strip()
        raise self._unknown(revision)

    def _unknown(self, revision: str) -> GitError:
        if self.unborn and revision in {"HEAD", "@"}:
            return GitError("there is no commit yet: use --staged or --uncommitted")
        if self.shallow:
            return GitError(
                f"unknown revision {revision!r}: this clone is shallow; run `git fetch --unshallow` and repeat"
            )
        if revision.endswith((".patch", ".diff")):
            return GitError(f"there is no patch file {revision!r} here, nor a revision of that name")
        return GitError(f"unknown revision {revision!r}: is it spelled right, and fetched (`git fetch origin`)?")

    @property
    def unborn(self) -> bool:
        """Whether HEAD has no commit yet."""
        return self.git("rev-parse", "--verify", "--quiet", "HEAD^{commit}").returncode != 0

    def merge_base(self, left: str, right: str) -> list[str]:
        """All best common ancestors of two commits, git's own choice first; [] when there is none."""
        answer = self.git("merge-base", "--all", left, right)
        if answer.returncode not in (0, 1):
            raise failure(("merge-base",), answer.stderr)
        return answer.stdout.decode("ascii").split()

    def setting(self, name: str, kind: str) -> str:
        """One configuration value of the type `kind` ('bool', 'path', …), '' when unset or not of that type."""
        answer = self.git("config", f"--type={kind}", "--get", name)
        return os.fsdecode(answer.stdout).removesuffix("\n") if answer.returncode == 0 else ""
