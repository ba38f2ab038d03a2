"""The terminal report: safe for every change, and right in what it says."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, reviews

from rao_review.report.contract import build
from rao_review.report.display import Detail, Display, wants_color
from rao_review.report.formats import FORMATS, load_format
from rao_review.types import (
    Anchor,
    ChangeSet,
    Coverage,
    FileChange,
    Finding,
    HashCheck,
    Hunk,
    HunkFate,
    RegexCheck,
    Related,
    Review,
    Severity,
    SymbolCheck,
    Usage,
    Verdict,
)

_SGR = re.compile(r"\x1b\[[0-9;]*m")
displays = st.builds(
    Display,
    st.sampled_from([40, 61, 100, 200]),
    st.booleans(),
    st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252"]),
    st.sampled_from(Detail),
)


def _terminal(review: Review, display: Display | None = None) -> str:
    return load_format("terminal").render(build(review, "1.0"), display or Display())


@examples(60)
@given(reviews(), displays)
def test_no_text_of_a_change_reaches_the_terminal_unescaped(review: Review, display: Display) -> None:
    text = _terminal(review, display)
    text.encode(display.encoding)
    assert text.endswith("\n")
    bare = _SGR.sub("", text) if display.color else text
    bad = {c for c in bare if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - set(
        "\u200c\u200d"
    )
    assert not bad, [hex(ord(c)) for c in bad]


@examples(40)
@given(reviews(), st.sampled_from([40, 80, 200]), st.sampled_from(Detail))
def test_colour_changes_no_word(review: Review, width: int, detail: Detail) -> None:
    plain = _terminal(review, Display(width, False, detail=detail))
    colored = _SGR.sub("", _terminal(review, Display(width, True, detail=detail)))
    # Backticks are what colour replaces, and so lines may break elsewhere.
    fold = lambda text: re.sub(r"[`\s]", "", text)  # noqa: E731  (used twice, right here)
    assert fold(plain) == fold(colored)


SOURCE = ["import x", "", "def main():", "    cfg = load(path)", "    return cfg", "", "main()"]
BASE = ["def load(path):", "    return 1"]
HUNK = Hunk("h1", "app.py", 1, 1, 1, 1, "", ("-a", "+b"), 1, 1)
FINDING = Finding(
    id="f1",
    anchor=Anchor("app.py", "head", 4, 4, "cfg = load(path)"),
    severity=Severity.HIGH,
    category="correctness",
    title="`load` is gone",
    body="It was removed.\nThis call fails.",
    checks=(SymbolCheck("load", "not_defined"), RegexCheck("load", "app.py", "head", 4, 4)),
    rule="removed-symbol",
    symbol="conf.load",
    related=(Related("conf.py", "base", 1, "removed here"),),
    status="verified",
    anchor_verdict=Verdict("passed", None, ""),
    verdicts=(Verdict("passed", True, ""), Verdict("passed", False, "")),
)
LOW = replace(FINDING, id="f2", severity=Severity.LOW, title="a small thing", body="SMALL BODY", status="unverified")


def _numbered(lines: list[str]) -> dict[int, str]:
    return dict(enumerate(lines, start=1))


def _review(*found: Finding, fates: tuple[HunkFate, ...] | None = None, outcome: str = "complete") -> Review:
    fates = (HunkFate("h1", "app.py", 1000, "reviewed"),) if fates is None else fates
    changed = FileChange("app.py", "app.py", "app.py", "modified", None, None, False, (HUNK,), 1, 1)
    return Review(
        "20261123-121530-4f2a", "builtin", None, outcome, 1.25,  # type: ignore[arg-type]
        ChangeSet("main", "topic", "1" * 40, "2" * 40, (changed,)), found, (), Coverage(fates), Usage(1, 0), ("a note",),
        {"bad.py": "syntax errors"}, {("app.py", "head"): _numbered(SOURCE), ("conf.py", "base"): _numbered(BASE)},
    )  # fmt: skip


def test_a_finding_in_full() -> None:
    text = _terminal(_review(FINDING), Display(100))
    assert text.split("\n\n")[0] == "✗ 1 high in 1 file — reviewed all 1,000 changed lines, 1 file not fully understood"
    assert (
        """\
