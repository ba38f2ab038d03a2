"""Amounts of money."""

from __future__ import annotations

from decimal import Decimal

from orchard.money import Money, format_money, to_cents


def test_half_a_cent_goes_up() -> None:
    assert to_cents(Decimal("0.125")) == 13


def test_format_has_the_symbol_by_default() -> None:
    assert format_money(Money(1234)) == "12.34 €"


def test_format_without_symbol() -> None:
    assert format_money(Money(1200), 0, False) == "12"
