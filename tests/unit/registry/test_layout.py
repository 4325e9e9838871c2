"""Where schools without coordinates are drawn."""

from __future__ import annotations

import math

from inventory.communes import of_province
from inventory.layout import DONG_THAP, Spot, place

COMMUNES = [Spot(code=one.code) for one in of_province("82")]


def schools(of_each: int) -> list[Spot]:
    return [
        Spot(code=f"{commune.code}-{number}", commune=commune.code) for commune in COMMUNES for number in range(of_each)
    ]


def test_every_school_has_a_place_of_its_own_inside_the_province() -> None:
    found = place(schools(11), COMMUNES)
    assert len({(one.lat, one.lon) for one in found.values()}) == 102 * 11
    for one in found.values():
        assert not one.is_real
        assert DONG_THAP.south - 0.05 < one.lat < DONG_THAP.north + 0.05
        assert DONG_THAP.west - 0.05 < one.lon < DONG_THAP.east + 0.05


def test_the_same_schools_lie_the_same_way_whatever_their_order() -> None:
    some = schools(3)
    assert place(some, COMMUNES) == place(list(reversed(some)), list(reversed(COMMUNES)))


def test_schools_of_one_commune_lie_together() -> None:
    found = place(schools(11), COMMUNES)
    middles = {
        commune.code: [
            sum(getattr(found[f"{commune.code}-{number}"], axis) for number in range(11)) / 11
            for axis in ("lat", "lon")
        ]
        for commune in COMMUNES
    }
    for code, position in found.items():
        nearest = min(middles, key=lambda middle: math.dist(middles[middle], (position.lat, position.lon)))
        assert nearest == code.partition("-")[0]


def test_known_coordinates_are_kept_and_called_real() -> None:
    known = Spot(code="a", lat=10.5, lon=105.6, commune=COMMUNES[0].code)
    found = place([known], COMMUNES)
    assert (found["a"].lat, found["a"].lon, found["a"].is_real) == (10.5, 105.6, True)


def test_schools_gather_around_a_commune_whose_middle_is_known() -> None:
    here = Spot(code="30061", lat=10.58, lon=105.93)
    found = place([Spot(code="a", commune="30061")], [here])
    assert math.dist((found["a"].lat, found["a"].lon), (10.58, 105.93)) < 1


def test_a_school_of_an_unknown_commune_is_drawn_too() -> None:
    assert not place([Spot(code="a", commune="99999")], COMMUNES)["a"].is_real
    assert place([], []) == {}
