"""The laws of merging: nothing is lost without a reason, twice is once, and the order does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rao_review.merge.account import account, settle
from rao_review.merge.cluster import combinations, repetitions
from rao_review.merge.fingerprint import fingerprint
from rao_review.merge.rank import rank
from rao_review.types import HERE_TOO, Anchor, Finding, MergeDecision, RegexCheck, Related, Severity, Verdict

CHECKS = [RegexCheck(pattern, "a.py") for pattern in "xyz"]
PASSED = Verdict("passed", True, "")
UNKNOWN = Verdict("unknown", None, "")


def make(name: str = "f1", **changes: object) -> Finding:
    plain = Finding(name, Anchor("a.py", "head", 3, 3, "load(x)"), Severity.HIGH, "correctness", "title", "body")
    return replace(plain, **changes)  # type: ignore[arg-type]


def cluster(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Every fault once, as the root of a review does it."""
    return settle(combinations(findings), findings)


def varied(name: str, number: int) -> Finding:
    """A finding for a number: few lines, names and categories, so that the same fault is often seen twice."""

    def pick(*choices: Any) -> Any:
        nonlocal number
        number, index = divmod(number, len(choices))
        return choices[index]

    checks = pick((), (CHECKS[0],), (CHECKS[1], CHECKS[2]), (CHECKS[2], CHECKS[0]))
    return make(
        name,
        symbol=pick("", "load", "save"),
        category=pick("correctness", "security"),
        status=pick("verified", "unverified"),
        severity=pick(*Severity),
        anchor=Anchor(pick("a.py", "a.py", "b.py"), "head", pick(1, 2), 3, "x"),
        checks=checks,
        verdicts=tuple(pick(PASSED, UNKNOWN) for _ in checks),
        related=tuple(Related("c.py", "base", n, "") for n in pick((), (1,), (2, 1))),
        hunks=pick((), ("h1",), ("h2", "h1")),
        found_by=pick(("0.1",), ("0.2",)),
        suppressed_by=pick(None, None, "comment at a.py:1"),
    )


# One number a finding: many small draws would make the examples slow.
lists_of_findings = st.lists(st.integers(0, 10**6), max_size=7).map(
    lambda numbers: [varied(f"f{index}", number) for index, number in enumerate(numbers)]
)
ids = st.sampled_from([f"f{number}" for number in range(10)])
decisions = st.lists(
    st.builds(
        MergeDecision, ids, st.sampled_from(["keep", "combine", "drop"]), st.sampled_from(["", "same"]), st.none() | ids
    ),
    max_size=12,
)


