"""The registry of languages: one line here, one module beside it.

A language module offers `extract(source: bytes, language: str) -> Columns`, which never raises on any bytes and does not
recurse with the nesting of the source. It loads its grammar when it is first called, so that a change in one language pays
for one grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import PurePosixPath

from rao_review.graph.facts import Columns, FileFacts

_CPP = re.compile(
    rb"(?m)^[ \t]*(?:template\s*<|namespace(?:\s+[\w:]+)?\s*\{|using\s+namespace\b|(?:public|private|protected)\s*:)"
)


@dataclass(frozen=True, slots=True)
class Language:
    """One language. `suffixes` are lower-case with their dot; `names` are exact file names, or interpreters as '#!bash';
    `module` is the module of this package that extracts it (several languages may share one)."""

    name: str
    suffixes: tuple[str, ...]
    names: tuple[str, ...]
    module: str


LANGUAGES: tuple[Language, ...] = (
    Language("python", (".py", ".pyi", ".pyw"), ("SConstruct", "SConscript", "#!python"), "python"),
    Language("javascript", (".js", ".jsx", ".mjs", ".cjs"), ("Jakefile", "#!node"), "javascript"),
    Language("typescript", (".ts", ".mts", ".cts"), ("#!deno", "#!tsx", "#!bun"), "javascript"),
    Language("tsx", (".tsx",), (), "javascript"),
    Language("go", (".go",), (), "go"),
    Language("java", (".java",), (), "java"),
    Language("rust", (".rs",), (), "rust"),
    Language("c", (".c", ".h"), (), "c"),
    Language("cpp", (".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".h++", ".ipp", ".tpp"), (), "cpp"),
    Language("csharp", (".cs", ".csx"), (), "csharp"),
    Language(
        "ruby",
        (".rb", ".rake", ".gemspec", ".ru"),
        ("Rakefile", "Gemfile", "Guardfile", "Vagrantfile", "#!ruby"),
        "ruby",
    ),
    Language("php", (".php", ".phtml"), ("#!php",), "php"),
    Language("kotlin", (".kt", ".kts"), (), "kotlin"),
    Language("swift", (".swift",), (), "swift"),
    Language("scala", (".scala", ".sc", ".sbt"), (), "scala"),
    Language("bash", (".sh", ".bash"), (".bashrc", ".bash_profile", "#!bash", "#!sh", "#!dash"), "bash"),
)


def language_of(path: str, first_bytes: bytes = b"") -> str | None:
    """The language of a file by its name, else by its '#!' line; None when it is not source that we read.

    `first_bytes` is the beginning of the file (its first line is enough); it is looked at only when the name says nothing.
    """
    by_suffix, by_name = _tables()
    pure = PurePosixPath(path)
    found = by_suffix.get(pure.suffix.lower()) or by_name.get(pure.name)
    if found is None and not pure.suffix and first_bytes.startswith(b"#!"):
        found = by_name.get("#!" + _interpreter(first_bytes))
    return found


def extract(language: str, source: bytes) -> FileFacts:
    """The facts of one file. Never raises on its content; raises KeyError for a language that is not in the registry."""
    return extract_columns(language, source).facts()


def extract_columns(language: str, source: bytes) -> Columns:
    """`extract` in the form that `coding` takes."""
    if language == "c" and _CPP.search(source):
        language = "cpp"  # a header named like one of C
    module = import_module(f"{__name__}.{_modules()[language]}")
    columns: Columns = module.extract(source, language)
    return columns


def _interpreter(first_bytes: bytes) -> str:
    """'python' for '#!/usr/bin/env -S python3.12 -u'."""
    words = first_bytes[2:256].split(b"\n", 1)[0].decode("latin-1").split()
    programs = [word.rsplit("/", 1)[-1] for word in words if not word.startswith("-") and "=" not in word]
    program = next((word for word in programs if word != "env"), "")
    return program.rstrip("0123456789.")


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    by_suffix = {suffix: language.name for language in LANGUAGES for suffix in language.suffixes}
    by_name = {name: language.name for language in LANGUAGES for name in language.names}
    return by_suffix, by_name


@cache
def _modules() -> dict[str, str]:
    return {language.name: language.module for language in LANGUAGES}
