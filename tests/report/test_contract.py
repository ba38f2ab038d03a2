"""The JSON report against its published schema, and the escapes that make text of a change safe and paths reversible."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, findings, paths, reviews, texts

from rao_review.report.contract import build, counts_at_least
from rao_review.report.display import Display
from rao_review.report.escape import escape_path, unescape_path, valid_text, visible
from rao_review.report.json_format import render
from rao_review.types import (
    Anchor,
    ChangeSet,
    Coverage,
    Finding,
    HunkFate,
    Review,
    Severity,
    SymbolCheck,
    Usage,
    Verdict,
)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json.loads(files("rao_review.report").joinpath("report.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _a_review(**changes: Any) -> Review:
    finding = Finding(
        id="f1",
        anchor=Anchor("app/main.py", "head", 12, 12, "cfg = load()"),
        severity=Severity.HIGH,
        category="correctness",
        title="gone",
        body="It is gone.",
        checks=(SymbolCheck("load", "not_defined"),),
        rule="removed-symbol",
        status="verified",
        anchor_verdict=Verdict("passed", None, "line 12"),
        verdicts=(Verdict("passed", True, "defined at base only"),),
    )
    fates = (HunkFate("h1", "app/main.py", 3, "reviewed"), HunkFate("h2", "x.lock", 5, "skipped", "lock file"))
    review = Review(
        "20261123-121530-4f2a", "builtin", None, "complete", 1.23456, ChangeSet("main", "HEAD", "a", "b", ()),
        (finding,), (), Coverage(fates), Usage(1, 0),
    )  # fmt: skip
    return replace(review, **changes)


@examples(40)
@given(reviews())
def test_every_review_fits_the_schema(validator: jsonschema.Draft202012Validator, review: Review) -> None:
    text = render(build(review, "1.0"), Display())
    validator.validate(json.loads(text))


@examples(40)
@given(reviews())
def test_the_text_is_plain_ascii_and_reads_back(review: Review) -> None:
    report = build(review, "1.0")
    text = render(report, Display())
    assert text.endswith("}\n")
    assert all(character == "\n" or 0x20 <= ord(character) < 0x7F for character in text)
    assert json.loads(text) == report


@examples(40)
@given(reviews())
def test_equal_reviews_give_equal_bytes_whatever_the_order_of_mappings(review: Review) -> None:
    turned = replace(
        review,
        unknown=dict(reversed(review.unknown.items())),
        excerpts={key: dict(reversed(lines.items())) for key, lines in reversed(review.excerpts.items())},
    )
    assert render(build(review, "1.0"), Display()) == render(build(turned, "1.0"), Display())


@examples(40)
@given(reviews())
def test_ledger_of_the_report_adds_up(review: Review) -> None:
    coverage = build(review, "1.0")["coverage"]
    for part in (coverage["lines"], coverage["hunks"]):
        assert part["total"] == part["reviewed"] + part["skipped"] + part["failed"]
    assert coverage["lines"]["total"] == review.change.added + review.change.removed
    left = coverage["unreviewed"]
    assert sum(u["lines"] for u in left) == coverage["lines"]["skipped"] + coverage["lines"]["failed"]


def test_only_run_id_and_seconds_differ_between_two_runs() -> None:
    one, two = build(_a_review(), "1"), build(_a_review(run="20261124-000000-0000", seconds=9.0), "1")
    differing = {key for key in one if one[key] != two[key]}  # type: ignore[literal-required]
    assert differing == {"run"}
    assert {key for key in one["run"] if one["run"][key] != two["run"][key]} == {"id", "seconds"}  # type: ignore[literal-required]


def test_the_contract_of_the_design(schema: dict[str, Any]) -> None:
    """The fields that the design promises, written down here by hand."""
    report = json.loads(render(build(_a_review(), "1.0"), Display()))
    assert report["schema"] == "rao-review/report@1"
    assert {"base", "head", "files", "hunks", "added", "removed"} <= report["change"].keys()
    assert report["run"]["outcome"] == "complete"
    finding = report["findings"][0]
    assert (finding["path"], finding["line"], finding["severity"]) == ("app/main.py", 12, "high")
    assert "suggestion" not in finding
    assert [check["kind"] for check in finding["checks"]] == ["anchor", "symbol"]
    assert finding["checks"][1]["verdict"] == {
        "status": "passed", "discriminates": True, "detail": "defined at base only",
    }  # fmt: skip
    assert report["coverage"]["lines"] == {"total": 8, "reviewed": 3, "skipped": 5, "failed": 0}
    assert report["coverage"]["unreviewed"] == [
        {"path": "x.lock", "hunk": "h2", "lines": 5, "fate": "skipped", "reason": "lock file"}
    ]


def test_the_schema_is_strict(validator: jsonschema.Draft202012Validator, schema: dict[str, Any]) -> None:
    report = json.loads(render(build(_a_review(), "1.0"), Display()))
    for part in (report, report["run"], report["findings"][0], report["findings"][0]["checks"][0], report["coverage"]):
        part["surprise"] = 1
        assert not validator.is_valid(report)
        del part["surprise"]
    assert validator.is_valid(report)
    assert "additionalProperties" not in json.dumps(schema).replace('"additionalProperties": false', "")


def test_checks_that_were_not_run_say_so() -> None:
    bare = replace(_a_review().findings[0], verdicts=(), anchor_verdict=None)
    part = build(_a_review(findings=(bare,)), "1")["findings"][0]
    assert [c["verdict"]["detail"] for c in part["checks"]] == ["not run", "not run"]


@examples(40)
@given(st.lists(findings(), max_size=5), st.sampled_from(Severity))
def test_counts_leave_out_what_is_suppressed(found: list[Finding], level: Severity) -> None:
    report = build(_a_review(findings=tuple(found)), "1")
    order = ["critical", "high", "medium", "low", "info"]
    wanted = order[: order.index(level) + 1]
    assert counts_at_least(report, level) == sum(f.severity in wanted and f.suppressed_by is None for f in found)


@examples(100)
@given(paths())
def test_paths_are_reversible(path: str) -> None:
    escaped = escape_path(path)
    escaped.encode("utf-8")
    assert unescape_path(escaped) == path


@examples(100)
@given(paths(), paths())
def test_different_paths_stay_different(one: str, two: str) -> None:
    assert (escape_path(one) == escape_path(two)) == (one == two)


def test_bytes_outside_utf8_by_hand() -> None:
    assert escape_path(b"caf\xe9.py".decode("utf-8", "surrogateescape")) == r"caf\xe9.py"
    assert escape_path(r"dir\name.py") == r"dir\name.py"
    assert escape_path(r"literal\xe9.py") == r"literal\\xe9.py"
    assert valid_text("\udce9\ud800") == "\\xe9\ufffd"


@examples(100)
@given(texts())
def test_visible_text_is_one_harmless_line(text: str) -> None:
    shown = visible(text)

    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F or c in "\u202e\u2066\u2028\u200b" for c in shown)
    assert visible(text, "ascii").isascii()


def test_visible_by_hand() -> None:
    assert visible("a\x1b[31mb\u202ec\td") == r"a\x1b[31mb\u202ec\td"
    assert visible("né ✓", "ascii") == r"n\xe9 \u2713"
