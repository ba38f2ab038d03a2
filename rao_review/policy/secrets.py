"""The shapes of well-known access tokens, and what tells a real one from a placeholder."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "9876543210",
    "zyxwvutsrqponmlkjihgfedcba",
    "qwertyuiop",
    "asdfghjkl",
    "0f1e2d3c4b5a",
)
_PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|placeholder|redacted|changeme|change[-_]me|your[-_]?|xxxx|test[-_]?(token|key|secret)|foobar|notreal|"
    r"not[-_]a[-_]real|secret|deadbeef|cafebabe|mocked|insert|lorem",
    re.IGNORECASE,
)
_KEY_BODY = re.compile(r"\s*[A-Za-z0-9+/]{48,}={0,2}\s*")
_SHORTEST_RUN = 7
_LEAST_BITS = 3.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of token. `pattern` is RE2 syntax with one group around the token; `hint` is a literal part for a fast look.

    `genuine` tells whether a token of this shape can be real: a checksum, a structure, or how random it is.
    """

    name: str
    hint: str
    pattern: re.Pattern[str]
    genuine: Callable[[str], bool]
    firm: bool = True


def random_looking(token: str) -> bool:
    """Whether the characters are those of a generated token: many different ones, no keyboard runs, no words of placeholders."""
    if _PLACEHOLDER.search(token) or re.search(r"(.)\1{4}", token):
        return False
    folded = token.lower()
    if any(run[i : i + _SHORTEST_RUN] in folded for run in _RUNS for i in range(len(run) - _SHORTEST_RUN + 1)):
        return False
    body = re.split(r"[_.-]", token)[-1] if re.search(r"[_.-]", token) else token
    return entropy(body if len(body) >= 16 else token) >= _LEAST_BITS


def entropy(text: str) -> float:
    """Shannon entropy in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def crc_matches(token: str) -> bool:
    """GitHub's and npm's own check: the last six characters are the CRC-32 of the random part, in base 62.

    https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    """
    body = token.partition("_")[2]
    number, digits = zlib.crc32(body[:-6].encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(6, "0") == body[-6:] and random_looking(token)


def live_jwt(token: str) -> bool:
    """Whether this is a signed JSON Web Token whose header and claims decode, and not the one that every tutorial shows."""
    try:
        header, claims = (json.loads(_unpadded(part)) for part in token.split(".")[:2])
    except (ValueError, binascii.Error):
        return False
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return False
    tutorial = (
        claims.get("sub") == "1234567890"
        or claims.get("name") in ("John Doe", "Jane Doe")
        or claims.get("iss") == "joe"
    )
    return str(header.get("alg", "none")).lower() != "none" and len(claims) > 1 and not tutorial


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _shape(
    name: str, hint: str, pattern: str, genuine: Callable[[str], bool] = random_looking, *, firm: bool = True
) -> Shape:
    return Shape(name, hint, re.compile(rf"(?:^|[^A-Za-z0-9_\-])({pattern})(?:$|[^A-Za-z0-9_\-])"), genuine, firm)


SHAPES: tuple[Shape, ...] = (
    _shape("AWS access key id", "A", r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    _shape("GitHub token", "gh", r"gh[pousr]_[A-Za-z0-9]{36}", crc_matches),
    _shape("GitHub fine-grained token", "github_pat_", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _shape("GitLab token", "glpat-", r"glpat-[A-Za-z0-9_-]{20,22}"),
    _shape("npm token", "npm_", r"npm_[A-Za-z0-9]{36}", crc_matches),
    _shape("PyPI token", "pypi-AgEIcHlwaS5vcmc", r"pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,500}"),
    _shape("Slack token", "xox", r"xox[bpars]-[0-9]{10,13}-[0-9]{10,13}-(?:[0-9]{10,13}-)?[A-Za-z0-9]{24,34}"),
    _shape(
        "Slack webhook",
        "hooks.slack.com",
        r"https://hooks\.slack\.com/services/T[A-Z0-9]{8,10}/B[A-Z0-9]{8,10}/[A-Za-z0-9]{24}",
    ),
    _shape("Stripe live key", "_live_", r"[sr]k_live_[A-Za-z0-9]{24,99}"),
    _shape("Google API key", "AIza", r"AIza[A-Za-z0-9_-]{35}"),
    _shape("OpenAI key", "T3BlbkFJ", r"sk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{20,74}T3BlbkFJ[A-Za-z0-9_-]{20,74}"),
    _shape("Anthropic key", "sk-ant-", r"sk-ant-(?:api|admin)[0-9]{2}-[A-Za-z0-9_-]{93}AA"),
    _shape("SendGrid key", "SG.", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    _shape("DigitalOcean token", "_v1_", r"do[opr]_v1_[a-f0-9]{64}"),
    _shape("Shopify token", "shp", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    _shape("Hugging Face token", "hf_", r"hf_[A-Za-z]{34}"),
    _shape(
        "JSON Web Token",
        "eyJ",
        r"eyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10,1000}\.[A-Za-z0-9_-]{20,700}",
        live_jwt,
        firm=False,
    ),
)


def tokens_in(text: str) -> Iterator[tuple[Shape, str]]:
    """The genuine-looking tokens in a line of text."""
    for shape in SHAPES:
        if shape.hint in text:
            for match in shape.pattern.finditer(text):
                if shape.genuine(match[1]):
                    yield shape, match[1]


def has_token(text: str) -> bool:
    """Whether any line of a text may hold a token: when not, `tokens_in` finds none in any of them."""
    return any(shape.hint in text and shape.pattern.search(text) for shape in SHAPES)


def mask(text: str) -> str:
    """A line as reports may show it: its tokens masked, and the body of a key (a bare line of base64) left out."""
    for _, token in list(tokens_in(text)):
        text = text.replace(token, masked(token))
    return "…" if _KEY_BODY.fullmatch(text) else text


def masked(token: str) -> str:
    """The token as it may be shown: a few characters that say which one it is."""
    return f"{token[:4]}…{token[-2:]}" if len(token) > 12 else "…"
