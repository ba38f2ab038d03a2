"""`rao-review schema`"""

from __future__ import annotations

from importlib.resources import files

from rao_review.cli.output import emit


def command() -> int:
    """Print the JSON Schema of what --format json gives, with the meaning of each field.

    Reports name the schema that they follow in their field `schema`.
    """
    emit(files("rao_review.report").joinpath("report.schema.json").read_text("utf-8"))
    return 0
