"""A working credential in the source."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence

from rao_review.graph.graph import Graph
from rao_review.policy.rules.hunk_evidence import Spot, at_spot, removed_texts
from rao_review.policy.rules.paths import is_docs, is_example, is_fixture, is_test
from rao_review.policy.secrets import SHAPES, masked, tokens_in
from rao_review.types import Finding, Hunk, Severity

_HINT = re.compile(
    "|".join(re.escape(shape.hint) for shape in SHAPES if len(shape.hint) > 1) + "|AKIA|ASIA|PRIVATE KEY-----"
)
_KEY_BEGIN = re.compile(r"-----BEGIN ((?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY)-----")
_KEY_LINE = re.compile(r"[A-Za-z0-9+/]{40,76}={0,2}")
_KEY_STARTS = (b"\x30\x82", b"\x30\x81", b"\x30", b"openssh-key-v1")
_LEAST_KEY_BYTES = 100
_LONGEST_LINE = 5_000


class Secret:
    id = "secret"
    severity = Severity.CRITICAL
    category = "security"
    summary = "A working credential was added."
    explanation = """\
A line adds a token or a private key in the form that its issuer gives out: a GitHub or npm token with a valid checksum, an AWS key
id, a Slack, Stripe, Google, PyPI, GitLab or OpenAI key, a PEM key with a real body, a signed JSON Web Token. Whoever can read the
repository, now or in its history, can use it.

    STRIPE_KEY = "sk" "_live_51H…"          # before: in the source
    STRIPE_KEY = os.environ["STRIPE_KEY"]   # after: from the environment

Revoke the credential first; deleting the line does not remove it from the history. Placeholders (repeated or sequential characters,
words such as `example`) are left alone; in tests, examples and documentation the severity is lower.

To silence it: put `rao-review: ignore[secret]` in a comment on the line.
"""

    def check(self, graph: Graph, hunks: Sequence[Hunk]) -> Iterable[Finding]:
        for hunk in hunks:
            if not _HINT.search("\n".join(hunk.lines)):
                continue
            for line, text in hunk.added_lines():
                if not _HINT.search(text) or len(text) > _LONGEST_LINE or text.strip() in removed_texts(graph):
                    continue
                spot = Spot(hunk, line, text.rstrip("\r"))
                yield from self._tokens(graph, spot)
                yield from self._key(graph, spot)

    def _tokens(self, graph: Graph, spot: Spot) -> Iterator[Finding]:
        for shape, token in tokens_in(spot.text):
            if any(token in text for _, text in spot.hunk.removed_lines()):
                continue  # it was there before, on another line
            yield at_spot(
                graph,
                self,
                spot,
                f"{shape.name} `{masked(token)}` in the source",
                f"This line adds a token of valid form ({shape.name}). Everybody who can read the repository or its history can use it. "
                "Revoke it, then read it from the environment or a secret store.",
                severity=_severity(spot.path, firm=shape.firm),
                pattern=shape.pattern.pattern,
            )

    def _key(self, graph: Graph, spot: Spot) -> Iterator[Finding]:
        begin = _KEY_BEGIN.search(spot.text)
        if begin is None or not real_key(graph.lines(spot.path, "head")[spot.line - 1 : spot.line + 80]):
            return
        yield at_spot(
            graph,
            self,
            spot,
            f"Private key ({begin[1].title()}) in the source",
            "A complete private key starts here. Everybody who can read the repository or its history can use it. "
            "Replace the key pair and keep the new private key out of the repository.",
            severity=_severity(spot.path, firm=True),
            pattern=re.escape(begin[0]).replace(r"\ ", " "),
        )


def real_key(lines: Sequence[str]) -> bool:
    """Whether a PEM header on the first line is followed by a body that decodes to a key and a matching end."""
    text = "\n".join(lines).replace("\\n", "\n")
    _, begin, rest = text.partition("PRIVATE KEY-----")
    body, end, _ = rest.partition("-----END")
    if not begin or not end:
        return False
    data = "".join(_KEY_LINE.findall(body)) + (_last_line(body))
    try:
        key = base64.b64decode(data + "=" * (-len(data) % 4))
    except (ValueError, binascii.Error):
        return False
    return len(key) >= _LEAST_KEY_BYTES and key.startswith(_KEY_STARTS) and len(set(key)) > len(key) // 4


def _last_line(body: str) -> str:
    """The short last line of a PEM body, which is too short to tell from words by its form alone."""
    words = re.findall(r"[A-Za-z0-9+/]+={0,2}", body)
    return words[-1] if words and len(words[-1]) < 40 else ""


def _severity(path: str, *, firm: bool) -> Severity:
    if is_test(path) or is_fixture(path):
        return Severity.INFO
    if is_docs(path) or is_example(path):
        return Severity.LOW
    return Severity.CRITICAL if firm else Severity.MEDIUM
