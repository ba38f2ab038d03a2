"""The smallest value that fits a JSON schema, as far as schemas of tools and answers go. Its texts are 'simulated'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 12


def example(schema: Mapping[str, Any]) -> Any:
    """A value for the schema: required fields only, first choices, empty lists where they may be empty."""
    return _value(schema, schema, 0)


def _value(schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return None
    if isinstance(schema.get("$ref"), str):
        return _value(_resolved(schema["$ref"], root), root, depth + 1)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            return _value(schema[choice][0], root, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            fields = schema.get("properties", {})
            return {name: _value(fields.get(name, {}), root, depth + 1) for name in schema.get("required", ())}
        case "array":
            return [_value(schema.get("items", {}), root, depth + 1) for _ in range(schema.get("minItems", 0))]
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case "null":
            return None
    return "simulated".ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength")]


def _resolved(reference: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
