"""Where a box's stream of numbered batches stands: which numbers are settled (committed, or reported thinned).

Everything below ``next_seq`` is settled; ``ahead`` holds the ranges settled above the first gap, as ``[first, past the
last]``, rising and apart. A stream without a gap is a single number.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

MAX_RANGES = 10_000  # a box that was offline for weeks thins its samples and leaves as many gaps


@dataclass(slots=True)
class Stream:
    next_seq: int = 1
    ahead: list[list[int]] = field(default_factory=list)

    def has(self, seq: int) -> bool:
        if seq < self.next_seq:
            return True
        place = bisect_right(self.ahead, [seq, 2**63]) - 1
        return place >= 0 and seq < self.ahead[place][1]

    def add(self, seq: int) -> bool:
        """Settle ``seq``. False when it was settled already, or opens one range more than we keep: not taken."""
        if self.has(seq):
            return False
        if seq == self.next_seq:
            self.next_seq += 1
            self._close_gap()
            return True
        place = bisect_right(self.ahead, [seq, 2**63])
        joins_left = place > 0 and self.ahead[place - 1][1] == seq
        joins_right = place < len(self.ahead) and self.ahead[place][0] == seq + 1
        if joins_left and joins_right:
            self.ahead[place - 1][1] = self.ahead.pop(place)[1]
        elif joins_left:
            self.ahead[place - 1][1] = seq + 1
        elif joins_right:
            self.ahead[place][0] = seq
        elif len(self.ahead) >= MAX_RANGES:
            return False
        else:
            self.ahead.insert(place, [seq, seq + 1])
        return True

    def _close_gap(self) -> None:
        while self.ahead and self.ahead[0][0] <= self.next_seq:
            self.next_seq = max(self.next_seq, self.ahead.pop(0)[1])
