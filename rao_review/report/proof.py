"""The checks of a finding in words: one compact line."""

from __future__ import annotations

from rich.text import Text

from rao_review.report.contract import CheckPart, FindingPart
from rao_review.report.style import Page, begin, joined
from rao_review.report.words import count

_CLAIMS = {
    "defined": ("is defined", "is defined now, not before", "is defined now and before"),
    "not_defined": ("is not defined", "is no longer defined", "is defined neither now nor before"),
    "used": ("is used", "is used now, not before", "is used now and before"),
    "not_used": ("is not used", "is no longer used", "is used neither now nor before"),
}
_MOST_PASSED = 8
_STATUS_STYLE = {"passed": "green", "failed": "red", "unknown": "yellow"}


def proof(page: Page, finding: FindingPart) -> Text:
    """`checked: ✓ quoted line found · ✓ load is no longer defined · ✓ file is the one reviewed`; of very many that passed, the first."""
    marks = {"passed": page.glyphs.passed, "failed": page.glyphs.failed, "unknown": page.glyphs.unknown}
    parts = []
    passed = 0
    for check in finding["checks"]:
        status = check["verdict"]["status"]
        passed += status == "passed"
        if status == "passed" and passed > _MOST_PASSED:
            continue
        part = begin(f"{marks[status]} ", _STATUS_STYLE[status])
        part.append_text(page.text(_claim(check, finding), "dim"))
        if status != "passed" and (detail := check["verdict"]["detail"]):
            part.append_text(page.text(f" ({detail})", "dim"))
        parts.append(part)
    if passed > _MOST_PASSED:
        more = f"{count(passed - _MOST_PASSED, 'check')} more"
        parts.append(begin(f"{marks['passed']} ", "green").append(more, style="dim"))
    if finding["status"] == "unverified" and not any(c["verdict"]["discriminates"] for c in finding["checks"]):
        parts.append(begin("unverified: no check comes out differently before and after the change", "yellow"))
    elif finding["status"] == "unverified":
        parts.append(begin("unverified: not all of it could be checked", "yellow"))
    return begin("checked: ", "dim").append_text(joined(parts, f" {page.glyphs.dot} "))


def _claim(check: CheckPart, finding: FindingPart) -> str:
    discriminates = check["verdict"]["discriminates"]
    if check["kind"] == "symbol":
        plain, differs, same = _CLAIMS[check["claim"]]
        words = (
            plain
            if discriminates is None or check["verdict"]["status"] != "passed"
            else differs
            if discriminates
            else same
        )
        return f"{check['name']} {words}{_where(check, finding)}"
    if check["kind"] == "regex":
        # Beside a check that tells the sides apart, that it does not is no news.
        both = discriminates is False and finding["status"] == "unverified" and check["verdict"]["status"] == "passed"
        return f"text{_where(check, finding)} {_text(check, discriminates is True, both)}"
    if check["kind"] == "hash":
        return f"{'file' if check['path'] == finding['path'] else check['path']} is the one reviewed"
    return "quoted line found"


def _text(check: CheckPart, tells: bool, both: bool) -> str:
    """What a pattern proves: of the side it is about, and of the other one where that is known and of interest."""
    now, other, verb = ("now", "before", "is") if check["side"] == "head" else ("before", "now", "was")
    if check["expect"]:
        return f"{verb} there" + (f" {now}, not {other}" if tells else f" {now} and {other}" if both else "")
    if tells:
        return "is gone, was there before" if verb == "is" else "is there now, was not before"
    return f"{verb} there neither {now} nor {other}" if both else f"{verb} not there"


def _where(check: CheckPart, finding: FindingPart) -> str:
    path = check.get("path")
    line = check.get("line") or check.get("start") or 0
    if path and path != finding["path"]:
        return f" in {path}:{line}" if line else f" in {path}"
    return f" at line {line}" if line else ""
