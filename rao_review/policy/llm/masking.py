"""Secrets do not leave: each is replaced by a placeholder that stays the same in a run, so that a model can still speak of it.

Masked are the tokens of well-known services, private keys, values of `.env` files, and what looks random and is assigned to a name
such as `password` or `api_key`. A quote that comes back with a placeholder is put back before its anchor is looked for. Bytes that
are no text get a stand-in, since a request could not carry them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from posixpath import basename

from rao_review.policy.secrets import entropy, has_token, tokens_in

_TITLE = re.compile(r"hunk h\d+ (.+?) @@ ")
_ASSIGNMENT = re.compile(
    r"""(?i)[\w.\-]*(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|auth[_-]?key)[\w\-]*["']?
        \s*(?::=|=>|[:=])\s*(?P<quote>["'`]?)(?P<value>[^\s"'`,;)}\]]{12,})(?P=quote)""",
    re.VERBOSE,
)
_ENV_VALUE = re.compile(r"^(?P<head>[-+ ]?(?:\d+\t)?\s*(?:export\s+)?[A-Za-z_]\w*\s*=\s*)(?P<value>\S.*)$")
# How tools and facts name a place: `deploy/.env:3: KEY=value`, `used at deploy/.env:3: …`.
_LOCATED = re.compile(r"(?P<head>(?:[a-z]+ ){0,4}(?P<path>[^\s:]+):\d+:? )")
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----")
_KEY_LINE = re.compile(r"^(?P<head>[-+ ]?(?:\d+\t)?\s*[\"']?)(?P<value>[A-Za-z0-9+/=]{16,})")
_LEAST_BITS = 3.2
# Letters alone, so that placeholders of different runs have equally many tokens.
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
# A byte that is no UTF-8 is a lone surrogate in our texts, which no JSON may hold: it travels as a private-use character.
_ESCAPED, _PRIVATE = 0xDC80, 0xF780
_SURROGATE = re.compile("[\udc80-\udcff]")
_STAND_IN = re.compile("[\uf780-\uf7ff]")
_WORD = re.compile(r"[A-Za-z_][A-Za-z_.]*\(?\)?")


class Masker:
    """Masks and unmasks the texts of one run.

    Args:
        seed: what placeholders are made with; the same seed gives the same placeholders.
        active: false lets everything through (`--no-mask`).
    """

    def __init__(self, seed: str, active: bool = True) -> None:
        self._seed = seed.encode()
        self._active = active
        self._originals: dict[str, str] = {}

    def mask(self, text: str, path: str = "") -> str:
        """The text without its secrets, as valid Unicode. `path` is the file it is from; titles of hunks in the text override it."""
        text = _SURROGATE.sub(lambda m: chr(ord(m[0]) - _ESCAPED + _PRIVATE), text)
        if not self._active:
            return text
        lines, inside, keys = [], False, "PRIVATE KEY" in text
        # Most texts hold no secret: what rules one out for all lines is asked once.
        anywhere = keys or ".env" in text or ".env" in path or has_token(text)
        for line, lower in zip(text.split("\n"), text.lower().split("\n"), strict=True):
            if line.startswith("hunk ") and (title := _TITLE.match(line)):
                path, inside = title[1], False
            if not (anywhere or _names_a_secret(lower)):
                lines.append(line)
                continue
            begins = keys and bool(_KEY_BEGIN.search(line))
            ends = keys and bool(_KEY_END.search(line))
            inside = inside or begins
            lines.append(self._line(line, path, inside and not ends and not begins))
            inside = inside and not ends
        return "\n".join(lines)

    def unmask(self, text: str) -> str:
        """The text with its placeholders put back."""
        for placeholder, original in self._originals.items():
            if placeholder in text:
                text = text.replace(placeholder, original)
        return _STAND_IN.sub(lambda m: chr(ord(m[0]) - _PRIVATE + _ESCAPED), text)

    def _line(self, line: str, path: str, in_key: bool) -> str:
        if in_key and (body := _KEY_LINE.match(line)):
            return line.replace(body["value"], self._placeholder("private-key", body["value"]))
        for shape, token in list(tokens_in(line)):
            line = line.replace(token, self._placeholder(shape.name.replace(" ", "-"), token))
        located = _LOCATED.match(line) if ".env" in line else None
        head, rest = (located["head"], line[located.end() :]) if located else ("", line)
        name = basename(located["path"] if located else path)
        if (name.startswith(".env") or name.endswith(".env")) and (value := _ENV_VALUE.match(rest)):
            if "<masked:" not in value["value"] and not value["value"].startswith("#"):
                return head + value["head"] + self._placeholder("env-value", value["value"])
            return line
        if not _names_a_secret(line.lower()):
            return line
        for match in list(_ASSIGNMENT.finditer(line)):
            value_text = match["value"]
            if "<masked:" not in value_text and _random(value_text):
                line = line.replace(value_text, self._placeholder("secret", value_text))
        return line

    def _placeholder(self, kind: str, secret: str) -> str:
        mark = (
            hmac.new(self._seed, secret.encode("utf-8", "surrogateescape"), hashlib.sha256)
            .hexdigest()[:8]
            .translate(_LETTERS)
        )
        placeholder = f"<masked:{kind}:{mark}>"
        self._originals[placeholder] = secret
        return placeholder


def _names_a_secret(lower: str) -> bool:
    """Whether a line in lower case has what every name of `_ASSIGNMENT` has in it: looking for this first is many times faster."""
    return "key" in lower or "token" in lower or "secret" in lower or "passw" in lower or "credential" in lower


def _random(value: str) -> bool:
    """Whether an assigned value looks generated: no plain words or code, and many different characters."""
    if (
        _WORD.fullmatch(value)
        or "(" in value
        or value.startswith(("$", "{", "<", "%", "http://", "https://", "/", "./"))
    ):
        return False
    return entropy(value) >= _LEAST_BITS and any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
