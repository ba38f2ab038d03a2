"""The fakes themselves are worth a test: a fake that lies makes every other test lie."""

from __future__ import annotations

from fakes import FakeLedger
from orchard.money import Money


def test_fake_ledger_remembers_in_order() -> None:
    ledger = FakeLedger()
    ledger.post("till", Money(100))
    ledger.post("bank", Money(250))
    assert ledger.posted == [("till", 100), ("bank", 250)]
