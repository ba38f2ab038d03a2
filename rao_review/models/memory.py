"""Which protocol an endpoint and model turned out to speak, remembered between runs in the user's state directory.

Losing it costs one call; so a file that cannot be read or written is no error.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from rao_review.trace.runs import state_directory

_MOST = 500


class Memory:
    """The file of what was learned. `environ` says where the state directory is."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._path = state_directory(environ) / "rao-review" / "protocols.json"

    def recall(self, endpoint: str, model: str) -> str | None:
        """'tools' or 'json', None when it is not known."""
        found = self._load().get(f"{endpoint} {model}")
        return found if found in ("tools", "json") else None

    def note(self, endpoint: str, model: str, protocol: str) -> None:
        known = self._load()
        if known.pop(f"{endpoint} {model}", None) == protocol:
            return
        known[f"{endpoint} {model}"] = protocol
        kept = dict(list(known.items())[-_MOST:])
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(kept, indent=1), "utf-8")
            temporary.replace(self._path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)

    def _load(self) -> dict[str, str]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
