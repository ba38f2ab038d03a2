"""One file of a patch as it was written, and what its headers say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rao_review.diff.paths import common_level, strip, unquote

_INDEX = re.compile(r"([0-9a-f]+)\.\.([0-9a-f]+)(?: (\d{6}))?$")


@dataclass(slots=True)
class PatchHunk:
    """One hunk as written; `line` is where its `@@` stands in the patch."""

    line: int
    numbers: tuple[int, int, int, int]
    section: str
    lines: list[str]


@dataclass(slots=True)
class PatchFile:
    """One file of a patch as written, from its first header at `line`.

    `old` and `new` still have their prefixes; None for /dev/null, or when not said. `named` tells that they were said.
    `extended` holds git's extended headers ('rename from': 'a', 'index': 'x..y 100644', …); `names` the `diff --git` line's two.
    """

    line: int
    git: bool
    old: str | None = None
    new: str | None = None
    names: tuple[str, str] | None = None
    extended: dict[str, str] = field(default_factory=dict)
    named: bool = False
    binary: bool = False
    hunks: list[PatchHunk] = field(default_factory=list)

    @property
    def created(self) -> bool:
        if self.git:
            return "new file mode" in self.extended or (self.named and self.old is None)
        return self.old is None or (
            self.named and all(h.numbers[:2] == (0, 0) for h in self.hunks) and bool(self.hunks)
        )

    @property
    def deleted(self) -> bool:
        if self.git:
            return "deleted file mode" in self.extended or (self.named and self.new is None)
        return self.new is None or (
            self.named and all(h.numbers[2:] == (0, 0) for h in self.hunks) and bool(self.hunks)
        )

    def oids(self) -> tuple[str, str]:
        """The two blob ids of the `index` line, '' when it has none."""
        match = _INDEX.match(self.extended.get("index", ""))
        return (match[1], match[2]) if match else ("", "")

    def modes(self) -> tuple[str, str]:
        """(base mode, head mode), six digits each, '000000' for a side without the file."""
        match = _INDEX.match(self.extended.get("index", ""))
        same = (match[3] if match else None) or "100644"
        base = self.extended.get("old mode") or self.extended.get("deleted file mode") or same
        head = self.extended.get("new mode") or self.extended.get("new file mode") or same
        return ("000000" if self.created else base, "000000" if self.deleted else head)

    def level(self) -> int | None:
        """How many leading components of its names are prefix, None when it does not tell."""
        moved = self.moved()
        if moved is not None:
            level = (self.old or "").count("/") - moved[0].count("/")
            return level if self.old is not None and level >= 0 and strip(self.old, level) == moved[0] else None
        if self.names is not None:
            return common_level(*self.names)
        return common_level(self.old, self.new) if self.old is not None and self.new is not None else None

    def moved(self) -> tuple[str, str] | None:
        """The two paths of a rename or copy, which git writes without prefix."""
        for kind in ("rename", "copy"):
            if f"{kind} from" in self.extended:
                return unquote(self.extended[f"{kind} from"]), unquote(self.extended.get(f"{kind} to", ""))
        return None

    def paths(self, level: int) -> tuple[str, str]:
        """(base path, head path); both are the same but for renames and copies."""
        moved = self.moved()
        if moved is not None:
            return moved
        own = self.level()
        name = self.new if self.new is not None else self.old
        if name is None:
            assert self.names is not None
            name = self.names[1]
        path = strip(name, level if own is None else own)
        return path, path
