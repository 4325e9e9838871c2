"""What a light measurement may say beside full ones, and what real use proves."""

from __future__ import annotations

import pytest

from monitoring.light import LIMIT, reference, verdict, worse
from monitoring.passive import proven

USUAL = [95e6, 96e6, 94e6]


@pytest.mark.parametrize(
    ("share", "said"), [(1.0, "whole"), (1.6, "whole"), (LIMIT, "whole"), (0.5, "halved"), (0.1, "halved")]
)
def test_a_line_is_whole_or_halved_by_the_schools_own_figure(share: float, said: str) -> None:
    assert verdict(share * 95e6, 0.1, is_bound=False, recent=USUAL) == said


def test_at_least_so_fast_can_prove_a_whole_line_and_never_a_halved_one() -> None:
    assert verdict(95e6, 1.0, is_bound=True, recent=USUAL) == "whole"
    assert verdict(10e6, 1.0, is_bound=True, recent=USUAL) == "unclear"


def test_a_guess_that_is_too_wide_says_nothing_bad() -> None:
    assert verdict(40e6, 0.8, is_bound=False, recent=USUAL) == "unclear"


def test_without_a_full_measurement_nothing_is_said() -> None:
    assert verdict(40e6, 0.1, is_bound=False, recent=[]) == "no-reference"
    assert reference([0.0]) is None


def test_the_reference_is_a_median_so_that_one_bad_test_does_not_move_it() -> None:
    assert reference([95e6, 96e6, 2e6]) == 95e6


def test_the_worse_direction_is_told() -> None:
    assert worse("whole", "halved") == "halved"
    assert worse("whole", "unclear") == "unclear"
    assert worse("whole", "whole") == "whole"


def window(at: float, most: float | None, name: str = "passive_down_bits_per_second") -> dict[str, object]:
    return {
        "name": name,
        "labels": {"interface": "eth0"},
        "at": at,
        "seconds": 900.0,
        "count": 180,
        "lost": 0,
        "p95": most and most / 2,
        "max": most,
    }


def test_the_busiest_window_proves_what_the_line_can_carry() -> None:
    best = proven([window(0, 5e6), window(900, 80e6), window(1800, 7e6), window(2700, None)], "down")
    assert best is not None
    assert (best.peak, best.p95, best.at, best.interface) == (80e6, 40e6, 900, "eth0")


def test_windows_of_other_things_prove_nothing() -> None:
    assert proven([window(0, 5e6, "rtt_seconds")], "down") is None
    assert proven([window(0, 5e6)], "up") is None


def test_the_routers_count_is_the_whole_schools_and_goes_before_the_cards() -> None:
    router = window(900, 60e6, "passive_wan_down_bits_per_second") | {"labels": {"by": "upnp"}}
    best = proven([window(0, 80e6), router], "down")
    assert best is not None
    assert (best.peak, best.is_whole_school, best.lasted, best.interface) == (60e6, True, 30, "")
    card = proven([window(0, 80e6)], "down")
    assert card is not None
    assert (card.is_whole_school, card.lasted) == (False, 5)
