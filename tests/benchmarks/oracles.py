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

JAVA_NAME = re.compile(r"[\w.<>\[\],]*[.(<][\w.<>\[\],]*\)?|\b[a-z]*[A-Z]\w*")
GO_NAME = re.compile(r"(undefined: |name: |call to |method |field |variable )([\w.]+)")
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
    """Nothing is installed, so the packages of the repository itself are found by `paths`, as a workspace would link them."""
    options = {
        **dict.fromkeys(("noEmit", "skipLibCheck", "allowJs", "checkJs", "resolveJsonModule", "esModuleInterop"), True),
        "target": "esnext",
        "module": "esnext",
        "moduleResolution": "bundler",
        "jsx": "preserve",
        "types": [],
        "paths": workspace(root),
    }
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory) / "tsconfig.json"
        config.write_text(json.dumps({"compilerOptions": options, "files": [str(root / p) for p in paths]}))
        output = run([*command, "--project", str(config), "--pretty", "false"], root)
    pattern = re.compile(r"^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$", re.MULTILINE)
    return [Diagnostic(m[1], int(m[2]), m[3], m[4]) for m in pattern.finditer(output) if m[1] in paths]


def workspace(root: Path) -> dict[str, list[str]]:
    """The sources of each npm package of the repository, by the names under which others import it."""
    found: dict[str, list[str]] = {}
    for manifest in (root / p for p in run(["git", "ls-files", "package.json", "*/package.json"], root).splitlines()):
        try:
            name = json.loads(manifest.read_bytes()).get("name")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(name, str):
            places = [manifest.parent / place for place in ("src", ".", "lib")]
            found[name] = [str(place / "index") for place in places]
            found[f"{name}/*"] = [str(place / "*") for place in places]
    return found


def go_types(root: Path, paths: Sequence[str], command: Sequence[str]) -> list[Diagnostic]:
    # Not run inside the repository: its go.mod may ask for a newer toolchain.
    output = run([*command, "run", GO_CHECKER.name, str(root), *paths], GO_CHECKER.parent)
    pattern = re.compile(r"^(.+?):(\d+):\d+: (.*)$", re.MULTILINE)
    return [
        Diagnostic(
            m[1], int(m[2]), re.sub(r"[\w.()*\[\]]*[.(][\w.()*\[\]]*|\d+", "_", m[3])[:40], GO_NAME.sub(r"\1`\2`", m[3])
        )
        for m in pattern.finditer(output)
    ]


def javac(root: Path, paths: Sequence[str], command: Sequence[str]) -> list[Diagnostic]:
    sources = run(["git", "ls-files", "*.java"], root).splitlines()
    roots = sorted(
        {str(root / (m[1] or "")) for source in sources if (m := re.match(r"(.*?)/?(?:com|org|net|io)/", source))}
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
    pattern = re.compile(r"^(\S+\.java):(\d+): error: (.*)\n(?:.*\n\s*\^\n\s*symbol:(.*))?", re.MULTILINE)
    return [
        Diagnostic(
            m[1],
            int(m[2]),
            JAVA_NAME.sub("_", m[3])[:40],
            JAVA_NAME.sub(r"`\g<0>`", m[3]) + (f": `{m[4].strip()}`" if m[4] else ""),
        )
        for m in pattern.finditer(output)
        if m[1] in paths
    ]


@dataclass(frozen=True, slots=True)
class Oracle:
    """How to judge one language. `relevant` says which codes are about a name or a call that no longer fits; `definition` finds the
    name that a line defines for others."""

    suffixes: tuple[str, ...]
    command: str
    judge: Callable[[Path, Sequence[str], Sequence[str]], list[Diagnostic]]
    relevant: re.Pattern[str]
    definition: re.Pattern[str]


_SCRIPT = re.compile(
    r"\s*(?:export\s+)?(?:(?:default|declare|abstract|async|const)\s+)*(?:function\*?|class|interface|type|enum)\s+(\w+)"
    r"|(?:export\s+)?(?:const|let|var)\s+(\w+)|\s*(?:module\.)?exports\.(\w+)\s*=|[\w.]+\.prototype\.(\w+)\s*="
    r"|\s{1,8}(?:(?:public|private|protected|static|readonly|async|abstract|get|set)\s+)*(\w+)\??(?:\s*(?:<[^>]*>)?\(.*\{\s*$|:\s)"
)

ORACLES = {
    "python": Oracle(
        (".py",),
        "pyright",
        pyright,
        re.compile(
            r"reportAttributeAccessIssue|reportCallIssue|reportMissingImports|reportUndefinedVariable|reportIncompatibleMethodOverride|reportAbstractUsage"
        ),
        re.compile(r"\s*(?:async\s+)?(?:def|class)\s+(\w+)|(?:    )?(\w+)\s*(?::[^=]*)?=(?!=)"),
    ),
    "typescript": Oracle(
        (".ts", ".tsx"),
        "tsc",
        tsc,
        re.compile(r"TS(2305|2339|2551|2554|2555|2304|2307|2459|2614|2724|2511|2515|2345|2349)\b"),
        _SCRIPT,
    ),
    "javascript": Oracle(
        (".js", ".mjs", ".cjs", ".jsx"), "tsc", tsc, re.compile(r"TS(2305|2307|2339|2551|2554|2614|2724)\b"), _SCRIPT
    ),
    "go": Oracle(
        (".go",),
        "go",
        go_types,
        re.compile(r"undefined|undeclared|not enough|too many|has no field|assignment mismatch|unknown field|missing"),
        re.compile(r"func\s+(?:\([^)]*\)\s*)?(\w+)|type\s+(\w+)|\t([A-Z]\w*)(?:\s+[\w*\[\]]|\()|(?:var|const)\s+(\w+)"),
    ),
    "java": Oracle(
        (".java",),
        "javac",
        javac,
        re.compile(
            r"cannot find symbol|cannot be applied|does not exist|no suitable|does not override|is not abstract"
        ),
        re.compile(
            r"\s*(?:(?:public|private|protected|static|final|abstract|default|synchronized)\s+)*(?:class|interface|enum|record|@interface)\s+(\w+)"
            r"|\s*(?:(?:public|private|protected|static|final|abstract|default|synchronized)\s+)+(?:<[^>]+>\s*)?(?:[\w<>\[\],.?]+\s+)?(\w+)\s*[(=;]"
            r"|\s{2,4}[\w<>\[\],.?]+ (\w+)\(.*\)\s*(?:throws.*)?[;{]$"
        ),
    ),
}
