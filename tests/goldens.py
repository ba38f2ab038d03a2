"""All golden cases in one real repository: two commits a case, made in one go."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Repository

from rao_review.diff.source import Source, load
from rao_review.graph.graph import Graph
from rao_review.graph.store import Store

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rules"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Case:
    """`fixtures/rules/RULE/NAME/{base,head}/…` and what the rule must say of the change between the two."""

    rule: str
    name: str

    @property
    def folder(self) -> Path:
        return FIXTURES / self.rule / self.name

    def expected(self) -> list[str]:
        lines = (self.folder / "expected.txt").read_text().splitlines()
        return sorted(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def cases() -> list[Case]:
    return sorted(
        (Case(e.parent.parent.name, e.parent.name) for e in FIXTURES.glob("*/*/expected.txt")),
        key=lambda c: (c.rule, c.name),
    )


def _digits(seed: str, count: int, alphabet: str) -> str:
    """Characters that look random and are always the same."""
    stream = hashlib.shake_256(seed.encode()).digest(count)
    return "".join(alphabet[byte % len(alphabet)] for byte in stream)


def _checked(prefix: str) -> str:
    """A token with the check digits that GitHub and npm put at the end."""
    body = _digits(prefix, 30, _BASE62)
    number, check = zlib.crc32(body.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        check = _BASE62[rest] + check
    return f"{prefix}_{body}{check.rjust(6, '0')}"


def _web_token(claims: dict[str, str]) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=")
        for p in ({"alg": "HS256", "typ": "JWT"}, claims)
    ]
    return ".".join([*parts, _digits("signature", 43, _BASE62)])


def _private_key() -> str:
    body = base64.b64encode(b"\x30\x82\x04\xa4" + hashlib.shake_256(b"key").digest(600)).decode()
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN " + "RSA PRIVATE KEY-----", *lines, "-----END " + "RSA PRIVATE KEY-----"])


# No file of ours may hold something that looks like a working credential: the cases name them, and they are made here.
SECRETS = {
    "%%github-token%%": _checked("ghp"),
    "%%github-token-broken%%": _checked("ghp")[:-1] + ("0" if _checked("ghp")[-1] != "0" else "1"),
    "%%aws-key-id%%": "AKIA" + _digits("aws", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "%%stripe-live-key%%": "sk_" + "live_" + _digits("stripe", 24, _BASE62),
    "%%google-api-key%%": "AIza" + _digits("google", 35, _BASE62),
    "%%web-token%%": _web_token({"sub": "user-81", "iss": "https://login.shop.internal"}),
    "%%tutorial-web-token%%": _web_token({"sub": "1234567890", "name": "John Doe"}),
    "%%private-key%%": _private_key(),
}


def _content(path: Path) -> bytes:
    data = path.read_bytes()
    if b"%%" in data:
        for name, secret in SECRETS.items():
            data = data.replace(name.encode(), secret.encode())
    return data


def _stream(all_cases: list[Case]) -> bytes:
    """Input of `git fast-import`: for each case a commit of its base tree and a child with its head tree."""
    out: list[bytes] = []
    for number, case in enumerate(all_cases):
        for side in ("base", "head"):
            out.append(
                f"commit refs/heads/{side}-{number}\ncommitter A <a@example.org> 1767225600 +0000\ndata 1\n.\n".encode()
            )
            if side == "head":
                out.append(f"from refs/heads/base-{number}\ndeleteall\n".encode())
            root = case.folder / side
            for path in sorted(p for p in root.rglob("*") if p.is_file() and p.name != ".gitkeep"):
                data = _content(path)
                out.append(
                    f"M 100644 inline {path.relative_to(root).as_posix()}\ndata {len(data)}\n".encode() + data + b"\n"
                )
    return b"".join(out)


@dataclass(frozen=True)
class Goldens:
    """The repository of all cases, the number of each in it, and a store for their facts."""

    repository: Repository
    numbers: dict[Case, int]
    store: Store


@pytest.fixture(scope="session")
def goldens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Goldens]:
    numbers = {case: i for i, case in enumerate(cases())}
    repository = Repository(tmp_path_factory.mktemp("goldens"))
    repository.git("fast-import", "--quiet", stdin=_stream(list(numbers)))
    with Store(None, workers=1) as store:
        yield Goldens(repository, numbers, store)


@pytest.fixture
def golden_graph(goldens: Goldens) -> Iterator[Callable[[Case], Graph]]:
    """`golden_graph(case)`: the graph of the change of a case, readable until the test ends."""
    with ExitStack() as opened:

        def make(case: Case) -> Graph:
            number = goldens.numbers[case]
            source = Source(f"base-{number}..head-{number}", repo=goldens.repository.path)
            loaded = opened.enter_context(load(source))
            graph = Graph(loaded.change, loaded.base, loaded.head, goldens.store)
            graph.prepare()
            return graph

        yield make
