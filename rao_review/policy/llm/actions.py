"""The actions as a model writes them: one schema for both wire protocols, lenient in form, strict in meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from rao_review.models.wire import Tool

_SEVERITIES = {
    "blocker": "critical",
    "fatal": "critical",
    "error": "high",
    "major": "high",
    "severe": "high",
    "warning": "medium",
    "warn": "medium",
    "moderate": "medium",
    "minor": "low",
    "trivial": "low",
    "nit": "info",
    "note": "info",
    "suggestion": "info",
    "informational": "info",
}


def _severity(value: Any) -> Any:
    text = str(value).strip().lower()
    return _SEVERITIES.get(text, text)


def _side(value: Any) -> Any:
    text = str(value).strip().lower()
    return {"old": "base", "before": "base", "left": "base", "new": "head", "after": "head", "right": "head"}.get(
        text, text
    )


Severity = Annotated[Literal["critical", "high", "medium", "low", "info"], BeforeValidator(_severity)]
Side = Annotated[Literal["base", "head"], BeforeValidator(_side)]


class _Written(BaseModel):
    """What a model wrote. Nulls count as left out, one value as a list of one, numbers as text where text is meant."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        tidy = {key: value for key, value in data.items() if value is not None}
        for name, field in cls.model_fields.items():
            if get_origin(field.annotation) is list and name in tidy and not isinstance(tidy[name], list):
                tidy[name] = [tidy[name]] if tidy[name] != "" else []
        return tidy


class CheckWritten(_Written):
    """A check the harness can run."""

    kind: Literal["regex", "symbol", "hash"]
    path: str | None = Field(None, description="file; for symbol it narrows the claim")
    side: Side = "head"
    pattern: str = Field("", description="regex: RE2 pattern")
    expect: bool = Field(True, description="regex: whether it must match")
    start: int = 0
    end: int = 0
    name: str = Field("", description="symbol: name, may be Class.method")
    claim: Literal["defined", "not_defined", "used", "not_used"] = "used"
    line: int | None = None


class RelatedWritten(_Written):
    path: str
    line: int = 0
    side: Side = "head"
    note: str = ""


class FindingWritten(_Written):
    """One fault."""

    path: str
    quote: str = Field(description="the faulty line(s), copied exactly, without +/- marks")
    title: str
    severity: Severity = "medium"
    category: str = "correctness"
    body: str = Field("", description="what breaks, and why")
    side: Side = "head"
    line: int = 0
    suggestion: str | None = None
    symbol: str = Field("", description="the name it is about")
    checks: list[CheckWritten] = []
    related: list[RelatedWritten] = []


class DecisionWritten(_Written):
    finding: str = Field(description="id of a child's finding")
    decision: Literal["keep", "combine", "drop"] = "keep"
    reason: str = ""
    into: str | None = Field(None, description="combine: the id that stays")
    check: CheckWritten | None = Field(None, description="what refutes a dropped structural finding")


class ContextWritten(_Written):
    """What a child should have read before it starts: a symbol, or lines of a file, or hunks."""

    symbol: str | None = None
    path: str | None = None
    start: int = 1
    end: int = 0
    side: Side = "head"
    hunks: list[str] = []


class ChildWritten(_Written):
    hunks: list[str] = Field(description="h12, h12-h40, g3, a path, a folder or a glob")
    instruction: str = Field("", description="what to look for, and what the child must know")
    context: list[ContextWritten] = []


class OverviewWritten(_Written):
    """The change at large, or below a folder."""

    under: str = ""


class ReadHunksWritten(_Written):
    """The whole text of hunks."""

    hunks: list[str]


class ReadFileWritten(_Written):
    """Lines of a file, on either side."""

    path: str
    start: int = 1
    end: int = 0
    side: Side = "head"


class SearchWritten(_Written):
    """Lines that an RE2 pattern matches, in the whole repository or in some paths."""

    pattern: str
    paths: list[str] = []
    side: Side = "head"


