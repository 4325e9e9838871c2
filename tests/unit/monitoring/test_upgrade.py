"""The next contract that would do, and its price by the province's own contracts, with how many it rests on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitoring.upgrade import STEPS, Book, Upgrade, book, class_of, upgrade

PRICES = book(
    [("VNPT", 100e6, 300_000), ("VNPT", 100e6, 320_000), ("VNPT", 90e6, 270_000), ("FPT", 100e6, 200_000)]
    + [("FPT", 200e6, 400_000)] * 2
)


def test_a_price_is_the_providers_own_or_the_provinces_and_says_which() -> None:
    own = upgrade(60e6, 30e6, None, "VNPT", 230_000, PRICES)
    assert own is not None
    assert own.step_bps == 100e6, "nobody here buys 80: the next that is bought"
    assert upgrade(300e6, 30e6, None, "VNPT", 230_000, PRICES) == Upgrade(step_bps=300e6), "no price is made up"
    own = upgrade(90e6, 30e6, None, "VNPT", 230_000, PRICES)
    assert own == Upgrade(step_bps=100e6, price_vnd=300_000, more_vnd=70_000, n=3, basis="provider")
    other = upgrade(90e6, 30e6, None, "FPT", 230_000, PRICES)
    assert other is not None
    assert (other.n, other.basis, other.price_vnd) == (4, "province", 300_000)


def test_two_contracts_are_too_few_for_a_price() -> None:
    assert upgrade(150e6, 100e6, None, "FPT", 200_000, PRICES) == Upgrade(step_bps=150e6)
    assert PRICES.price("FPT", 200e6) is None


def test_a_line_that_gives_less_than_promised_needs_a_larger_step() -> None:
    assert upgrade(90e6, 30e6, 0.85, "", None, Book()) == Upgrade(step_bps=150e6)
    assert upgrade(90e6, 30e6, 1.4, "", None, Book()) == Upgrade(step_bps=100e6)


def test_no_upgrade_where_the_contract_does_already_or_nothing_would() -> None:
    assert upgrade(90e6, 100e6, None, "", None, Book()) is None
    assert upgrade(90e9, 100e6, None, "", None, Book()) is None


def test_what_today_costs_is_not_known_so_neither_is_the_difference() -> None:
    made = upgrade(90e6, 30e6, None, "VNPT", None, PRICES)
    assert made is not None
    assert (made.price_vnd, made.more_vnd) == (300_000, None)
    cheaper = upgrade(90e6, 30e6, None, "VNPT", 900_000, PRICES)
    assert cheaper is not None
    assert cheaper.more_vnd == 0, "a dear contract of today does not pay for another school's"


def test_impossible_contracts_price_nothing() -> None:
    assert book([("A", None, 1), ("A", 0.0, 1), ("A", 1e6, None), ("A", 1e6, -5), ("A", 1e15, 5)] * 3) == Book()


@given(st.floats(1e5, 9e9), st.one_of(st.none(), st.floats(1e5, 1e10)), st.one_of(st.none(), st.floats(0.05, 1.5)))
def test_an_upgrade_always_meets_the_need_and_is_larger_than_what_is_there(
    needs: float, contract: float | None, delivered: float | None
) -> None:
    made = upgrade(needs, contract, delivered, "", None, Book())
    if made is not None:
        assert made.step_bps in STEPS
        assert made.step_bps > (contract or 0)
        assert made.step_bps * min(1.0, delivered or 1.0) >= needs


@given(st.floats(1e5, 1e10))
def test_a_contract_falls_into_the_smallest_class_that_holds_it(bps: float) -> None:
    step = class_of(bps)
    assert step is not None
    assert step >= bps
    assert not [other for other in STEPS if bps <= other < step]
