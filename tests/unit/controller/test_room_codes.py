"""A room that goes to another school keeps its code where it can."""

from __future__ import annotations

import pytest

from controller.assets.transfer_rooms import MAX_CODE, free_code


@pytest.mark.parametrize(
    ("taken", "found"),
    [
        (set(), "A101"),
        ({"A101"}, "A101-82001"),
        ({"A101", "A101-82001"}, "A101-82001-2"),
        ({"A101", "A101-82001", "A101-82001-2"}, "A101-82001-3"),
    ],
)
def test_a_code_that_is_taken_gets_the_schools_behind_it(taken: set[str], found: str) -> None:
    assert free_code("A101", "82001", taken) == found


def test_a_long_code_stays_as_long_as_codes_may_be() -> None:
    taken = {"A" * 40}
    for _ in range(12):
        code = free_code("A" * 40, "B" * 40, taken)
        assert len(code) <= MAX_CODE
        assert code not in taken
        taken.add(code)
