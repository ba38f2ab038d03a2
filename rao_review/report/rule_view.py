"""`rao-review explain` on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.syntax import Syntax
from rich.text import Text

from rao_review.report.display import Display
from rao_review.report.style import SEVERITY_STYLE, Page, begin, page_for, to_text
from rao_review.types import Severity

Heading = tuple[str, Severity, str, str]
"""Id, severity, category and summary of a rule."""

_FENCE = "```"


def render_rules(rules: Sequence[Heading], display: Display) -> str:
    """One line a rule, most severe first."""
    page = page_for(display)
    width = max((len(rule[0]) for rule in rules), default=0)
    lines = []
    for name, severity, _category, summary in sorted(rules, key=lambda rule: (rule[1].rank, rule[0])):
        row = begin(f"{severity:9}", SEVERITY_STYLE[severity]).append(name, style="bold")
        lines += page.columns(row, page.prose(summary), hanging=width + 11)
    return to_text(lines, display)


def render_rule(rule: Heading, explanation: str, display: Display) -> str:
    """The rule's heading and its explanation: the Markdown of prose, headings, lists and fenced code."""
    page = page_for(display)
    name, severity, category, summary = rule
    lines = [page.heading(name, "bold", f"{severity}, {category}")]
    lines += [*page.wrap(page.prose(summary, "bold"), indent=0), begin()]
    blocks = explanation.strip("\n").split(_FENCE)
    for index, block in enumerate(blocks):
        lines += _code(page, block) if index % 2 else _prose(page, block)
    return to_text(lines, display)


def _prose(page: Page, block: str) -> list[Text]:
    """Paragraphs are filled anew; headings, list items and indented code keep their lines."""
    lines: list[Text] = []
    paragraph = ""
    for line in [*block.strip("\n").split("\n"), ""]:
        starts_anew = not line.strip() or line.startswith(("#", "- ", "* ", "    "))
        if starts_anew and paragraph:
            lines += page.wrap(page.prose(paragraph), indent=0, hanging=2 if paragraph.startswith(("- ", "* ")) else 0)
            paragraph = ""
        if line.startswith("    "):
            lines.append(begin(f"  {page.glyphs.bar} ", "dim").append_text(page.text(line.removeprefix("    "))))
        elif line.startswith("#"):
            lines.append(page.prose(line.lstrip("# "), "bold"))
        elif line.strip():
            paragraph = f"{paragraph} {line.strip()}".lstrip()
        else:
            lines.append(begin())
    return lines[:-1]


def _code(page: Page, block: str) -> list[Text]:
    """A fenced block: its first line names the language."""
    language, _, code = block.partition("\n")
    code = code.rstrip("\n")
    rows = [page.text(line) for line in code.split("\n")]
    if page.display.color and language.strip():
        syntax = Syntax(code, language.strip(), theme="ansi_dark", background_color="default")
        rows = list(syntax.highlight(code).split("\n"))[: len(rows)]
    return [begin(f"  {page.glyphs.bar} ", "dim").append_text(row) for row in rows]
