"""Frozen dataclasses ↔ JSON values, exactly: `decode(type(x), json.loads(json.dumps(encode(x)))) == x`.

Small on purpose. It knows what our values are made of: dataclasses, tuples, mappings with string keys, enums, literals,
scalars, and unions of dataclasses that a literal field (`event`, `kind`) tells apart. pydantic would do the same for 0.1 s
of import time on every start.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Decoder = Callable[[Any], Any]


def encode(value: Any) -> Any:
    """A JSON value: dataclasses become objects in field order, tuples become arrays, enums their values."""
    if isinstance(value, str):
        return str(value.value) if isinstance(value, Enum) else value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: encode(getattr(value, name)) for name in _names(type(value))}
    raise TypeError(f"no JSON for {type(value).__name__}")


def decode(expected: Any, data: Any) -> Any:
    """The inverse of `encode` for a dataclass or any type expression made of the kinds above.

    Fields that are absent take their defaults, so journals of an older minor version still read; fields that are not
    known are ignored. Raises ValueError with a short reason when `data` does not fit.
    """
    return _decoder(expected)(data)


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


@cache
def _decoder(expected: Any) -> Decoder:
    origin, arguments = get_origin(expected), get_args(expected)
    if expected is Any:
        return lambda data: data
    if origin in (Union, types.UnionType):
        return _union(arguments)
    if origin is Literal:
        return _literal(arguments)
    if origin is tuple:
        return _tuple(arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments)
    if isinstance(expected, type) and issubclass(expected, Enum):
        return expected
    if is_dataclass(expected) and isinstance(expected, type):
        return _dataclass(expected)
    if expected in (str, int, float, bool, types.NoneType):
        return _scalar(expected)
    raise TypeError(f"no decoder for {expected!r}")


def _scalar(kind: type) -> Decoder:
    def scalar(data: Any) -> Any:
        if kind is float and type(data) is int:
            return float(data)
        if type(data) is not kind:
            raise ValueError(f"expected {kind.__name__}, got {type(data).__name__}")
        return data

    return scalar


def _literal(values: tuple[Any, ...]) -> Decoder:
    def literal(data: Any) -> Any:
        if data not in values:
            raise ValueError(f"expected one of {', '.join(map(str, values))}")
        return data

    return literal


def _tuple(items: tuple[Any, ...]) -> Decoder:
    decoders: list[Decoder] | None = None

    def row(data: Any) -> tuple[Any, ...]:
        nonlocal decoders
        if not isinstance(data, list):
            raise ValueError(f"expected a list, got {type(data).__name__}")
        if items[-1:] == (Ellipsis,):
            item = _decoder(items[0])
            return tuple(item(value) for value in data)
        decoders = decoders or [_decoder(item) for item in items]
        if len(data) != len(decoders):
            raise ValueError(f"expected {len(decoders)} items, got {len(data)}")
        return tuple(one(value) for one, value in zip(decoders, data, strict=True))

    return row


def _mapping(arguments: tuple[Any, ...]) -> Decoder:
    value = _decoder(arguments[1])

    def mapping(data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        return {key: value(item) for key, item in data.items()}

    return mapping


def _union(members: tuple[Any, ...]) -> Decoder:
    """Dataclass members are told apart by their literal tag; of the others the first that fits wins."""
    tagged: dict[tuple[str, Any], Any] = {}
    plain = []
    for member in members:
        tag = _tag(member) if is_dataclass(member) else None
        if tag is None:
            plain.append(member)
        else:
            tagged[tag] = member
    keys = sorted({key for key, _ in tagged})

    def union(data: Any) -> Any:
        for key in keys:
            member = tagged.get((key, data.get(key))) if isinstance(data, dict) else None
            if member is not None:
                return _decoder(member)(data)
        for member in plain:
            try:
                return _decoder(member)(data)
            except ValueError:
                continue
        raise ValueError("fits none of the expected shapes")

    return union


def _tag(kind: Any) -> tuple[str, Any] | None:
    for name, hint in get_type_hints(kind).items():
        if get_origin(hint) is Literal and len(get_args(hint)) == 1:
            return name, get_args(hint)[0]
    return None


def _dataclass(kind: type) -> Decoder:
    hints = get_type_hints(kind)
    required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
    decoders: dict[str, Decoder] = {}

    def instance(data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValueError(f"expected an object, got {type(data).__name__}")
        if not decoders:
            decoders.update((name, _decoder(hints[name])) for name in _names(kind))
        if missing := sorted(required - data.keys()):
            raise ValueError(f"{kind.__name__} lacks {', '.join(missing)}")
        values = {}
        for name, one in decoders.items():
            if name in data:
                try:
                    values[name] = one(data[name])
                except ValueError as error:
                    raise ValueError(f"{kind.__name__}.{name}: {error}") from None
        return kind(**values)

    return instance
