"""Every odd or bad input by its command: what comes out is right to the line, or one line that says what to do, and exit code 2."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from conftest import Repository

Invoke = Callable[..., tuple[int, str, str]]
Run = Callable[..., subprocess.CompletedProcess[str]]
Places = Mapping[str, Path]

TEN = "".join(f"line {n}\n" for n in range(10))
HUNK = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"
ODD_NAMES = (
    "ta\tb.py", "new\nline.py", " spaced .py", "-rf", "--output=x", 'q"uo\\te.py', "é.py", "\udcff.py", "*", "\x7f\x01.py",
    ":(top)x",
)  # fmt: skip


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Where the commands of the table are run. Nothing in the table writes there."""
    top = tmp_path_factory.mktemp("places")
    plain = Repository(top / "plain")
    plain.commit({"a.py": "x = 1\n", "b.py": "y = 1\n"}, "root")
    plain.git("branch", "feature")
    plain.commit({"a.py": "x = 2\n"}, "two")
    plain.git("checkout", "-q", "feature")
    plain.commit({"c.py": "z = 1\n"})
    plain.git("checkout", "-q", "--orphan", "alone")
    plain.commit({"d.py": "w = 1\n"})
    plain.git("checkout", "-q", "main")
    plain.git("clone", "-q", "--depth=1", plain.path.as_uri(), str(top / "shallow"))
    plain.git("clone", "-q", "--bare", ".", str(top / "bare"))
    plain.git("worktree", "add", "-q", "-b", "other", str(top / "linked"))
    wide = Repository(top / "sha256", "--object-format=sha256")
    unborn = Repository(top / "unborn")
    damaged = Repository(top / "damaged")
    for repository in (wide, damaged):
        repository.commit({"a.py": "x = 1\n"})
        repository.commit({"a.py": "x = 2\n"})
    oid = damaged.git("rev-parse", "HEAD:a.py")
    (damaged.path / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    (damaged.path / ".git" / "index").write_bytes(b"garbage")
    unborn.write({"a.py": "x = 1\n"})
    unborn.git("add", "a.py")
    (top / "nowhere").mkdir()
    (plain.path / "src" / "inner").mkdir(parents=True)
    for name, text in CONFIGS.items():
        configured = Repository(top / name)
        configured.commit({"a.py": "x = 1\n", ".rao-review.toml": text[0]})
        configured.commit({"a.py": "x = 2\n"})
    for name, patch in PATCHES.items():
        for place in ("plain", "nowhere"):
            (top / place / f"{name}.patch").write_bytes(patch[0])
    return {path.name: path for path in top.iterdir()}


RESULTS = [
    ("plain", "HEAD", "reviewed all 2 changed lines"),
    ("plain", "main~1", "reviewed all 2 changed lines"),  # a root commit, against nothing
    ("plain", "main..feature", "feature lacks commits of main, which show as reversed: main...feature is what a pull"),
    ("plain", "main...feature", "reviewed all 1 changed line"),
    ("plain", "main..alone", "reviewed all 4 changed lines"),
    ("plain", "HEAD..HEAD", "nothing to review: no changes between HEAD and HEAD"),
    ("plain", "HEAD -- b.py", "nothing to review"),
    ("plain", "--staged", "nothing to review: no changes between HEAD and index"),
    ("plain", "HEAD --repo ../bare", "reviewed all 2 changed lines"),
    ("bare", "HEAD", "reviewed all 2 changed lines"),
    ("linked", "HEAD~1..HEAD", "reviewed all 2 changed lines"),
    ("sha256", "HEAD", "reviewed all 2 changed lines"),
    ("unborn", "--staged", "reviewed all 1 changed line"),
    ("unborn", "--uncommitted", "reviewed all 1 changed line"),
    ("nowhere", "good.patch", "no repository: only what the patch shows was reviewed; uses elsewhere are unknown"),
]
"""(place, `rao-review diff …`, what the report says)."""

ERRORS = [
    ("plain", "nope", "unknown revision 'nope': is it spelled right, and fetched"),
    ("plain", "main..nope", "unknown revision 'nope'"),
    ("plain", "nope.patch", "there is no patch file 'nope.patch'"),
    ("plain", "HEAD^{tree}", "is a tree, not a commit: give two sides, as in A..B"),
    ("plain", "main...alone", "main and alone have no common commit: compare the two trees with main..alone"),
    ("plain", "HEAD -- nope", "path 'nope' matches no file on either side of the change"),
    ("plain", "HEAD -- ../../x", "path '../../x' is outside the repository"),
    ("plain", "HEAD -- :(bogus)x", "Invalid pathspec magic 'bogus'"),
    ("plain", "HEAD --output /nope/x", "--output: there is no directory /nope; create it first"),
    ("plain", "HEAD --output .", "--output: . is a directory; name a file in it"),
    ("plain", "HEAD --format pdf", "'pdf' is not one of terminal, json"),
    ("plain", "HEAD --fail-on bad", "'bad' is not one of critical, high, medium, low, info, never"),
    ("plain", "HEAD --repo nope", "nope: no such directory"),
    ("plain", "HEAD --repo a.py", "a.py: not a directory"),
    ("plain", "a.py", "a.py:1: there is no unified diff in it"),
    ("plain", "a.py", "paths go after --, as in `rao-review diff HEAD -- a.py`"),
    (
        "plain",
        "src/inner",
        "'src/inner' is no revision but a path: paths go after --, as in `rao-review diff HEAD -- src/inner`",
    ),
    (
        "plain",
        "main feature",
        "path 'feature' matches no file on either side of the change: did you mean main...feature?",
    ),
    ("plain", "main nope", "path 'nope' matches no file on either side of the change\n"),
    ("plain", "main..feature..", "'main..feature..' is a malformed range: give A..B or A...B"),
    ("plain", "main....feature", "'main....feature' is a malformed range"),
    ("plain", "^main feature", "'^main' is not a form that is understood: give a range, as in main..B"),
    ("shallow", "HEAD", "the parent of HEAD is not in this shallow clone: run `git fetch --deepen=1`"),
    ("shallow", "HEAD~1..HEAD", "unknown revision 'HEAD~1': this clone is shallow; run `git fetch --unshallow`"),
    ("bare", "--staged", "there is no index here: give a range such as A..B"),
    ("bare", "--uncommitted", "there is no work tree here: give a range such as A..B"),
    ("unborn", "HEAD", "there is no commit yet: use --staged or --uncommitted"),
    ("nowhere", "HEAD", "not a git repository: go into one, or name it with --repo"),
    ("nowhere", "--staged", "not a git repository: go into one, or name it with --repo"),
    ("nowhere", "nope.patch", "there is no patch file 'nope.patch' here, and this is no git repository either"),
    ("damaged", "HEAD", "objects of the change are not in this clone"),
    ("damaged", "--staged", "index file smaller than expected"),
]
"""(place, `rao-review diff …`, what the one line says)."""

CONFIGS = {
    "toml": ("x = [", "not valid TOML"),
    "key": ("oops = 1\n", "unknown key 'oops'; known are fail_on, include, exclude, disable"),
    "type": ("exclude = 3\n", "exclude: expected a list of texts, got 3"),
    "level": ('fail_on = "\\u001b[2J"\n', r"fail_on: '\x1b[2J' is not one of critical"),
    "bytes": (b"\xff\xfe", "not valid TOML: 'utf-8' codec can't decode"),
    "rule": ('disable = ["nope"]\n', "there is no rule 'nope'; `rao-review explain` lists them"),
}
"""name: (.rao-review.toml on the base side, what the one line says)."""

PATCHES = {
    "good": (HUNK.encode(), ""),
    "empty": (b"", ":1: the patch is empty: did the command that wrote it fail?"),
    "blank": (b"\n \n", ":1: the patch is empty"),
    "binary": (b"\0\xff\x80PNG" * 500, ":1: there is no unified diff in it"),
    "text": (b"fatal: bad revision\n", ":1: there is no unified diff in it"),
    "cut": (HUNK.removesuffix("+x = 2\n").encode(), ":3: the patch ends inside a hunk: it is cut off"),
    "second-cut": ((HUNK + "--- a/b\n+++ b/b\n@@ -1,9 +1 @@\n-a\n").encode(), ":8: the patch ends inside a hunk"),
    "beyond": ((HUNK + "+y\n").encode(), ":6: a diff line beyond what its hunk's header counts"),
    "header": (HUNK.replace("-1 +1", "-x +1").encode(), ":3: a malformed hunk header"),
    "numbers": (HUNK.replace("-1 +1", f"-{'9' * 30},1 +1").encode(), ":3: a hunk beyond line 10,000,000"),
    "outside": (HUNK.replace("a.py", "../../etc/x").encode(), ":1: '../../etc/x' is not a path inside a tree"),
    "absolute": (HUNK.replace("a/a.py", "/etc/x").replace("b/a.py", "/etc/x").encode(), ":1: '/etc/x' is not a path"),
    "nul": (HUNK.replace("a.py", "a\0.py").encode(), r":1: 'a\x00.py' is not a path inside a tree"),
    "combined": (
        b"diff --cc a.py\nindex 1,2..3\n--- a/a.py\n+++ b/a.py\n@@@ -1,1 -1,1 +1,1 @@@\n--a\n++b\n",
        ":1: this is a combined diff of a merge, which shows only part of it: use `git diff A...B`",
    ),
}
"""name: (a patch file, what the one line says after the file's name)."""


@pytest.mark.parametrize(("place", "command", "says"), RESULTS, ids=lambda value: str(value)[:30])
def test_odd_places_give_a_result(places: Places, invoke: Invoke, place: str, command: str, says: str) -> None:
    code, out, err = invoke("diff", *command.split(), cwd=places[place])
    assert (code, err) == (0, "")
    assert says in " ".join(out.split())


@pytest.mark.parametrize(
    ("place", "command", "says"),
    [
        *ERRORS,
        *((name, "HEAD", says) for name, (_, says) in CONFIGS.items()),
        *((where, f"{name}.patch", says) for name, (_, says) in PATCHES.items() if says for where in ("plain", "nowhere")),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_bad_input_is_one_line(places: Places, invoke: Invoke, place: str, command: str, says: str) -> None:
    code, out, err = invoke("diff", *command.split(), cwd=places[place])
    assert (code, out) == (2, "")
    assert err.startswith("rao-review: ")
    assert err.count("\n") == 1
    assert err[:-1].isprintable()
    assert says in err


@pytest.fixture
def kinds(make_repository: Callable[..., Repository], tmp_path: Path) -> Repository:
    """Two commits with every kind of change; the second one is `HEAD`."""
    repository, inner = make_repository("kinds"), make_repository("inner")
    inner.commit({"a": "1\n"})
    repository.write(
        {
            "renamed-from.py": TEN, "copied.py": TEN.replace("line", "row"), "mode.sh": "#!/bin/sh\n", "gone.py": "x = 1\n",
            "binary": b"\0\1", "empty-gone": "", "no-newline.py": "a = 1\nb = 2", "crlf.py": "a = 1\r\nb = 2\r\n",
            "cr.py": "a = 1\rb = 2\r", "feed.py": "a = 1\x0c\nb = 2\n", "separator.py": 'a = "\u2028"\nb = 2\n',
            "latin.py": b"# \xe9\na = 1\n", "becomes-link": "file\n",
        }
    )  # fmt: skip
    (repository.path / "link").symlink_to("gone.py")
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path.as_uri(), "sub")
    repository.commit(dict.fromkeys(ODD_NAMES, "v = 1\n"))
    repository.git("mv", "renamed-from.py", "renamed-to.py")
    repository.write(
        {
            "renamed-to.py": TEN.replace("line 3\n", "line three\n"), "copy.py": TEN.replace("line", "row"), "gone.py": None,
            "binary": b"\0\2", "empty-gone": None, "empty-new": "", "no-newline.py": "a = 1\nb = 3", "crlf.py": "a = 1\r\nb = 3\r\n",
            "cr.py": "a = 1\rb = 3\r", "feed.py": "a = 2\x0c\nb = 2\n", "separator.py": 'a = "\u2028x"\nb = 2\n',
            "latin.py": b"# \xe8\na = 1\n", "becomes-link": None, "link": None,
        }
    )  # fmt: skip
    (repository.path / "mode.sh").chmod(0o755)
    (repository.path / "becomes-link").symlink_to("../../out")
    (repository.path / "link").symlink_to(tmp_path)
    inner.commit({"a": "2\n"})
    repository.git("-C", "sub", "pull", "-q")
    repository.write(dict.fromkeys(ODD_NAMES, "v = 2\nw = 1\n"))
    repository.git("add", "-A", "--force")
    return repository


def _totals(numstat: str) -> tuple[int, int, int]:
    rows = [row.split("\t") for row in numstat.split("\n")]
    return len(rows), sum(int(r[0]) for r in rows if r[0] != "-"), sum(int(r[1]) for r in rows if r[1] != "-")


def _assert_books_balance(text: str, numstat: str) -> None:
    """The report's totals are those of git, and every line has a fate."""
    report = json.loads(text)
    change, lines = report["change"], report["coverage"]["lines"]
    assert (change["files"], change["added"], change["removed"]) == _totals(numstat)
    assert lines["total"] == change["added"] + change["removed"]
    assert lines["total"] == lines["reviewed"] + lines["skipped"] + lines["failed"]


def test_every_kind_of_change_has_the_totals_of_git_from_every_source(
    kinds: Repository, invoke: Invoke, tmp_path: Path
) -> None:
    numstat = kinds.git("diff", "--cached", "--numstat")
    for mode in ("--staged", "--uncommitted"):
        code, out, err = invoke("diff", mode, "--format", "json", cwd=kinds.path)
        assert (code, err) == (0, "")
        _assert_books_balance(out, numstat)
    kinds.git("commit", "-q", "-m", "two")
    (tmp_path / "alone").mkdir()
    for target in ("HEAD", "HEAD~1..HEAD", "HEAD~1...HEAD"):
        _assert_books_balance(invoke("diff", target, "--format", "json", cwd=kinds.path)[1], numstat)
    back = invoke("diff", "HEAD..HEAD~1", "--format", "json", cwd=kinds.path)[1]
    _assert_books_balance(back, kinds.git("diff", "--numstat", "HEAD", "HEAD~1"))


@pytest.mark.parametrize(
    "form",
    [
        ["diff"],
        ["-c", "diff.noprefix=true", "diff"],
        ["-c", "diff.mnemonicPrefix=true", "diff"],
        ["-c", "core.quotePath=false", "diff"],
        ["diff", "--binary", "--full-index", "-U0"],
    ],
    ids=" ".join,
)
def test_every_kind_of_change_has_the_totals_of_git_as_a_patch(
    kinds: Repository, invoke: Invoke, tmp_path: Path, form: list[str]
) -> None:
    kinds.git("commit", "-q", "-m", "two")
    numstat = kinds.git("diff", "--numstat", "HEAD~1", "HEAD")
    alone = tmp_path / "alone"
    alone.mkdir()
    patch = kinds.git(*form, "HEAD~1", "HEAD").encode("utf-8", "surrogateescape") + b"\n"
    for place in (alone, kinds.path):
        (place / "change.patch").write_bytes(patch)
        code, out, err = invoke("diff", "change.patch", "--format", "json", cwd=place)
        assert (code, err) == (0, "")
        _assert_books_balance(out, numstat)


def test_a_fragment_is_no_file_with_syntax_errors(tmp_path: Path, invoke: Invoke) -> None:
    """What a patch shows does not parse, because the function begins above it; a new file is all there."""
    hunk = "--- a/a.py\n+++ b/a.py\n@@ -8,3 +8,3 @@ def f():\n         y = [\n-            1,\n+            2,\n             3,\n"
    (tmp_path / "part.patch").write_text(hunk)
    (tmp_path / "new.patch").write_text("--- /dev/null\n+++ b/n.py\n@@ -0,0 +1 @@\n+def f(:\n")
    code, out, err = invoke("diff", "part.patch", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert " ".join(out.split()).startswith("● no findings in what the patch shows of 1 file — reviewed all 2 changed ")
    assert "only what the patch shows is known  a.py" in out
    assert "syntax errors" not in out
    assert "syntax errors  n.py" in invoke("diff", "new.patch", cwd=tmp_path)[1]


def test_standard_input(places: Places, run: Run) -> None:
    done = run("diff", "-", cwd=places["nowhere"], stdin=HUNK)
    assert done.returncode == 0, done.stderr
    assert "reviewed all 2 changed lines" in done.stdout
    for bad in (b"", os.urandom(4096)):
        done = run("diff", "-", cwd=places["plain"], stdin=bad)
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(r"rao-review: <stdin>:1: .*\n", done.stderr)


def test_git_variables_count_for_the_current_directory_only(places: Places, run: Run) -> None:
    there = {"GIT_DIR": str(places["sha256"] / ".git")}
    assert "reviewed all 2 changed lines" in run("diff", "HEAD", cwd=places["nowhere"], **there).stdout
    done = run("diff", "main...feature", "--repo", str(places["plain"]), cwd=places["nowhere"], **there)
    assert "reviewed all 1 changed line" in done.stdout
    done = run("diff", "HEAD", cwd=places["plain"], GIT_DIR="/nope")
    assert (done.returncode, done.stderr) == (
        2,
        "rao-review: git rev-parse failed: not a git repository: '/nope'\n",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize("how", [["commit"], ["commit", "-a"], ["commit", "--", "part.py"]], ids=" ".join)
def test_a_pre_commit_hook_reviews_what_is_being_committed(
    make_repository: Callable[..., Repository], tmp_path: Path, how: list[str]
) -> None:
    repository = make_repository("hooked")
    repository.commit({"part.py": "x = 1\n", "rest.py": "y = 1\n"})
    hook, report = repository.path / ".git" / "hooks" / "pre-commit", tmp_path / "report.json"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rao_review diff --staged -f json -o "{report}"\n')
    hook.chmod(0o755)
    repository.write({"part.py": "x = 2\n", "rest.py": "y = 2\nz = 2\n"})
    repository.git("add", *(["part.py", "rest.py"] if "--" in how else ["part.py"]))
    repository.git(how[0], "-q", "-m", "x", *how[1:])
    _assert_books_balance(report.read_text(), repository.git("diff", "--numstat", "HEAD~1", "HEAD"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    ("streams", "code", "says"),
    [
        ("<&-", 2, "rao-review: <stdin>:1: the patch is empty: did the command that wrote it fail?\n"),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        (">/dev/full", 2, "rao-review: standard output: No space left on device\n"),
        ("-q -o /dev/null", 0, ""),
        ("-o /dev/full", 2, "rao-review: --output: /dev/full: No space left on device\n"),
    ],
)
def test_closed_and_full_streams(places: Places, tmp_path: Path, streams: str, code: int, says: str) -> None:
    target = "-" if streams == "<&-" else "HEAD"
    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m rao_review diff {target} {streams}"],
        cwd=places["plain"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, says)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_ends_it_at_once_and_leaves_nothing(
    make_repository: Callable[..., Repository], tmp_path: Path, run: Run, number: int, code: int
) -> None:
    """The parser needs its whole time-out for this file, so the signal comes while a worker is at it."""
    repository = make_repository("slow")
    repository.commit({"a.c": "int x;\n"})
    repository.commit({"a.c": ("{" * 40 + "\n") * 2500})
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "rao_review", "diff", "HEAD", "-v"],
        cwd=repository.path,
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    while "select:" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(0.2)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert err == ("rao-review: interrupted\n" if code == 130 else "")
    assert list(temporary.iterdir()) == []
    (line,) = run("runs", cwd=repository.path).stdout.splitlines()
    assert re.match(r"\S+  killed ", line)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_run_is_listed_and_traced_and_has_no_report(
    make_repository: Callable[..., Repository], run: Run
) -> None:
    repository = make_repository("killed")
    repository.commit({f"f{n}.py": f"def f{n}():\n    return {n}\n" for n in range(3)})
    repository.commit({f"f{n}.py": f"def g{n}():\n    return {n}\n" for n in range(3)})
    run("diff", "HEAD", cwd=repository.path)
    (journal,) = (repository.path / ".git" / "rao-review" / "runs").iterdir()
    lines = journal.read_bytes().splitlines(keepends=True)
    started = next(at for at, line in enumerate(lines) if b'"event":"node_started"' in line)
    # What a kill leaves: some whole lines and a torn one.
    journal.write_bytes(b"".join(lines[: started + 1]) + lines[started + 1][:20])
    assert re.match(r"\S+  killed ", run("runs", cwd=repository.path).stdout)
    done = run("show", cwd=repository.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        r"rao-review: \S+ has no report: the run was killed; `rao-review trace \S+` shows how far it came, "
        r"`rao-review diff --resume \S+` goes on with it\n",
        done.stderr,
    )
    tree = run("trace", cwd=repository.path)
    assert tree.returncode == 0
    assert re.search(r"^0  \d+ hunks, 6 lines", tree.stdout, re.M)


def test_a_file_that_the_clone_lacks_outside_the_diff_is_unknown_and_the_review_goes_on(
    make_repository: Callable[..., Repository], invoke: Invoke
) -> None:
    repository = make_repository("lacking")
    use = "from keep import used\nused(1)\n"
    repository.commit({"keep.py": "def used(x):\n    return x\n", "user.py": use, "other.py": use + "# 2\n"})
    repository.commit({"keep.py": "def used(x, y):\n    return x\n"})
    oid = repository.git("rev-parse", "HEAD:other.py")
    (repository.path / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    code, out, err = invoke("diff", "HEAD", "--format", "json", cwd=repository.path)
    assert (code, err) == (1, "")
    report = json.loads(out)
    assert report["unknown"] == [{"path": "other.py", "reason": "cannot be read"}]
    assert report["run"]["outcome"] == "complete"
    assert {finding["path"] for finding in report["findings"]} == {"user.py"}


def test_a_missing_git_is_said(places: Places, run: Run, tmp_path: Path) -> None:
    assert shutil.which("git") is not None
    done = run("diff", "HEAD", cwd=places["plain"], PATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (2, "rao-review: git was not found: install git 2.31 or newer\n")