class TestAccount:
    @settings(max_examples=60, deadline=None)
    @given(lists_of_findings, decisions)
    def test_every_finding_survives_is_united_or_was_dropped_with_a_reason(
        self, found: list[Finding], wanted: list[MergeDecision]
    ) -> None:
        sound = {d.finding: d for d in account(wanted, found)}
        remaining = {f.id for f in settle(sound.values(), found)}
        for finding in found:
            decision = sound[finding.id]
            if decision.decision == "drop":
                assert decision.reason
                assert any(w.finding == finding.id and w.decision == "drop" for w in wanted)
                continue
            target = finding.id
            while sound[target].decision == "combine":
                target = sound[target].into or ""
            assert target in remaining

    @settings(max_examples=60, deadline=None)
    @given(lists_of_findings, decisions)
    def test_sound_decisions_stay_as_they_are(self, found: list[Finding], wanted: list[MergeDecision]) -> None:
        sound = account(wanted, found)
        own = [d for d in sound if d.finding in {f.id for f in found}]
        assert list(account(own, found)) == own

    @settings(max_examples=60, deadline=None)
    @given(lists_of_findings, decisions, st.randoms())
    def test_the_order_of_findings_does_not_matter(
        self, found: list[Finding], wanted: list[MergeDecision], random: object
    ) -> None:
        shuffled = list(found)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        once, again = settle(account(wanted, found), found), settle(account(wanted, shuffled), shuffled)
        assert rank(once) == rank(again)

    def test_what_the_parent_forgets_is_kept(self) -> None:
        (decision,) = account([], [make()])
        assert decision == MergeDecision("f1", "keep", "kept by the harness: the parent did not decide")

    def test_a_drop_needs_a_reason(self) -> None:
        (decision,) = account([MergeDecision("f1", "drop", "  ")], [make()])
        assert (decision.decision, decision.reason) == ("keep", "kept by the harness: dropped without a reason")

    def test_repairs_of_combinations(self) -> None:
        found = [make(name) for name in ("f0", "f1", "f2", "f3", "f4", "f5", "f6")]
        wanted = [
            MergeDecision("f0", "combine", into="f1"),
            MergeDecision("f1", "combine", into="f2"),
            MergeDecision("f2", "combine", into="f1"),
            MergeDecision("f3", "combine", into="f4"),
            MergeDecision("f4", "drop", "wrong"),
            MergeDecision("f5", "combine", into="f99"),
            MergeDecision("f6", "combine", into="f5"),
            MergeDecision("f77", "drop", "unheard of"),
        ]
        kinds = {
            d.finding: (d.decision, d.reason.removeprefix("kept by the harness: ")) for d in account(wanted, found)
        }
        assert kinds == {
            "f0": ("combine", ""),  # leads into a circle, which is kept
            "f1": ("keep", "combined in a circle"),
            "f2": ("keep", "combined in a circle"),
            "f3": ("keep", "combined into f4, which is dropped"),
            "f4": ("drop", "wrong"),
            "f5": ("keep", "combined into f99, which is not here"),
            "f6": ("combine", ""),
            "f77": ("keep", "there is no such finding here"),
        }

    def test_contradictions_keep(self) -> None:
        wanted = [MergeDecision("f1", "drop", "wrong"), MergeDecision("f1", "keep")]
        assert account(wanted, [make()])[0].decision == "keep"

    def test_a_union_has_what_each_part_knew(self) -> None:
        one = make("f1", related=(Related("b.py", "head", 1, ""),), found_by=("0.1",), hunks=("h2",))
        two = make("f2", checks=(CHECKS[0], CHECKS[1]), verdicts=(PASSED, UNKNOWN), found_by=("0.2",), hunks=("h1",))
        (united,) = settle([MergeDecision("f1", "keep"), MergeDecision("f2", "combine", into="f1")], [one, two])
        assert united.id == "f1"
        assert united.found_by == ("0.1", "0.2")
        assert united.hunks == ("h1", "h2")
        assert united.related == one.related
        assert (united.checks, united.verdicts) == ((CHECKS[0],), (PASSED,))  # what could not be told is not taken over


class TestCluster:
    @settings(max_examples=60, deadline=None)
    @given(lists_of_findings)
    def test_twice_is_once(self, found: list[Finding]) -> None:
        once = cluster(found)
        assert cluster(once) == once

    @settings(max_examples=60, deadline=None)
    @given(lists_of_findings, st.randoms())
    def test_the_order_does_not_matter(self, found: list[Finding], random: object) -> None:
        shuffled = list(found)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert rank(cluster(found)) == rank(cluster(shuffled))

    @settings(max_examples=60, deadline=None)
    @given(lists_of_findings)
    def test_nothing_is_lost(self, found: list[Finding]) -> None:
        sound = account(combinations(found), found)
        assert sound == combinations(found)  # nothing to repair: every finding leads to one that is kept
        clustered = cluster(found)
        assert {n for f in clustered for n in f.found_by} == {n for f in found for n in f.found_by}
        places = {(f.anchor.path, f.anchor.line) for f in found}
        assert {(f.anchor.path, f.anchor.line) for f in clustered} == places

    def test_two_names_on_one_line_are_two_faults(self) -> None:
        both = [make("f1", symbol="load", rule="removed-symbol"), make("f2", symbol="save", rule="removed-symbol")]
        assert cluster(both) == tuple(both)

    def test_one_name_on_one_line_is_one_fault_whatever_the_rule(self) -> None:
        seen = [make("f1", symbol="load", rule="removed-symbol"), make("f2", symbol="load", rule="unresolved-import")]
        assert [f.id for f in cluster(seen)] == ["f1"]

    def test_a_fault_without_a_name_joins_the_only_one_it_can_mean(self) -> None:
        named, nameless = make("f1", symbol="load"), make("f2")
        assert [f.id for f in cluster([named, nameless])] == ["f1"]
        other = make("f3", symbol="save")
        assert len(cluster([named, nameless, other])) == 3

    def test_the_proven_one_speaks(self) -> None:
        guess = make("f1", severity=Severity.CRITICAL)
        proven = make("f2", severity=Severity.MEDIUM, status="verified", found_by=("0.2",))
        (spoken,) = cluster([guess, proven])
        assert (spoken.id, spoken.severity, spoken.status) == ("f2", Severity.MEDIUM, "verified")

    def test_a_comment_that_silences_one_does_not_silence_the_rest(self) -> None:
        silent = make("f1", status="verified", suppressed_by="comment at a.py:3")
        (spoken,) = cluster([silent, make("f2")])
        assert (spoken.id, spoken.suppressed_by) == ("f2", None)
        (both,) = cluster([silent, replace(silent, id="f3")])
        assert both.suppressed_by == "comment at a.py:3"
        (united,) = settle(
            [MergeDecision("f1", "keep"), MergeDecision("f2", "combine", into="f1")], [silent, make("f2")]
        )
        assert united.suppressed_by is None


