"""The communes of the province after the merger of 2025."""

from __future__ import annotations

import pytest

from inventory.communes import CommuneError, CommuneRecord, Communes, of_province
from inventory.fold import fold

DONG_THAP = of_province("82")


def test_dong_thap_has_a_hundred_and_two() -> None:
    assert len(DONG_THAP) == 102
    assert len({one.code for one in DONG_THAP}) == 102
    assert {one.kind for one in DONG_THAP} == {"xã", "phường"}
    assert all(len(one.code) == 5 for one in DONG_THAP)
    assert of_province("999") == ()
    assert of_province("x") == ()


def test_each_is_found_by_its_code_its_name_and_its_name_without_its_kind() -> None:
    communes = Communes(DONG_THAP)
    for one in DONG_THAP:
        assert communes.find(one.code) == one
        assert communes.find(one.name) == one
        assert communes.find(one.name.upper()) == one
        assert communes.find(one.name.partition(" ")[2]) == one


def test_without_accents_each_is_found_or_the_choices_are_listed() -> None:
    communes = Communes(DONG_THAP)
    for one in DONG_THAP:
        assert one in found_or_choices(communes, fold(one.name))


def found_or_choices(communes: Communes, text: str) -> tuple[CommuneRecord, ...]:
    try:
        return (communes.find(text),)
    except CommuneError as error:
        return error.choices


@pytest.mark.parametrize("text", ["", "  ", "99999", "Xã Không Có", "xã", "123456789012"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(CommuneError):
        Communes(DONG_THAP).find(text)
