"""Regex, hash and symbol checks, and what the verdicts make of a finding."""

from __future__ import annotations

import subprocess

import pytest
from changes import GraphOf

from rao_review.checks import Judge
from rao_review.checks.absence import claims_absence
from rao_review.checks.judge import status
from rao_review.checks.texts import blob_id
from rao_review.graph.graph import Graph
from rao_review.types import Anchor, Check, Finding, HashCheck, RegexCheck, Severity, SymbolCheck, Verdict

LIBRARY = "def load(path):\n    return path\n\n\ndef keep(path):\n    return path\n"
USER = "from library import load\n\n\ndef main():\n    return load('x')\n"
BASE = {
    "library.py": LIBRARY,
    "user.py": USER,
    "old name.py": "".join(f"line{n} = {n}\n" for n in range(40)),
    "broken.py": "def half(:\n  load(\n",
    "notes.txt": "load everything\n",
    "gone.py": "def lost():\n    pass\n",
}
HEAD = {
    "library.py": "import sys\n" + LIBRARY.replace("load", "read"),
    "old name.py": None,
    "new name.py": "# moved\n" + "".join(f"line{n} = {n}\n" for n in range(40)),
    "fresh.py": "def read(path):\n    return path\n",
    "gone.py": None,
}


@pytest.fixture(scope="module")
def graph(graph_of: GraphOf) -> Graph:
    return graph_of(BASE, HEAD)


@pytest.fixture(scope="module")
def bare(graph_of: GraphOf) -> Graph:
    """The same change as a patch without its repository."""
    return graph_of(BASE, HEAD, patch=True)


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        # the use stays as it was: true, and it says nothing about the change
        (RegexCheck(r"\bload\b", "user.py", "head", 5, 5), ("passed", False)),
        (RegexCheck(r"\bload\b", "user.py", "head", 5, 5, expect=False), ("failed", False)),
        # line 2 of head replaces line 1 of base
        (RegexCheck(r"^def read\(", "library.py", "head", 2, 2), ("passed", True)),
        (RegexCheck(r"^def load\(", "library.py", "head", 2, 2, expect=False), ("passed", True)),
        (RegexCheck(r"^def load\(", "library.py", "base", 1, 1), ("passed", True)),
        (RegexCheck(r"return path", "library.py", "head", 3, 3), ("passed", False)),  # an unchanged line that moved
        (RegexCheck(r"^import sys$", "library.py", "head", 1, 1), ("passed", True)),  # nothing stood there at base
        (RegexCheck(r"load", "library.py", expect=False), ("passed", True)),  # the whole file
        (RegexCheck(r"line7 = 7", "new name.py", "head", 9, 9), ("passed", False)),  # through the rename
        (RegexCheck(r"def read", "fresh.py"), ("passed", True)),  # a new file
        (RegexCheck(r"def lost", "gone.py", expect=False), ("passed", True)),  # a deleted one
        (RegexCheck(r"x", "never.py", expect=False), ("failed", None)),
        (RegexCheck(r"(?=x)", "user.py"), ("unknown", None)),  # RE2 has no look-ahead
        (RegexCheck(r"load", "user.py", "head", 90, 99), ("failed", False)),
        (RegexCheck(r"(a+)+$", "user.py", expect=False), ("passed", False)),
    ],
)
def test_regex(graph: Graph, check: RegexCheck, expected: tuple[str, bool | None]) -> None:
    verdict = Judge(graph).verdict(check)
    assert (verdict.status, verdict.discriminates) == expected, verdict.detail


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (SymbolCheck("load", "not_defined", "library.py"), ("passed", True)),
        (SymbolCheck("load", "defined", "library.py"), ("failed", True)),
        (SymbolCheck("keep", "defined", "library.py"), ("passed", False)),
        (SymbolCheck("read", "defined", "fresh.py"), ("passed", True)),
        (SymbolCheck("lost", "not_defined", "gone.py"), ("passed", True)),
        (SymbolCheck("lost", "not_defined"), ("passed", True)),
        (SymbolCheck("load", "used", "user.py", 5), ("passed", False)),
        (SymbolCheck("load", "used", "user.py", 2), ("failed", False)),
        (
            SymbolCheck("line7", "defined", "new name.py", 9),
            ("passed", False),
        ),  # through the rename, one line further down
        # `broken.py` says `load`, and what it says is not known: absence is not proven
        (SymbolCheck("load", "not_defined"), ("unknown", None)),
        (SymbolCheck("other", "not_defined", "broken.py"), ("unknown", None)),
        (SymbolCheck("other", "not_defined"), ("passed", False)),
        (SymbolCheck("load", "not_defined", "notes.txt"), ("unknown", None)),  # in no language we read
    ],
)
def test_symbol(graph: Graph, check: SymbolCheck, expected: tuple[str, bool | None]) -> None:
    verdict = Judge(graph).verdict(check)
    assert (verdict.status, verdict.discriminates) == expected, verdict.detail


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (RegexCheck(r"^def read\(", "library.py", "head", 2, 2), ("passed", True)),
        (RegexCheck(r"load", "library.py", expect=False), ("unknown", None)),
        (RegexCheck(r"load", "user.py"), ("unknown", None)),
        (SymbolCheck("load", "not_defined", "library.py"), ("unknown", None)),
        (SymbolCheck("read", "defined", "library.py"), ("passed", None)),
        (HashCheck("library.py", "0" * 40), ("unknown", None)),
    ],
)
def test_what_a_bare_patch_does_not_show_is_unknown(
    bare: Graph, check: Check, expected: tuple[str, bool | None]
) -> None:
    verdict = Judge(bare).verdict(check)
    assert (verdict.status, verdict.discriminates) == expected, verdict.detail