class TestRepetitions:
    """What a rule says of one name in one file over and over."""

    FOUND: Sequence[Finding] = [
        make(f"f{line}", symbol="load", rule="removed-symbol", anchor=Anchor("a.py", "head", line, line, "load()"))
        for line in range(1, 7)
    ]

    def told(self, found: Sequence[Finding]) -> list[tuple[int, list[int]]]:
        """The lines told, each with those that it speaks for."""
        kept = settle(repetitions(found), found)
        return sorted((f.anchor.line, [r.line for r in f.related if r.note == HERE_TOO]) for f in kept)

    def test_three_are_told_and_the_last_speaks_for_the_rest(self) -> None:
        assert self.told(self.FOUND) == [(1, []), (2, []), (3, [4, 5, 6])]
        assert self.told(self.FOUND[:3]) == [(1, []), (2, []), (3, [])]
        assert self.told(self.FOUND[::-1]) == self.told(self.FOUND)

    def test_what_differs_is_told(self) -> None:
        one = self.FOUND[5]
        for other in (
            replace(one, symbol="save"),
            replace(one, rule=None),
            replace(one, anchor=replace(one.anchor, path="b.py")),
            replace(one, status="verified"),
            replace(one, severity=Severity.LOW),
            replace(one, suppressed_by="comment at a.py:6"),
        ):
            assert (6, []) in self.told([*self.FOUND[:5], other])

    def test_twice_is_once(self) -> None:
        once = settle(repetitions(self.FOUND), self.FOUND)
        assert settle(repetitions(once), once) == once


class TestRank:
    @settings(max_examples=60, deadline=None)
    @given(lists_of_findings, st.randoms())
    def test_a_total_order(self, found: list[Finding], random: object) -> None:
        shuffled = list(found)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert rank(shuffled) == rank(found)

    def test_severe_then_proven_then_by_place(self) -> None:
        low = make("f1", severity=Severity.LOW, status="verified")
        guess = make("f2", anchor=Anchor("a.py", "head", 1, 1, "x"))
        proven = make("f3", anchor=Anchor("z.py", "head", 9, 9, "x"), status="verified")
        earlier = make("f4", anchor=Anchor("z.py", "head", 8, 8, "x"), status="verified")
        assert [f.id for f in rank([low, guess, proven, earlier])] == ["f4", "f3", "f2", "f1"]


class TestFingerprint:
    def test_stable_when_lines_move_and_words_change(self) -> None:
        moved = make(
            "f9", anchor=Anchor("a.py", "head", 90, 91, "load(x)"), title="other", body="other", severity=Severity.LOW
        )
        assert fingerprint(moved, 0) == fingerprint(make(), 0)
        spaced = make(anchor=Anchor("a.py", "head", 3, 3, "\tload(x) "))
        assert fingerprint(spaced, 0) == fingerprint(make(), 0)

    def test_distinct_by_each_part(self) -> None:
        others = [
            make(anchor=Anchor("b.py", "head", 3, 3, "load(x)")),
            make(anchor=Anchor("a.py", "head", 3, 3, "load(y)")),
            make(symbol="load"),
            make(category="security"),
        ]
        prints = {fingerprint(f, 0) for f in [make(), *others]} | {fingerprint(make(), 1)}
        assert len(prints) == 6
