"""Where a line names an environment variable, a command-line flag or a configuration key, and whether it gives it or takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal

KeyKind = Literal["environment variable", "command-line flag", "configuration key"]
Role = Literal["given", "taken"]
Format = Literal["source", "shell", "docker", "make", "yaml", "env", "ini", "json", "docs", "other"]

_SUFFIXES: Mapping[str, Format] = {
    ".py": "source", ".pyi": "source", ".js": "source", ".jsx": "source", ".mjs": "source", ".cjs": "source", ".ts": "source",
    ".tsx": "source", ".mts": "source", ".cts": "source", ".go": "source", ".java": "source", ".kt": "source", ".kts": "source",
    ".scala": "source", ".rs": "source", ".rb": "source", ".php": "source", ".cs": "source", ".c": "source", ".h": "source",
    ".cc": "source", ".cpp": "source", ".hpp": "source", ".swift": "source", ".groovy": "source",
    ".sh": "shell", ".bash": "shell", ".zsh": "shell", ".bats": "shell", ".yml": "yaml", ".yaml": "yaml", ".mk": "make",
    ".toml": "ini", ".ini": "ini", ".cfg": "ini", ".conf": "ini", ".properties": "ini",
    ".json": "json", ".json5": "json", ".jsonc": "json",
    ".md": "docs", ".mdx": "docs", ".rst": "docs", ".adoc": "docs", ".txt": "docs",
}  # fmt: skip
_ENV = r"([A-Z][A-Z0-9_]{3,})"
_ENV_CODE = re.compile(
    r"(?:environ(?:\.(?:get|pop|setdefault))?\s*[\[(]|\b[gG]etenv\s*\(|LookupEnv\s*\(|process\.env\[|env::var(?:_os)?\(|option_env!\(|\benv!\(|"
    r"\bENV\[|\bENV\.fetch\(|GetEnvironmentVariable\(|\$_ENV\[|getenv\(\)\.get\(|Deno\.env\.get\(|\benvvar\s*=|(?<![\w.])env(?:\.\w+)?\()"
    rf"\s*['\"]{_ENV}['\"]|(?:process|import\.meta)\.env\.{_ENV}\b"
)
_ENV_WRITTEN = re.compile(r"^\s*(?:\]|\))?\s*=(?!=)")
_ENV_SET_CALL = re.compile(rf"(?:[sS]etenv|set_var|putenv|environ\.setdefault)\(\s*['\"]{_ENV}['\"]")
_ENV_EXPANDED = re.compile(rf"\$\{{?{_ENV}\b|\$\({_ENV}\)|\b(?:env|vars|secrets)\.{_ENV}\b")
_ENV_GIVEN: Mapping[Format, re.Pattern[str]] = {
    "shell": re.compile(rf"^\s*(?:export\s+|declare\s+-x\s+|local\s+|readonly\s+)?{_ENV}="),
    "docker": re.compile(rf"^\s*(?:(?:ENV|ARG)\s+)?{_ENV}(?:=|\s|$)"),
    "make": re.compile(rf"^\s*(?:export\s+)?{_ENV}\s*[:?+]?="),
    "yaml": re.compile(
        rf"^\s*(?:-\s*)?['\"]?{_ENV}['\"]?\s*[:=](?=\s|$|['\"$\w/])|^\s*-\s+name:\s*['\"]?{_ENV}['\"]?\s*$|^\s*-\s+{_ENV}\s*$"
    ),
    "env": re.compile(rf"^\s*(?:export\s+)?{_ENV}\s*="),
    "ini": re.compile(rf"^\s*(?:setenv\s*=\s*)?{_ENV}\s*="),
    "json": re.compile(rf"['\"]{_ENV}['\"]\s*:"),
}
_FLAG_CODE = re.compile(r"['\"`](?:-\w,?\s+)?--([a-z][\w-]{2,})(?=[\s=<\['\"`])")
_OPTION_CALL = re.compile(
    r"add_argument\(|\boption\(|\bOption\(|\baddOption\(|requiredOption\(|@Option\b|@Parameter\b|names\s*=|add_option\(|\.on\("
)
_GO_FLAG = re.compile(
    r"(?:\bflag|[fF]lags?(?:et|ags)?(?:\(\))?|\bfs)\.(?:String|Int|Bool|Duration|Float64|Int64|Uint|StringSlice|StringArray|Var)\w*"
    r"\((?:&?[\w.]+,\s*)?\"([a-z][\w-]{2,})\""
)
_CLAP = re.compile(r"\blong\s*(?:=\s*|\(\s*)\"([a-z][\w-]{2,})\"")
_FLAG_TEXT = re.compile(r"(?:^|[\s'\"`\[(=,])--([a-z][\w-]{2,})(?![\w-])")
_HOLDER = (
    r"\w*(?:[cC]onf(?:ig)?|[cC]onfiguration|[sS]ettings?|[oO]ptions?|[oO]pts|[cC]fg|[pP]refs|[pP]references|[pP]rop(?:ertie)?s|"
    r"viper|section|SETTINGS|CONFIG)"
)
_CONFIG_TAKEN = re.compile(
    r"(?<!\w)([A-Za-z_]\w*)(?:\(\))?((?:\[['\"]\w+['\"]\]){0,4})(?:\[|\.(?:get|pop|require|value|getString|getInt|getBoolean|getLong|"
    r"getProperty|getint|getboolean|getfloat|GetString|GetInt|GetBool|GetDuration|fetch|dig)\()\s*['\"]([\w.-]{3,})['\"]"
)
_CONFIG_ATTRIBUTE = re.compile(rf"\b{_HOLDER}\.([a-z]\w{{3,}})\b(?!\s*\()")
_CONFIG_GIVEN: Mapping[Format, re.Pattern[str]] = {
    "yaml": re.compile(r"^\s*(?:-\s+)?['\"]?([A-Za-z][\w.-]{2,})['\"]?\s*:(?=\s|$)"),
    "ini": re.compile(r"^\s*['\"]?([A-Za-z][\w.-]{2,})['\"]?\s*="),
    "json": re.compile(r"['\"]([A-Za-z][\w.-]{2,})['\"]\s*:"),
}
_LITERAL_KEY = re.compile(r"['\"]([A-Za-z][\w.-]{2,})['\"]\s*(?::|=>)")
_COMMENT = re.compile(r"^\s*(?:#(?![!\[])|//|\*|/\*|;)")
_FOREIGN_CONFIG = re.compile(
    r"(^|/)(\.[^/]+|package\.json|tsconfig[^/]*|composer\.json|Cargo\.toml|pyproject\.toml|setup\.cfg|tox\.ini|mkdocs\.yml|docker-compose[^/]*|"
    r"compose\.ya?ml|Chart\.yaml|openapi[^/]*|swagger[^/]*|lerna\.json|renovate\.json|codecov\.yml|mypy\.ini|pytest\.ini|netlify\.toml)$|"
    r"(^|/)(\.github|\.circleci|\.gitlab|locales?|i18n|translations?|lang|languages|messages|schemas?)/|/(en|de|fr)\.(json|ya?ml)$|lock"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """`given`: the line sets, declares or passes it on; `taken`: it reads it. `sure` is false for a read that has a default.

    `holder` is what a configuration key is read from, as written: 'settings', 'data["mail"]'.
    """

    kind: KeyKind
    name: str
    role: Role
    sure: bool = True
    holder: str = field(default="", compare=False)


@lru_cache(maxsize=1 << 14)
def format_of(path: str) -> Format:
    name = PurePosixPath(path).name
    if name.startswith(".env") or name.endswith(".env"):
        return "env"
    if name.lower().startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile"):
        return "docker"
    if name in ("Makefile", "GNUmakefile", "makefile", "justfile", "Justfile"):
        return "make"
    return _SUFFIXES.get(PurePosixPath(path).suffix.lower(), "other")


def mentions(path: str, text: str) -> Iterator[Mention]:
    """What one line of a file says about keys. A line that is only a comment says nothing."""
    form = format_of(path)
    if form in ("docs", "other") or len(text) > 2000 or _COMMENT.match(text):
        return
    if form == "source":
        yield from _in_source(text)
        return
    yield from _environment(form, text)
    for match in _FLAG_TEXT.finditer(text) if "--" in text else ():
        yield Mention("command-line flag", match[1], "taken")
    given = _CONFIG_GIVEN.get(form)
    if given is not None and not _FOREIGN_CONFIG.search(path):
        for match in given.finditer(text):
            yield Mention("configuration key", match[1], "given")


def _in_source(text: str) -> Iterator[Mention]:
    """Most lines of source have neither quotes nor settings in them, and are not looked at further."""
    quoted = "'" in text or '"' in text or "`" in text
    if quoted or ".env." in text:
        yield from _environment_in_source(text)
    if quoted:
        yield from _flags(text)
        for match in _CONFIG_TAKEN.finditer(text):
            rest, holder = text[match.end() :], match[1] + match[2]
            role: Role = "given" if _ENV_WRITTEN.match(rest) else "taken"
            sure = not rest.lstrip().startswith(",") and ".get(" not in match[0]
            yield Mention("configuration key", match[3], role, sure, holder)
    for match in _CONFIG_ATTRIBUTE.finditer(text) if "." in text else ():
        role = "given" if _ENV_WRITTEN.match(text[match.end() :]) else "taken"
        yield Mention("configuration key", match[1], role, sure=False, holder=match[0].partition(".")[0])
    for match in _LITERAL_KEY.finditer(text) if quoted else ():
        yield Mention("configuration key", match[1], "given")


def _environment(form: Format, text: str) -> Iterator[Mention]:
    given = _ENV_GIVEN.get(form)
    match_given = given.search(text) if given else None
    if match_given:
        yield Mention("environment variable", next(filter(None, match_given.groups())), "given")
    for match in _ENV_EXPANDED.finditer(text):
        rest = text[match.end() : match.end() + 2]
        yield Mention(
            "environment variable",
            next(filter(None, match.groups())),
            "taken",
            not rest.startswith((":-", "-", ":=", ":+")),
        )


def _environment_in_source(text: str) -> Iterator[Mention]:
    for match in _ENV_SET_CALL.finditer(text):
        yield Mention("environment variable", match[1], "given")
    for match in _ENV_CODE.finditer(text):
        rest = text[match.end() :]
        if "environ.setdefault" in match[0]:
            continue
        role: Role = "given" if _ENV_WRITTEN.match(rest) else "taken"
        has_default = rest.lstrip().startswith(",") or "||" in rest or "??" in rest or " or " in rest
        yield Mention("environment variable", match[1] or match[2], role, not has_default)


def _flags(text: str) -> Iterator[Mention]:
    declares = bool(_OPTION_CALL.search(text))
    for match in _FLAG_CODE.finditer(text):
        yield Mention("command-line flag", match[1], "given" if declares else "taken")
    for pattern in (_GO_FLAG, _CLAP):
        for match in pattern.finditer(text):
            yield Mention("command-line flag", match[1], "given")


def holds_settings(holder: str) -> bool:
    """Whether the name of an object says that it holds configuration."""
    return any(re.fullmatch(_HOLDER, part) for part in re.findall(r"\w+", holder))


def is_declaration(lines: Sequence[str], line: int) -> bool:
    """Whether a quoted flag on this line is an argument of a call that declares options, which may start some lines before."""
    for text in reversed(lines[max(0, line - 4) : line]):
        if _OPTION_CALL.search(text):
            return True
        if text.rstrip().endswith((")", ";")) and text is not lines[line - 1]:
            return False
    return False


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in any spelling: 'old-key', 'OLD_KEY', 'oldKey' → ('old', 'key')."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return tuple(p.lower() for p in parts)
