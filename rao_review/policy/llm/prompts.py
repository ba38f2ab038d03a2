"""The prompts: Jinja templates in files, one set for every role; a repository may bring its own on the base side."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rao_review.errors import UsageError
from rao_review.policy.llm.actions import tools

NAMES = ("system", "briefing", "children", "rejected")
VERSION = 1
# The fence itself is told in the first message of a node; the system prompt is the same for all, so that prefix caches hit.
_FENCE_NAME = "ID"


class Prompts:
    """Renders the prompts of one run.

    Args:
        fence: closes quoted text; nobody who wrote the change can know it.
        override: reads a template by its file name (`system.j2`); None for those that are not replaced.

    Raises UsageError for a template that does not parse.
    """

    def __init__(self, fence: str, override: Callable[[str], bytes | None] = lambda name: None) -> None:
        self.fence = fence
        self._sources = {name: _source(name, override) for name in NAMES}
        self._environment = ImmutableSandboxedEnvironment(
            loader=DictLoader(self._sources), undefined=StrictUndefined, trim_blocks=False, lstrip_blocks=False
        )
        for name in NAMES:
            try:
                self._environment.get_template(name)
            except TemplateError as error:
                raise UsageError(f"prompt template {name}.j2: {error}") from None

    @property
    def identity(self) -> Mapping[str, Any]:
        """Version and hash of the templates, for the journal."""
        whole = "\0".join(self._sources[name] for name in NAMES)
        return {"version": VERSION, "sha256": hashlib.sha256(whole.encode("utf-8")).hexdigest()}

    def system(self, protocol: str) -> str:
        """The first message: the same for every node that speaks this protocol."""
        return self._render("system", protocol=protocol, fence_name=_FENCE_NAME, signatures=_signatures())

    def briefing(self, **facts: Any) -> str:
        return self._render("briefing", fence=self.fence, **facts)

    def children(self, **facts: Any) -> str:
        return self._render("children", fence=self.fence, **facts)

    def rejected(self, **facts: Any) -> str:
        return self._render("rejected", fence=self.fence, **facts)

    def _render(self, name: str, **facts: Any) -> str:
        try:
            return self._environment.get_template(name).render(**facts).strip() + "\n"
        except (TemplateError, TypeError, ValueError) as error:
            raise UsageError(f"prompt template {name}.j2: {error}") from None

    def fenced(self, kind: str, text: str) -> str:
        """Text from the change, marked as data."""
        return f"<<< {kind} {self.fence}\n{text}\n>>> {self.fence}"


def _source(name: str, override: Callable[[str], bytes | None]) -> str:
    data = override(f"{name}.j2")
    if data is None:
        return (files(__package__) / "templates" / f"{name}.j2").read_text("utf-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"prompt template {name}.j2 is not UTF-8") from None


def _signatures() -> tuple[str, ...]:
    """The actions in one line each, for endpoints without tools."""
    return tuple(f"- {tool.name} {_shape(tool.parameters)}: {tool.description}" for tool in tools(True))


def _shape(schema: Mapping[str, Any]) -> str:
    """A JSON schema in short: {hunks: [text], keep?: [text]}."""
    if "enum" in schema:
        return "|".join(map(str, schema["enum"]))
    kind = schema.get("type")
    if kind == "array":
        return f"[{_shape(schema.get('items', {}))}]"
    if kind == "object":
        required = schema.get("required", ())
        fields = schema.get("properties", {}).items()
        return "{" + ", ".join(f"{n}{'' if n in required else '?'}: {_shape(s)}" for n, s in fields) + "}"
    return {"string": "text", "integer": "number", "boolean": "true|false"}.get(str(kind), "any")
