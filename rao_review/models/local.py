"""A GGUF file as an endpoint: llama.cpp's own OpenAI-compatible server, in this process, on loopback. Needs the `local` extra."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rao_review.errors import UsageError

PREFIX = "gguf:"
_MAGIC = b"GGUF"


def is_local(model: str) -> bool:
    """Whether a model's name is a file's: `gguf:PATH`."""
    return model.startswith(PREFIX)


@contextmanager
def serving(model: str, window: int, slots: int = 1) -> Iterator[str]:
    """The base URL of a server for `gguf:PATH`, until the end of the block.

    Args:
        model: `gguf:PATH`.
        window: tokens of prompt and answer of one request; 0 for what the model was trained with.
        slots: requests worked on at a time, each with a window of its own.

    Raises UsageError when the file is none, or llama.cpp is not installed.
    """
    path = check_local(model)
    import xllamacpp  # noqa: PLC0415  (an extra of 100 MB)

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.model_alias = {model}
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.n_parallel = slots
    parameters.n_ctx = window * slots
    parameters.verbosity = -1
    parameters.ui, parameters.warmup, parameters.use_jinja = False, False, True
    # One core is left to whoever else works here: llama.cpp's threads spin while they wait for each other.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = max((os.cpu_count() or 2) - 1, 1)
    try:
        server = xllamacpp.Server(parameters)
    except Exception as error:  # whatever llama.cpp says of a file that it cannot load
        raise UsageError(
            f"--model: {path} cannot be loaded: {' '.join(str(error).split()) or type(error).__name__}"
        ) from None
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server  # ends it


def check_local(model: str) -> Path:
    """The file of `gguf:PATH`. Raises UsageError when llama.cpp is not installed, or the file is none."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise UsageError(
            f"--model {PREFIX}FILE needs llama.cpp, the extra 'local': in a checkout, pip install '.[local]'; "
            "else add [local] to what you installed, or pip install xllamacpp beside it"
        )
    path = Path(model.removeprefix(PREFIX)).expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise UsageError(f"--model: {path}: {error.strerror or error}") from None
    if magic != _MAGIC:
        raise UsageError(f"--model: {path} is not a GGUF file")
    return path
