"""Independent judges of whether a file is broken: a type checker or compiler for each language, none of them ours.

Each takes a checkout and some of its files and gives back the diagnostics that lie in these files. Dependencies that are not
installed give the same errors before and after, so callers compare two runs.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

GO_CHECKER = Path(__file__).with_name("typecheck.go")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One complaint. `line` is 1-based; `code` is the checker's own name for the kind."""

    path: str
    line: int
    code: str
    message: str


def run(command: Sequence[str], root: Path, seconds: int = 120) -> str:
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")


def pyright(root: Path, paths: Sequence[str], command: Sequence[str]) -> list[Diagnostic]:
    output = run([*command, "--outputjson", *paths], root)
    try:
        found = json.loads(output[output.index("{") : output.rindex("}") + 1])["generalDiagnostics"]
    except (ValueError, KeyError):
        return []
    prefix = str(root.resolve()) + "/"
    return [
        Diagnostic(
            d["file"].removeprefix(prefix), d["range"]["start"]["line"] + 1, d.get("rule", "syntax"), d["message"]
        )
        for d in found
        if d["severity"] == "error"
    ]


def tsc(root: Path, paths: Sequence[str], command: Sequence[str]) -> list[Diagnostic]:
    options = "--noEmit --skipLibCheck --allowJs --checkJs --jsx preserve --target esnext --module esnext --moduleResolution bundler --pretty false"
    output = run([*command, *options.split(), "--types", "", *paths], root)
    pattern = re.compile(r"^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$", re.MULTILINE)
    return [Diagnostic(m[1], int(m[2]), m[3], m[4]) for m in pattern.finditer(output) if m[1] in paths]


def go_types(root: Path, paths: Sequence[str], command: Sequence[str]) -> list[Diagnostic]:
    output = run([*command, "run", str(GO_CHECKER), str(root), *paths], root)
    pattern = re.compile(r"^(.+?):(\d+):\d+: (.*)$", re.MULTILINE)
    return [
        Diagnostic(m[1], int(m[2]), re.sub(r"[\w.()*\[\]]*[.(][\w.()*\[\]]*|\d+", "_", m[3])[:40], m[3])
        for m in pattern.finditer(output)
    ]


def javac(root: Path, paths: Sequence[str], command: Sequence[str]) -> list[Diagnostic]:
    roots = sorted(
        {str(p.parent) for p in root.glob("**/java") if p.is_dir()}
        | {str(p) for p in root.glob("**/java") if p.is_dir()}
    )
    with tempfile.TemporaryDirectory() as out:
        options = [
            "-proc:none",
            "-implicit:none",
            "-XDshould-stop.ifError=FLOW",
            "-Xmaxerrs",
            "100000",
            "-nowarn",
            "-d",
            out,
        ]
        output = run([*command, *options, "-sourcepath", ":".join(roots), *paths], root)
    pattern = re.compile(r"^(\S+\.java):(\d+): error: (.*)$", re.MULTILINE)
    return [
        Diagnostic(m[1], int(m[2]), re.split(r"[:;]", m[3])[0][:40], m[3])
        for m in pattern.finditer(output)
        if m[1] in paths
    ]


@dataclass(frozen=True, slots=True)
class Oracle:
    """How to judge one language. `relevant` says which codes are about a name or a call that no longer fits."""

    suffixes: tuple[str, ...]
    command: str
    judge: Callable[[Path, Sequence[str], Sequence[str]], list[Diagnostic]]
    relevant: re.Pattern[str]


ORACLES = {
    "python": Oracle((".py",), "basedpyright", pyright, re.compile(
        r"reportAttributeAccessIssue|reportCallIssue|reportMissingImports|reportUndefinedVariable|reportIncompatibleMethodOverride|reportAbstractUsage"
    )),
    "typescript": Oracle((".ts", ".tsx"), "tsc", tsc, re.compile(r"TS(2305|2339|2551|2554|2555|2304|2307|2614|2724|2511|2515|2345|2349)\b")),
    "javascript": Oracle((".js", ".mjs", ".cjs", ".jsx"), "tsc", tsc, re.compile(r"TS(2305|2307|2339|2551|2554|2614|2724)\b")),
    "go": Oracle((".go",), "go", go_types, re.compile(r"undefined|undeclared|not enough|too many|has no field|assignment mismatch|unknown field|missing")),
    "java": Oracle((".java",), "javac", javac, re.compile(r"cannot find symbol|cannot be applied|does not exist|no suitable|does not override|is not abstract")),
}  # fmt: skip
