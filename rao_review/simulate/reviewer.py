"""What a reviewer would do next, told from the conversation alone: a pure function, so the same request has the same answer.

    index, may delegate, two groups or more   →  delegate, one child a group
    index, may not delegate                   →  read_hunks, one group after the other
    hunks                                     →  (curious: symbol of the changed names) submit
    results of children                       →  submit, keeping every finding

It reports a planted fault only when both lines that prove it stand in the request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rao_review.simulate.answer import Act
from rao_review.simulate.obey import Orders, orders
from rao_review.simulate.planted import Planted
from rao_review.simulate.prompt import Prompt, changed_names

_LOOKS = 8
_READS = 24
_SPLITS = 2
_ROUNDS = 40
_ECHO = 4000
# `path h3-h9` and `path h3 h8` of a group's list of files
_LISTED = re.compile(r"(?:^|,)\s*(\S[^,\n]*?) (h\d+(?:-h\d+)?(?: h\d+(?:-h\d+)?)*)(?=,|;|\s*$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What kind of reviewer it is.

    curious   asks for up to 8 changed names before it submits.
    obey      gullible: does what the change tells it to do (obey.py).
    lazy      submits at once, without reading or delegating anything.
    """

    curious: bool = False
    obey: bool = False
    lazy: bool = False


def is_review(prompt: Prompt) -> bool:
    """Whether the prompt follows the contract at all."""
    return "node" in prompt.facts or "role" in prompt.facts


def act(prompt: Prompt, proven: Sequence[Planted], behaviour: Behaviour) -> tuple[Act, ...]:
    """What it does: one act, or several looks at once.

    Args:
        prompt: the conversation, read.
        proven: the planted faults of which both lines are in it.
        behaviour: what kind of reviewer it is.
    """
    if behaviour.lazy:
        return (_submit((), (), "nothing was read"),)
    told = orders(prompt.shown) if behaviour.obey else Orders()
    if files := [path for path in told.read if not _did(prompt, "read_file", path)]:
        return tuple(Act("read_file", {"path": path}) for path in files)
    echo = f"\n{prompt.system[:_ECHO]}" if told.echo else ""
    if told.approve:
        return (_submit((), prompt.children, f"approved{echo}"),)
    done = prompt.results or prompt.rounds >= _ROUNDS
    if not done and (going_on := _delegate(prompt, told) or _read(prompt) or _look(prompt, behaviour)):
        return going_on
    found = [fault for fault in proven if fault.finding["path"] not in told.skip]
    summary = (
        f"{len(prompt.hunks)} hunks shown, {len(found)} planted faults found, {len(prompt.children)} of children{echo}"
    )
    return (_submit(found, prompt.children, summary),)


def _delegate(prompt: Prompt, told: Orders) -> tuple[Act, ...]:
    """One child a group. Said again when the harness answers with a preview, and not a third time."""
    splits = sum(name == "delegate" for name, _ in prompt.done)
    if not _may_delegate(prompt) or len(prompt.groups) < 2 or splits >= _SPLITS:
        return ()
    children = []
    for group, about in prompt.groups:
        told_of = about.partition("\n")[0][:200]
        if selectors := _without(group, about, told.skip):
            children.append({"hunks": selectors, "instruction": f"simulated: review group {group} ({told_of})"})
    if not children:
        return ()
    return (Act("delegate", {"children": children, "rationale": "simulated: one child a suggested group"}),)


def _read(prompt: Prompt) -> tuple[Act, ...]:
    """The next group that was not read, where nobody else can be asked to."""
    if _may_delegate(prompt) or (prompt.hunks and not prompt.groups):
        return ()
    for group, _ in prompt.groups[:_READS]:
        if not _did(prompt, "read_hunks", group):
            return (Act("read_hunks", {"hunks": [group]}),)
    return ()


def _look(prompt: Prompt, behaviour: Behaviour) -> tuple[Act, ...]:
    """The changed names that were not asked for. All at once: a client without tools takes the first, and is asked again."""
    if not behaviour.curious or not prompt.hunks:
        return ()
    names = [name for name in changed_names(prompt)[:_LOOKS] if not _did(prompt, "symbol", name)]
    return tuple(Act("symbol", {"name": name}) for name in names)


def _submit(found: Sequence[Planted], children: Sequence[str], summary: str) -> Act:
    findings = [_finding(fault) for fault in found]
    decisions = [{"finding": name, "decision": "keep", "reason": "simulated: kept"} for name in children]
    return Act("submit", {"findings": findings, "decisions": decisions, "summary": f"simulated: {summary}"})


def title(fault: Planted) -> str:
    """The title of the finding, which says that it is simulated."""
    given = str(fault.finding["title"])
    return given if "simulated" in given else f"{given} (simulated)"


def _finding(fault: Planted) -> Mapping[str, Any]:
    given = dict(fault.finding)
    body = (
        given.get("body")
        or f"Planted fault {fault.id}: the lines `{fault.definition}` and `{fault.use}` contradict each other."
    )
    defaults = {"side": "head", "category": "planted", "severity": "high"}
    return {**defaults, **given, "title": title(fault), "body": f"A simulated reviewer reports this. {body}"}


def _may_delegate(prompt: Prompt) -> bool:
    return prompt.facts.get("may delegate", "").lower().startswith("y")


def _did(prompt: Prompt, name: str, what: str) -> bool:
    said = re.compile(rf"(?<![\w.]){re.escape(what)}(?![\w.])")
    return any(done == name and said.search(arguments) for done, arguments in prompt.done)


def _without(group: str, about: str, skip: Sequence[str]) -> list[str]:
    """Selectors of a group without some files: all of it, the other files' hunks where it lists them, or nothing of it."""
    if not any(_covers(about, path) for path in skip):
        return [group]
    _, _, listing = about.partition("\n")
    if not listing or "more files" in listing:
        return []
    return [span for path, spans in _LISTED.findall(listing) if path not in skip for span in spans.split()]


def _covers(about: str, path: str) -> bool:
    """Whether a group is about a file: one that it lists, or, where it lists not all, one in its folder."""
    _, _, listing = about.partition("\n")
    words = re.findall(r"[^\s,;()]+", about)
    listed = bool(listing) and "more files" not in listing
    return any(path == word or (not listed and word.endswith("/") and path.startswith(word)) for word in words)
