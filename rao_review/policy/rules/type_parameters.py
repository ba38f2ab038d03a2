"""The type parameters of generic types and functions, as their headers name them."""

from __future__ import annotations

import re

from rao_review.graph.facts import Definition


def own_type_parameters(cls: Definition) -> set[str]:
    """Those of a class, and not of its bases: T of `class Box<T> extends Case<U>`."""
    after = cls.signature.partition(cls.name)[2].lstrip()
    return type_parameters(after) if after.startswith("<") else set()


def type_parameters(signature: str) -> set[str]:
    """The names in the first `<…>` of a header, those before its parameters."""
    depth, found = 0, [""]
    for char in signature.partition("(")[0].partition("<")[2].replace("=>", ""):
        if char == ">" and depth == 0:
            break
        depth += (char in "<[{") - (char in ">]}")
        if char == "," and depth == 0:
            found.append("")
        else:
            found[-1] += char
    words = (re.match(r"\s*(?:(?:const|in|out)\s+)*(\w+)", text) for text in found)
    return {word[1] for word in words if word}