● `load` is gone  [removed-symbol]
  app.py:4
    1 │ import x
    2 │
    3 │ def main():
  ▸ 4 │     cfg = load(path)
      │           ^^^^
    5 │     return cfg
    6 │
    7 │ main()
  └─ conf.py:1 (before the change) — removed here
  - 1 │ def load(path):
      │     ^^^^
    2 │     return 1

  It was removed.
  This call fails.
  checked: ✓ quoted line found · ✓ load is no longer defined · ✓ text at line 4 is there
"""
        in text
    )
    assert "a note" in text
    assert "── Not fully understood: 1 file ─" in text
    assert "─ no finding there does not mean no fault ──" in text
    assert "syntax errors  bad.py" in text
    assert text.endswith(
        "main → topic · +1 −1 · built-in reviewer: 1 node, depth 0 · run 20261123-121530-4f2a · 1.2 s\n"
    )


def test_low_findings_are_one_line_unless_verbose() -> None:
    review = _review(FINDING, LOW)
    normal, full = _terminal(review), _terminal(review, Display(detail=Detail.FULL))
    assert "● app.py:4  a small thing  [removed-symbol]  unverified\n" in normal
    assert "SMALL BODY" not in normal
    assert "SMALL BODY" in full


def test_quiet_is_the_verdict_and_a_line_a_finding() -> None:
    assert _terminal(_review(FINDING, LOW), Display(detail=Detail.QUIET)) == (
        "✗ 1 high, 1 low in 1 file — reviewed all 1,000 changed lines, 1 file not fully understood\n"
        "app.py:4: high: `load` is gone [removed-symbol]\n"
        "app.py:4: low: a small thing [removed-symbol]\n"
    )


FAILED = HunkFate("h2", "b.py", 40, "failed", "worker died")
LOCK = HunkFate("h3", "p.lock", 1900, "skipped", "lock file")
IMAGE = HunkFate("h4", "a.png", 0, "skipped", "binary")
DONE = HunkFate("h1", "app.py", 1000, "reviewed")


@pytest.mark.parametrize(
    ("fates", "outcome", "expected"),
    [
        ((DONE,), "complete", "✓ no findings in 1 file — reviewed all 1,000 changed lines"),
        (
            (DONE, LOCK, IMAGE),
            "complete",
            "✓ no findings in 1 file — reviewed 1,000 of 2,900 changed lines, skipped 1,900 (lock file 1,900, binary: 1 file)",
        ),
        (
            (DONE, FAILED),
            "partial",
            "✗ incomplete: no findings in 1 file — reviewed 1,000 of 1,040 changed lines, failed 40 (worker died 40)",
        ),
        (
            (LOCK,),
            "complete",
            "● nothing was reviewed in 1 file — reviewed 0 of 1,900 changed lines, skipped 1,900 (lock file 1,900)",
        ),
        (
            (FAILED,),
            "failed",
            "✗ failed: nothing was reviewed in 1 file — reviewed 0 of 40 changed lines, failed 40 (worker died 40)",
        ),
        ((), "complete", "● nothing to review: no changes between main and topic"),
    ],
)
def test_not_reviewed_never_looks_like_clean(fates: tuple[HunkFate, ...], outcome: str, expected: str) -> None:
    text = _terminal(replace(_review(fates=fates, outcome=outcome), unknown={}), Display(200))
    assert text.split("\n")[0] == expected


def test_a_patch_alone_is_no_clean_change() -> None:
    review = _review()
    alone = replace(review, change=replace(review.change, base_id="", head_id=""), unknown={})
    assert _terminal(alone).startswith(
        "● no findings in what the patch shows of 1 file — reviewed all 1,000 changed lines\n"
    )


def test_a_report_says_whose_findings_these_are_when_the_model_read_nothing() -> None:
    review = replace(_review(FINDING, fates=(FAILED,), outcome="failed"), policy="llm", model="m")
    told = "  the model read nothing: {} the built-in reviewer's\n"
    assert _terminal(review).split("\n\n")[0].endswith(told.format("all findings are").rstrip("\n"))
    own = replace(FINDING, id="f2", rule=None)
    assert told.format("1 of 2 findings are") in _terminal(replace(review, findings=(FINDING, own)))
    for other in (replace(review, model=None), replace(review, coverage=Coverage((DONE, FAILED)))):
        assert "the model read nothing" not in _terminal(other)
    assert "· model m: 1 node, depth 0 · " in _terminal(review)


def test_checks_are_told_in_plain_words() -> None:
    seen = HashCheck("app.py", "1" * 40), RegexCheck("load", "conf.py", "head", 1, 1, expect=False)
    passed = Verdict("passed", None, ""), Verdict("passed", True, "")
    text = _terminal(_review(replace(FINDING, checks=seen, verdicts=passed)))
    words = "checked: ✓ quoted line found · ✓ file is the one reviewed · ✓ text in conf.py:1 is gone, was there before"
    assert words in " ".join(text.split())
    dropped = replace(_review(), refuted=(replace(FINDING, status="refuted"),))
    assert "thought to be faults, but a check showed otherwise" in _terminal(dropped, Display(detail=Detail.FULL))


def test_suppressed_findings_do_not_show_unless_verbose() -> None:
    review = _review(replace(FINDING, suppressed_by="comment at app.py:3"))
    assert _terminal(review).startswith("✓ no findings")
    assert "silenced by comment at app.py:3" in _terminal(review, Display(120, detail=Detail.FULL))


def test_a_pointer_stays_in_sight_on_a_very_long_line() -> None:
    long = "x = [" + "1, " * 5000 + "load(path)]"
    review = replace(_review(FINDING), excerpts={("app.py", "head"): {4: long}})
    rows = _terminal(review, Display(60)).split("\n")
    at = next(number for number, row in enumerate(rows) if row.startswith("  ▸ 4"))
    assert len(rows[at]) <= 60
    start = rows[at + 1].index("^")
    assert rows[at][start : start + 4] == "load"


def test_wide_characters_and_tabs_keep_the_pointer_in_place() -> None:
    review = replace(_review(FINDING), excerpts={("app.py", "head"): {4: "\t漢字 = load(path)"}})
    rows = _terminal(review, Display(60)).split("\n")
    at = next(number for number, row in enumerate(rows) if row.startswith("  ▸ 4"))
    # Two wide characters take four columns: the pointer stands two columns further right than the index says.
    assert rows[at + 1].index("^") == rows[at].index("load") + 2


def test_ascii_output_uses_no_other_character() -> None:
    text = _terminal(_review(FINDING, LOW), Display(encoding="ascii"))
    assert text.isascii()
    assert "  > 4 |     cfg = load(path)\n      |           ^^^^\n" in text


def test_colour_is_for_terminals_unless_told_otherwise() -> None:
    for terminal, environ, expected in (
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (True, {"FORCE_COLOR": "0"}, False),
        (True, {"TERM": "dumb"}, False),
    ):
        assert wants_color(terminal, environ) is expected


def test_every_format_of_the_registry_loads_and_renders() -> None:
    for name in FORMATS:
        assert load_format(name).render(build(_review(FINDING), "1.0"), Display())


def test_the_pointer_prefers_code_to_a_string_of_the_same_name() -> None:
    review = replace(_review(FINDING), excerpts={("app.py", "head"): {4: '"load": load, loader, "load"'}})
    rows = _terminal(review).split("\n")
    at = next(number for number, row in enumerate(rows) if row.startswith("  ▸ 4"))
    assert rows[at + 1].index("^") == rows[at].index("load,")


def test_a_definition_that_breaks_many_uses_is_shown_once() -> None:
    second = replace(FINDING, id="f9", anchor=replace(FINDING.anchor, line=7, end_line=7))
    text = _terminal(_review(FINDING, second))
    assert text.count("conf.py:1 (before the change) — removed here") == 2
    assert text.count("def load(path):") == 1