@pytest.mark.parametrize("data", [b"", b"x = 1\r\n", bytes(range(256)), b"blob 3\0abc"])
def test_blob_ids_are_those_of_git(data: bytes) -> None:
    done = subprocess.run(
        ["git", "hash-object", "--stdin", "--no-filters"], input=data, capture_output=True, check=True
    )
    assert blob_id(data, "0" * 40) == done.stdout.decode().strip()


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_hash(graph_of: GraphOf, algorithm: str) -> None:
    graph = graph_of({"a.py": "x = 1\n"}, {"a.py": "x = 2\r\n"}, init=(f"--object-format={algorithm}",))
    entry = graph.head.entries()["a.py"]
    judge = Judge(graph)
    assert len(entry.oid) == {"sha1": 40, "sha256": 64}[algorithm]
    assert judge.verdict(HashCheck("a.py", entry.oid)).status == "passed"
    assert judge.verdict(HashCheck("a.py", entry.oid, "base")).status == "failed"
    assert judge.verdict(HashCheck("b.py", entry.oid)).status == "failed"
    assert judge.verdict(HashCheck("a.py", entry.oid)).discriminates is None


P, F, U = (Verdict(status, False, "") for status in ("passed", "failed", "unknown"))  # type: ignore[arg-type]
TELLS = Verdict("passed", True, "")


@pytest.mark.parametrize(
    ("anchored", "verdicts", "expected"),
    [
        (P, (), "unverified"),
        (P, (P,), "unverified"),
        (P, (P, TELLS), "verified"),
        (P, (U, TELLS), "unverified"),
        (P, (TELLS, F), "refuted"),
        (F, (TELLS,), "refuted"),
        (TELLS, (P,), "unverified"),
    ],
)
def test_status(anchored: Verdict, verdicts: tuple[Verdict, ...], expected: str) -> None:
    assert status(anchored, verdicts) == expected


def test_a_comment_silences_its_rule_and_says_where_it_is(graph_of: GraphOf) -> None:
    text = "load()  # rao-review: ignore[stale-call]\n"
    graph = graph_of({"a.py": text, "b.py": "x\n"}, {"b.py": text})
    judge = Judge(graph)

    def silenced(path: str, rule: str) -> str | None:
        anchor = Anchor(path, "head", 1, 1, "load()")
        return judge.judge(Finding("", anchor, Severity.HIGH, "correctness", "t", "b", rule=rule)).suppressed_by

    assert silenced("a.py", "stale-call") == "comment at a.py:1"
    assert silenced("b.py", "stale-call") == "comment at b.py:1, added by this change"
    assert silenced("a.py", "removed-symbol") is None


@pytest.mark.parametrize(
    ("title", "body", "claims"),
    [
        ("`lost` is not defined anywhere", "", True),
        ("read() isn't called", "", True),
        ("the handler was never imported", "", True),
        ("Unused helper", "", True),
        ("missing await", "", True),
        ("wrong name", "The module it asks for does not exist any more.", True),
        ("wrong name", "There are no callers of it.", True),
        ("load() now needs a year", "The call passes one argument where a missing key raises.", False),
        ("loop never ends", "The index is not advanced.", False),
    ],
)
def test_words_that_claim_an_absence(title: str, body: str, claims: bool) -> None:
    finding = Finding("", Anchor("a.py", "head", 1, 1, "x"), Severity.HIGH, "correctness", title, body)
    assert claims_absence(finding) is claims


def test_an_absence_claim_is_verified_only_with_a_symbol_check(graph: Graph) -> None:
    judge = Judge(graph)
    changed = RegexCheck(r"^def read", "library.py", "head", 2, 2)
    gone = SymbolCheck("lost", "not_defined")

    def judged(title: str, *checks: Check, rule: str | None = None) -> Finding:
        anchor = Anchor("library.py", "head", 2, 2, "def read(path):")
        return judge.judge(Finding("", anchor, Severity.HIGH, "correctness", title, "", checks, rule))

    assert judged("read has another name", changed).status == "verified"
    claimed = judged("lost is not defined", changed)
    assert claimed.status == "unverified"
    assert claimed.anchor_verdict is not None
    assert claimed.anchor_verdict.detail.endswith("an absence claim needs a symbol check")
    assert judged("lost is not defined", changed, gone).status == "verified"
    assert judged("lost is not defined", changed, SymbolCheck("lost", "defined")).status == "refuted"
    assert judged("lost is not defined", changed, rule="removed-symbol").status == "verified"
