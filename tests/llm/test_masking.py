"""What must not leave does not leave, what must stay stays, and a quote finds its way back."""

from __future__ import annotations

import pytest

from rao_review.policy.llm.masking import Masker

# Made up, with a valid checksum where the kind has one; none of them was ever issued.
SECRETS = [
    ('+AWS = "AKIAIOSFODNN7QWERTYA"', "AKIAIOSFODNN7QWERTYA"),
    ('+db_password = "k8Jq2mXz9LwPf4Rt"', "k8Jq2mXz9LwPf4Rt"),
    ("+  apiKey: 'a8f5f167f44f4964e6c998dee827110c',", "a8f5f167f44f4964e6c998dee827110c"),
    ("+MY_AUTH_TOKEN=9f86d081884c7d659a2feaa0c55ad015", "9f86d081884c7d659a2feaa0c55ad015"),
]


@pytest.mark.parametrize(("line", "secret"), SECRETS)
def test_secrets_are_masked_and_come_back(line: str, secret: str) -> None:
    masker = Masker("seed")
    masked = masker.mask(line)
    assert secret not in masked
    assert "<masked:" in masked
    assert masker.unmask(masked) == line
    assert masker.mask(line) == masked == Masker("seed").mask(line)


def test_private_keys_and_env_files() -> None:
    key = "\n".join(
        [
            "+-----BEGIN RSA PRIVATE KEY-----",
            "+MIIEpAIBAAKCAQEA7bq0Zk3vYx2",
            "+-----END RSA PRIVATE KEY-----",
            "+after = 1",
        ]
    )
    masked = Masker("seed").mask(key)
    assert "MIIEpAIBAAKCAQEA7bq0Zk3vYx2" not in masked
    assert masked.endswith("+after = 1")
    env = Masker("seed").mask("hunk h1 deploy/.env @@ -0,0 +1 @@\n+SMTP_HOST=mail.internal\n+# a comment")
    assert "mail.internal" not in env
    assert "# a comment" in env
    for line in ("deploy/.env:3: SMTP_HOST=mail.internal", "perhaps used at .env.prod:3: SMTP_HOST=mail.internal"):
        assert "mail.internal" not in Masker("seed").mask(line)
        assert "SMTP_HOST=" in Masker("seed").mask(line)
    assert Masker("seed").mask("src/a.py:3: HOST=mail.internal") == "src/a.py:3: HOST=mail.internal"
    assert "mail.internal" not in Masker("seed").mask("3\tSMTP_HOST=mail.internal", ".env")


@pytest.mark.parametrize(
    "line",
    [
        "+token = get_token(request)",
        '+password = os.environ["PASSWORD"]',
        "+secret_name: kubernetes-secret-name",
        "+def check_password(raw_password, encoded):",
        '+api_key = "${API_KEY}"',
        "+token_count = 123456789012345",
    ],
)
def test_code_about_secrets_is_left_alone(line: str) -> None:
    assert Masker("seed").mask(line) == line


def test_placeholders_differ_and_no_mask_lets_through() -> None:
    masker = Masker("seed")
    one, two = masker.mask(SECRETS[1][0]), masker.mask(SECRETS[1][0].replace("k8J", "k9J"))
    assert one != two
    assert Masker("seed", active=False).mask(SECRETS[0][0]) == SECRETS[0][0]
    assert Masker("other").mask(SECRETS[1][0]) != one


def test_bytes_that_are_no_text_travel_and_come_back() -> None:
    line = b"+name = 'Bj\xf6rn'".decode("utf-8", "surrogateescape")
    for masker in (Masker("seed"), Masker("seed", active=False)):
        masker.mask(line).encode("utf-8")
        assert masker.unmask(masker.mask(line)) == line
