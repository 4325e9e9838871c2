"""From counted bytes to rates of real use, for the windows. Pure.

The bytes of our own tests are no real use: a moment in which one ran gives no rate.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.wire import Result, Sample

LONGEST = 60.0  # seconds between two counts; a mean over more hides every peak
RATES = {
    "interface_received_bytes": "passive_down_bits_per_second",
    "interface_sent_bytes": "passive_up_bits_per_second",
    "wan_received_bytes": "passive_wan_down_bits_per_second",
    "wan_sent_bytes": "passive_wan_up_bits_per_second",
}
WRAPPING = ("wan_received_bytes", "wan_sent_bytes")  # UPnP's are of 32 bits in most routers
WRAP = 2**32


def grown(before: int, after: int) -> int | None:
    """Bytes between two looks at a router's counter; None when it began anew. Of 32 bits it starts over each 4 GiB:
    believed only from the upper half of them to the lower, and not over more than half."""
    if after >= before:
        return after - before
    passed = after - before + WRAP
    return passed if WRAP // 2 <= before < WRAP and passed < WRAP // 2 else None


@dataclass(slots=True)
class Traffic:
    _last: dict[str, tuple[dict[str, str], float, float]] = field(default_factory=dict)  # name: labels, seconds, bytes
    _is_disturbed: bool = False

    def disturb(self) -> None:
        """A test of ours begins, runs or has just ended."""
        self._is_disturbed = True

    def take(self, result: Result) -> list[Sample]:
        """The rates since the last result: none for the first, after a pause, for another card, or a reset counter."""
        last, self._last = self._last, {}
        samples = []
        for sample in result.samples:
            if sample.name not in RATES:
                continue
            now = (sample.labels, result.started.mono, sample.value)
            self._last[sample.name] = now
            before = last.get(sample.name)
            if self._is_disturbed or before is None or before[0] != now[0]:
                continue
            seconds, count = now[1] - before[1], _count(sample.name, before[2], now[2])
            if 0 < seconds <= LONGEST and count is not None:
                rate = round(count * 8 / seconds)
                samples.append(Sample(name=RATES[sample.name], value=float(rate), labels=now[0]))
        self._is_disturbed = False
        return samples


def _count(name: str, before: float, after: float) -> float | None:
    if name in WRAPPING:
        return grown(int(before), int(after))
    return after - before if after >= before else None
