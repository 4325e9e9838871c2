"""Which batches of a box are settled, whatever order they come in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller import stream
from controller.stream import Stream


@given(st.lists(st.integers(1, 40), max_size=80))
def test_in_any_order_each_number_is_new_once_and_next_is_the_first_that_is_missing(seqs: list[int]) -> None:
    seen: set[int] = set()
    followed = Stream()
    for seq in seqs:
        assert followed.has(seq) == (seq in seen)
        assert followed.add(seq) == (seq not in seen)
        seen.add(seq)
        assert followed.next_seq == min(set(range(1, 42)) - seen)
        covered = {number for first, past in followed.ahead for number in range(first, past)}
        assert covered == {number for number in seen if number > followed.next_seq}
        assert followed.ahead == sorted(followed.ahead)
        assert all(left[1] < right[0] for left, right in zip(followed.ahead, followed.ahead[1:], strict=False))


def test_gaps_without_end_are_bounded_and_filling_the_first_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_RANGES", 3)
    followed = Stream()
    assert [followed.add(seq) for seq in (3, 5, 7, 9)] == [True, True, True, False]
    assert followed.add(8)
    assert followed.add(1)
    assert followed.add(2)
    assert followed.next_seq == 4
