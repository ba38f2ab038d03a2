"""Accountable merging: every child finding is kept, combined or dropped with a reason. What nobody decides on is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rao_review.merge.rank import rank_key
from rao_review.types import HERE_TOO, Check, Finding, MergeDecision, Related, Side, Verdict


def account(decisions: Iterable[MergeDecision], findings: Sequence[Finding]) -> tuple[MergeDecision, ...]:
    """One sound decision per finding, in the order of the findings, then one per decision on a finding that does not exist.

    Repaired as 'keep', with the reason on record: a drop without a reason, a combination into a finding that is dropped,
    missing or the finding itself, a circle of combinations, contradictory decisions, and no decision at all.
    """
    by_id: dict[str, list[MergeDecision]] = defaultdict(list)
    for decision in decisions:
        by_id[decision.finding].append(decision)
    known = dict.fromkeys(f.id for f in findings)
    sound = {finding: _sound(finding, by_id.get(finding, ())) for finding in known}
    for finding in known:
        _repair_chain(finding, sound)
    strangers = (_kept(finding, "there is no such finding here") for finding in by_id if finding not in known)
    return (*sound.values(), *strangers)


def _kept(finding: str, why: str) -> MergeDecision:
    return MergeDecision(finding, "keep", f"kept by the harness: {why}")


def _sound(finding: str, decisions: Sequence[MergeDecision]) -> MergeDecision:
    """The one decision on a finding, as far as it can be told without looking at the others."""
    if not decisions:
        return _kept(finding, "the parent did not decide")
    first = decisions[0]
    if any((d.decision, d.into) != (first.decision, first.into) for d in decisions):
        return _kept(finding, "the parent decided in several ways")
    if first.decision == "drop" and not first.reason.strip():
        return _kept(finding, "dropped without a reason")
    return first if first.decision == "combine" else replace(first, into=None)


def _repair_chain(start: str, sound: dict[str, MergeDecision]) -> None:
    """Follows the combinations from `start` and keeps what would otherwise lead nowhere."""
    path: list[str] = []
    current = start
    while sound[current].decision == "combine":
        path.append(current)
        target = sound[current].into
        if target is None or target not in sound:
            sound[current] = _kept(current, f"combined into {target or 'nothing'}, which is not here")
        elif sound[target].decision == "drop":
            sound[current] = _kept(current, f"combined into {target}, which is dropped")
        elif target in path:
            for finding in path[path.index(target) :]:
                sound[finding] = _kept(finding, "combined in a circle")
        else:
            current = target


def settle(decisions: Iterable[MergeDecision], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that remain after sound decisions (those of `account`), in the order given; combined ones are united.

    The findings have been judged: one verdict per check.
    """
    by_id = {d.finding: d for d in decisions}
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        decision = by_id[finding.id]
        target = finding.id
        while decision.decision == "combine" and decision.into is not None:
            target = decision.into
            decision = by_id[target]
        if decision.decision == "keep":
            groups[target].append(finding)
    return tuple(_unite(f, groups[f.id]) for f in findings if by_id[f.id].decision == "keep")


def _place(finding: Finding) -> tuple[str, Side, int]:
    return finding.anchor.path, finding.anchor.side, finding.anchor.line


def _unite(target: Finding, group: Sequence[Finding]) -> Finding:
    """`target` with what the rest of its group adds: places, finders, hunks, and checks that passed."""
    if len(group) == 1:
        return target
    rest = sorted((f for f in group if f.id != target.id), key=rank_key)
    judged: dict[Check, Verdict] = {}
    for finding in rest:
        passed = ((c, v) for c, v in zip(finding.checks, finding.verdicts, strict=True) if v.status == "passed")
        judged.update((c, v) for c, v in passed if c not in target.checks)
    added = sorted(judged, key=repr)
    every = (target, *rest)
    places = {(r.path, r.side, r.line, r.note): r for f in every for r in f.related}
    known = {(r.path, r.side, r.line) for r in places.values()} | {_place(target)}
    for finding in rest:
        if (place := _place(finding)) not in known:
            places[*place, HERE_TOO] = Related(*place, HERE_TOO)
    return replace(
        target,
        checks=(*target.checks, *added),
        verdicts=(*target.verdicts, *(judged[c] for c in added)),
        related=tuple(places[key] for key in sorted(places)),
        found_by=tuple(sorted({node for f in every for node in f.found_by})),
        hunks=tuple(sorted({hunk for f in every for hunk in f.hunks})),
        # A comment that silences one of them must not silence the rest.
        suppressed_by=target.suppressed_by if all(f.suppressed_by for f in every) else None,
    )
