"""Webhooks are believed only when their signature is right."""

from __future__ import annotations

import pytest
from orchard.payments.errors import BadSignature
from orchard.payments.signatures import sign, verify

BODY = b'{"payment_id": "p1"}'


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PAYMENTS_WEBHOOK_SECRET", "for-tests-only")
    return "for-tests-only"


def test_a_good_signature_gives_the_payload(secret: str) -> None:
    assert verify(BODY, sign(BODY, secret)) == {"payment_id": "p1"}


@pytest.mark.parametrize("signature", ["", "0" * 64, sign(BODY, "another secret")])
def test_anything_else_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, signature)
