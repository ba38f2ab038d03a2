"""Hypothesis strategies for the nouns of a review. The text is hostile on purpose."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from rao_review.types import (
    Anchor,
    ChangeSet,
    Check,
    Coverage,
    FileChange,
    Finding,
    HashCheck,
    Hunk,
    HunkFate,
    MergeDecision,
    RegexCheck,
    Related,
    Review,
    Severity,
    SymbolCheck,
    Usage,
    Verdict,
)


def examples(number: int) -> settings:
    """`number` examples. Machines that run tests are shared and slow at times, and that is no fault of the code."""
    return settings(max_examples=number, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# fmt: off
_NASTY = [
    "", "load_config", "a `code` word", "[red]markup[/] :smile:", "\x1b[2J\x1b]8;;http://x\x07", "a\tb\r", "two\nlines\n", "\x9b31m\x85",
    "\x00\x07\x08\x7f", "\u202egnp.exe\u2066\u2069\u200e", "\u200b\ufeff\u2028\u2029\U000e0041", "\udc80\udcff", "\ud800", r"\xff \\",
    "```py\ncode", "漢字e\u0301\U0001f600\u200d", "x" * 150,
]
# fmt: on


def texts() -> st.SearchStrategy[str]:
    """Any text, with what breaks terminals, JSON, Markdown and rich markup thrown in."""
    return st.sampled_from(_NASTY) | st.text(st.characters(codec=None), max_size=6)


def paths() -> st.SearchStrategy[str]:
    """What git can have as a path: any bytes but NUL, decoded as we decode them."""
    raw = st.binary(min_size=1, max_size=12).map(lambda data: data.replace(b"\0", b"/"))
    return st.one_of(st.sampled_from(["a.py", "src/b.ts", "c d.go", "-x", "\\xff", "a\\x0a\\"]), raw.map(_decoded))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


sides = st.sampled_from(["base", "head"])
lines = st.integers(1, 12)
words = st.text("abcdefghij-", min_size=1, max_size=10)
anchors = st.builds(Anchor, paths(), sides, lines, lines, texts())
related = st.builds(Related, paths(), sides, lines, texts(), st.integers(0, 12))
regex_checks = st.builds(RegexCheck, texts(), paths(), sides, st.integers(0, 9), st.integers(0, 9), st.booleans())
hash_checks = st.builds(HashCheck, paths(), words, sides)
symbol_checks = st.builds(
    SymbolCheck,
    texts(),
    st.sampled_from(["defined", "not_defined", "used", "not_used"]),
    st.none() | paths(),
    st.none() | lines,
)
checks: st.SearchStrategy[Check] = st.one_of(regex_checks, hash_checks, symbol_checks)
verdicts = st.builds(Verdict, st.sampled_from(["passed", "failed", "unknown"]), st.none() | st.booleans(), texts())


@st.composite
def findings(draw: st.DrawFn, status: str | None = None) -> Finding:
    made = draw(st.lists(checks, max_size=2))
    return Finding(
        id=draw(texts()),
        anchor=draw(anchors),
        severity=draw(st.sampled_from(Severity)),
        category=draw(words),
        title=draw(texts()),
        body=draw(texts()),
        checks=tuple(made),
        rule=draw(st.none() | words),
        suggestion=draw(st.none() | texts()),
        symbol=draw(texts()),
        related=tuple(draw(st.lists(related, max_size=2))),
        hunks=tuple(draw(st.lists(texts(), max_size=2))),
        found_by=tuple(draw(st.lists(words, max_size=2))),
        fingerprint=draw(words),
        status=status or draw(st.sampled_from(["verified", "unverified"])),  # type: ignore[arg-type]
        anchor_verdict=draw(st.none() | verdicts),
        verdicts=tuple(draw(verdicts) for _ in range(draw(st.integers(0, len(made))))),
        suppressed_by=draw(st.none() | texts()),
    )


merge_decisions = st.builds(
    MergeDecision, texts(), st.sampled_from(["keep", "combine", "drop"]), texts(), st.none() | texts()
)


@st.composite
def hunks(draw: st.DrawFn) -> Hunk:
    body = tuple(mark + text for mark, text in draw(st.lists(st.tuples(st.sampled_from("+- "), texts()), max_size=4)))
    added, removed = (sum(1 for line in body if line[0] == mark) for mark in "+-")
    context = len(body) - added - removed
    return Hunk(
        draw(texts()), draw(paths()), 1, context + removed, 1, context + added, draw(texts()), body, added, removed
    )


@st.composite
def file_changes(draw: st.DrawFn) -> FileChange:
    own = tuple(draw(st.lists(hunks(), max_size=2)))
    path = draw(paths())
    skip = draw(st.sampled_from(["", "", "binary", "lock file"]))
    added, removed = sum(h.added for h in own), sum(h.removed for h in own)
    return FileChange(path, path, path, "modified", None, None, False, own, added, removed, skip)


@st.composite
def change_sets(draw: st.DrawFn) -> ChangeSet:
    files = tuple(draw(st.lists(file_changes(), max_size=3)))
    return ChangeSet(
        draw(texts()), draw(texts()), draw(words), draw(words), files, tuple(draw(st.lists(texts(), max_size=2)))
    )


@st.composite
def reviews(draw: st.DrawFn) -> Review:
    """Any review that a run could end with."""
    change = draw(change_sets())
    fates = []
    for changed in change.files:
        for hunk in changed.hunks:
            fate = "skipped" if changed.skip else draw(st.sampled_from(["reviewed", "reviewed", "failed"]))
            reason = changed.skip or ("" if fate == "reviewed" else draw(texts()))
            fates.append(HunkFate(hunk.id, hunk.path, hunk.added + hunk.removed, fate, reason))  # type: ignore[arg-type]
    coverage = Coverage(tuple(fates))
    found = tuple(draw(st.lists(findings(), max_size=2)))
    excerpts = {
        (place.path, place.side): {number: draw(texts()) for number in range(1, 6)}
        for f in found
        for place in (f.anchor, *f.related)
    }
    return Review(
        run="20261123-121530-4f2a",
        policy=draw(words),
        model=draw(st.none() | words),
        outcome="complete" if coverage.complete else draw(st.sampled_from(["partial", "failed"])),
        seconds=draw(st.floats(0, 1e6)),
        change=change,
        findings=found,
        refuted=tuple(draw(st.lists(findings("refuted"), max_size=1))),
        coverage=coverage,
        usage=Usage(
            draw(st.integers(0, 99)), draw(st.integers(0, 9)), 3, 1000, 200, draw(st.none() | st.floats(0, 10))
        ),
        notes=tuple(draw(st.lists(texts(), max_size=2))),
        unknown=draw(st.dictionaries(paths(), texts(), max_size=2)),
        excerpts=excerpts,
    )