class SymbolWritten(_Written):
    """Where a name is defined and used, on both sides, in the whole repository."""

    name: str


class NeighboursWritten(_Written):
    """The dependencies of hunks: what they need, and what needs them."""

    hunks: list[str]


class TryCheckWritten(_Written):
    """Try a check before submitting it."""

    check: CheckWritten


class DelegateWritten(_Written):
    """Give hunks to children, who review in parallel, each with a fresh context. You get their findings back."""

    children: list[ChildWritten] = Field(min_length=1)
    rationale: str = Field("", description="why this split")
    keep: list[str] = Field([], description="hunks you will read yourself or give away later")


class SubmitWritten(_Written):
    """Your answer: your own findings, and a decision on each finding of your children. Ends your work."""

    findings: list[FindingWritten] = []
    decisions: list[DecisionWritten] = []
    summary: str = ""


Written = (
    OverviewWritten
    | ReadHunksWritten
    | ReadFileWritten
    | SearchWritten
    | SymbolWritten
    | NeighboursWritten
    | TryCheckWritten
    | DelegateWritten
    | SubmitWritten
)

ACTIONS: Mapping[str, type[Written]] = {
    "overview": OverviewWritten,
    "read_hunks": ReadHunksWritten,
    "read_file": ReadFileWritten,
    "search": SearchWritten,
    "symbol": SymbolWritten,
    "neighbours": NeighboursWritten,
    "check": TryCheckWritten,
    "delegate": DelegateWritten,
    "submit": SubmitWritten,
}


class UnfitError(ValueError):
    """An action that does not fit its schema; the text is what the model is told."""


def written(name: str, arguments: Mapping[str, Any]) -> Written:
    """The validated action. Raises UnfitError with one line that says what is wrong."""
    kind = ACTIONS.get(name)
    if kind is None:
        raise UnfitError(f"there is no action {name!r}; use one of {', '.join(ACTIONS)}")
    try:
        return kind.model_validate(arguments)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc'])) or name}: {e['msg']}" for e in error.errors()[:5])
        raise UnfitError(f"{name}: {'; '.join(problems)}") from None


@cache
def tools(may_delegate: bool) -> tuple[Tool, ...]:
    """The actions as functions for native tool calling."""
    return tuple(
        Tool(name, " ".join((kind.__doc__ or "").split()), _schema(kind))
        for name, kind in ACTIONS.items()
        if may_delegate or name != "delegate"
    )


@cache
def _schema(kind: type[BaseModel]) -> Mapping[str, Any]:
    """A JSON schema without references and titles, which not every server understands."""
    schema = kind.model_json_schema()
    definitions = schema.pop("$defs", {})

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(item) for item in node]
        if not isinstance(node, dict):
            return node
        if reference := node.get("$ref"):
            return plain(definitions[reference.rpartition("/")[2]])
        if options := node.get("anyOf"):
            kept = [o for o in options if o.get("type") != "null"]
            if len(kept) == 1:
                return plain({key: v for key, v in node.items() if key not in ("anyOf", "default")} | kept[0])
        return {
            key: plain(v) if key != "properties" else _properties(v, plain)
            for key, v in node.items()
            if _wanted(key, v)
        }

    result: dict[str, Any] = plain(schema)
    result.pop("description", None)
    return result


def _wanted(key: str, value: Any) -> bool:
    """Titles and empty defaults say nothing, and every prompt pays for them."""
    return key != "title" and not (key == "default" and not value)


def _properties(properties: Mapping[str, Any], plain: Callable[[Any], Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in properties.items()}


@cache
def answer_schema(may_delegate: bool) -> Mapping[str, Any]:
    """The schema of an answer in the text protocol: one object with `action` and that action's fields."""
    options = []
    for tool in tools(may_delegate):
        fields = {"action": {"const": tool.name}, **tool.parameters.get("properties", {})}
        required = ["action", *tool.parameters.get("required", ())]
        options.append({"type": "object", "properties": fields, "required": required})
    return {"anyOf": options}
