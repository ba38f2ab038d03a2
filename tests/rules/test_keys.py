"""What a line says about environment variables, flags and configuration keys, and which paths are tests or documentation."""

from __future__ import annotations

import pytest

from rao_review.policy.rules.key_renames import distinctive
from rao_review.policy.rules.keys import Mention, mentions, words_of
from rao_review.policy.rules.paths import is_docs, is_example, is_fixture, is_product, is_test

ENV = "environment variable"
FLAG = "command-line flag"
KEY = "configuration key"


@pytest.mark.parametrize(
    ("path", "line", "kind", "name", "role", "sure"),
    [
        ("a.py", 'url = os.environ["SHOP_URL"]', ENV, "SHOP_URL", "taken", True),
        ("a.py", 'url = os.environ.get("SHOP_URL", "x")', ENV, "SHOP_URL", "taken", False),
        ("a.py", 'url = os.getenv("SHOP_URL") or "x"', ENV, "SHOP_URL", "taken", False),
        ("a.py", 'os.environ["SHOP_URL"] = "x"', ENV, "SHOP_URL", "given", True),
        ("a.ts", "const u = process.env.SHOP_URL;", ENV, "SHOP_URL", "taken", True),
        ("a.ts", "const u = process.env.SHOP_URL ?? 'x';", ENV, "SHOP_URL", "taken", False),
        ("a.go", 'u := os.Getenv("SHOP_URL")', ENV, "SHOP_URL", "taken", True),
        ("a.go", 'os.Setenv("SHOP_URL", "x")', ENV, "SHOP_URL", "given", True),
        ("A.java", 'String u = System.getenv("SHOP_URL");', ENV, "SHOP_URL", "taken", True),
        ("a.rs", 'let u = std::env::var("SHOP_URL");', ENV, "SHOP_URL", "taken", True),
        ("a.rb", 'u = ENV.fetch("SHOP_URL")', ENV, "SHOP_URL", "taken", True),
        ("run.sh", 'curl "${SHOP_URL}"', ENV, "SHOP_URL", "taken", True),
        ("run.sh", 'curl "${SHOP_URL:-http://x}"', ENV, "SHOP_URL", "taken", False),
        ("run.sh", "export SHOP_URL=x", ENV, "SHOP_URL", "given", True),
        ("Dockerfile", "ENV SHOP_URL=x", ENV, "SHOP_URL", "given", True),
        ("Makefile", "SHOP_URL ?= x", ENV, "SHOP_URL", "given", True),
        (".env", "SHOP_URL=x", ENV, "SHOP_URL", "given", True),
        ("k8s/app.yaml", "        - name: SHOP_URL", ENV, "SHOP_URL", "given", True),
        ("compose.yml", "      - SHOP_URL=x", ENV, "SHOP_URL", "given", True),
        ("ci.yml", "  run: echo ${{ env.SHOP_URL }}", ENV, "SHOP_URL", "taken", True),
        ("a.py", 'parser.add_argument("-o", "--out-dir")', FLAG, "out-dir", "given", True),
        ("a.js", "program.option('-o, --out-dir <dir>')", FLAG, "out-dir", "given", True),
        ("a.go", 'flag.StringVar(&dir, "out-dir", "", "where")', FLAG, "out-dir", "given", True),
        ("a.rs", '#[arg(long = "out-dir")]', FLAG, "out-dir", "given", True),
        ("run.sh", "tool --out-dir=x", FLAG, "out-dir", "taken", True),
        ("a.py", 'subprocess.run(["tool", "--out-dir", x])', FLAG, "out-dir", "taken", True),
        ("conf/app.yaml", "  retry_limit: 3", KEY, "retry_limit", "given", True),
        ("app.toml", "retry_limit = 3", KEY, "retry_limit", "given", True),
        ("a.py", 'n = config["mail"]["retry_limit"]', KEY, "retry_limit", "taken", True),
        ("a.py", 'n = settings.get("retry_limit", 3)', KEY, "retry_limit", "taken", False),
        ("a.go", 'n := viper.GetInt("mail.retry_limit")', KEY, "mail.retry_limit", "taken", True),
    ],
)  # fmt: skip
def test_mentions(path: str, line: str, kind: str, name: str, role: str, sure: bool) -> None:
    assert Mention(kind, name, role, sure) in list(mentions(path, line))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", '# url = os.environ["SHOP_URL"]'),
        ("README.md", "Set `SHOP_URL` with --out-dir."),
        (".github/workflows/ci.yml", "    runs_on_host: x"),
        ("run.sh", "# export SHOP_URL=x"),
    ],
)
def test_no_mentions(path: str, line: str) -> None:
    assert not list(mentions(path, line))


def test_names_that_say_too_little_are_not_distinctive() -> None:
    assert not any(
        distinctive(ENV, name) for name in ("PATH", "GITHUB_TOKEN", "CI", "PORT", "NODE_ENV", "XDG_CACHE_HOME")
    )
    assert all(distinctive(ENV, name) for name in ("SHOP_URL", "CITY_NAME", "GITLAB_MIRROR"))
    assert not any(distinctive(KEY, name) for name in ("verbose", "output", "name", "timeout"))
    assert words_of("retryLimit") == words_of("RETRY_LIMIT") == words_of("retry-limit") == ("retry", "limit")


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("tests/test_app.py", "test"),
        ("src/app_test.go", "test"),
        ("src/cart.spec.ts", "test"),
        ("src/__tests__/cart.js", "test"),
        ("src/test/java/shop/CartTest.java", "test"),
        ("spec/cart_spec.rb", "test"),
        ("pkg/testdata/in.json", "test fixture"),
        ("tests/fixtures/a.py", "test fixture"),
        ("conftest.py", "test"),
        ("src/UnitTests/Mapping.cs", "test"),
        ("test/Shop.Specs/Till.cs", "test"),
        ("Tests/Till.swift", "test"),
        ("t/server_key.pem", "test"),
        ("docs/usage.py", "docs"),
        ("README.md", "docs"),
        ("examples/shop.py", "example"),
        (".env.example", "example"),
        ("src/app.py", ""),
        ("src/contest.py", ""),
        ("src/latest.ts", ""),
        ("lib/Latest/Contest/till.ts", ""),
        ("lib/Test/Runner.php", ""),
        ("src/protester.go", ""),
        ("lib/attestation/spec.py", ""),
        ("src/Latest/Price.cs", ""),
        ("app/src/integrationTest/Price.kt", "test"),
    ],
)
def test_paths(path: str, kinds: str) -> None:
    found = {"test": is_test, "fixture": is_fixture, "docs": is_docs, "example": is_example}
    assert {kind for kind, holds in found.items() if holds(path)} == set(kinds.split())
    assert is_product(path) == (not kinds)
