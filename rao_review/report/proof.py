"""The checks of a finding in words: one compact line."""

from __future__ import annotations

from rich.text import Text

from rao_review.report.contract import CheckPart, FindingPart
from rao_review.report.style import Page, begin, joined

_CLAIMS = {
    "defined": ("defined at head", "defined at head, not at base", "defined at head and base"),
    "not_defined": ("not defined at head", "defined at base, not at head", "not defined at head or base"),
    "used": ("used at head", "used at head, not at base", "used at head and base"),
    "not_used": ("not used at head", "used at base, not at head", "not used at head or base"),
}
_STATUS_STYLE = {"passed": "green", "failed": "red", "unknown": "yellow"}


def proof(page: Page, finding: FindingPart) -> Text:
    """`✓ quote found · ✓ load defined at base, not at head · ✓ file as seen`"""
    marks = {"passed": page.glyphs.passed, "failed": page.glyphs.failed, "unknown": page.glyphs.unknown}
    parts = []
    for check in finding["checks"]:
        status = check["verdict"]["status"]
        part = begin(f"{marks[status]} ", _STATUS_STYLE[status])
        part.append_text(page.text(_claim(check, finding), "dim"))
        if status != "passed" and (detail := check["verdict"]["detail"]):
            part.append_text(page.text(f" ({detail})", "dim"))
        parts.append(part)
    if finding["status"] == "unverified" and not any(c["verdict"]["discriminates"] for c in finding["checks"]):
        parts.append(begin("unverified: no check tells this from how it was before", "yellow"))
    elif finding["status"] == "unverified":
        parts.append(begin("unverified: not all of it could be checked", "yellow"))
    return joined(parts, f" {page.glyphs.dot} ")


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
        return f"{_text(check, discriminates is True, both)}{_where(check, finding)}"
    if check["kind"] == "hash":
        return "file as seen" if check["path"] == finding["path"] else f"{check['path']} as seen"
    return "quote found"


def _text(check: CheckPart, tells: bool, both: bool) -> str:
    """What a pattern proves: of the side it is about, and of the other one where that is known and of interest."""
    now, other = ("now", "before") if check["side"] == "head" else ("before", "now")
    if check["expect"]:
        return f"reads so {now}, not {other}" if tells else f"reads so {now} and {other}" if both else "reads so"
    return f"gone, was there {other}" if tells else f"not there {now} nor {other}" if both else "not there"


def _where(check: CheckPart, finding: FindingPart) -> str:
    path = check.get("path")
    line = check.get("line") or check.get("start") or 0
    if path and path != finding["path"]:
        return f" in {path}:{line}" if line else f" in {path}"
    return f" at line {line}" if line else ""
