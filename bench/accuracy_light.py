"""Does a light measurement notice that a line lost half, and does it cry wolf? A part of ``python -m bench.accuracy``.

On each link one full measurement is the school's own recent figure. Then light ones in turn, on the whole line and on
one shaped to half of it both ways; each direction is one verdict (monitoring/light.py). "unclear" on a halved line
counts as missed. Bytes are those over the client's interface, both ways, with all headers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.peers.ours import MeasureServer, measure_server, value
from monitoring.light import verdict
from tests.lab.links import ShapedPair

LINKS = "5,20,100,500,20/40,100/40"
TARGETS = {"recall": 0.9, "false_alarms": 0.05, "light_bytes": 1_000_000}
ROW = "{:>10}  {:>7} {:>8} {:>8} {:>8}  {:>14} {:>14}  {:>9}"
HEAD = ROW.format("link", "trials", "recall", "false", "unclear", "whole/usual", "half/usual", "most kB")


@dataclass(slots=True)
class Seen:
    """All verdicts on one link."""

    link: str
    halved: list[str] = field(default_factory=list)  # verdicts on the halved line
    whole: list[str] = field(default_factory=list)
    ratios: dict[str, list[float]] = field(default_factory=lambda: {"halved": [], "whole": []})
    bytes: list[int] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def row(self) -> str:
        shown = [
            f"{min(some):.2f}-{max(some):.2f}" if (some := self.ratios[state]) else "-" for state in ("whole", "halved")
        ]
        unclear = (self.halved + self.whole).count("unclear")
        most = f"{max(self.bytes) / 1e3:.0f}" if self.bytes else "-"
        rates = (f"{100 * self.recall:.0f} %", f"{100 * self.false_alarms:.1f} %")
        return ROW.format(self.link, len(self.halved) + len(self.whole), *rates, unclear, *shown, most)

    @property
    def recall(self) -> float:
        return self.halved.count("halved") / len(self.halved) if self.halved else 0.0

    @property
    def false_alarms(self) -> float:
        return self.whole.count("halved") / len(self.whole) if self.whole else 1.0

    def figures(self) -> dict[str, Any]:
        return {
            "verdicts": len(self.halved) + len(self.whole),
            "recall": round(self.recall, 3),
            "false_alarms": round(self.false_alarms, 3),
            "unclear": (self.halved + self.whole).count("unclear"),
            "most_bytes": max(self.bytes, default=0),
            "median_bytes": median(self.bytes) if self.bytes else 0,
            "failed": len(self.failed),
        }


def measured(name: str, parts: Sequence[float], trials: int) -> Seen:
    """``parts`` are Mbit/s, RTT in ms, loss in per cent."""
    mbps, rtt, loss = [*parts, 0.0, 0.0][:3]
    seen = Seen(name)
    with ShapedPair(mbps, mbps, rtt, loss / 100) as pair, measure_server(pair.server) as server:
        full = server.result(pair.client)
        if full["outcome"] != "ok":
            seen.failed.append(f"full: {full['reason']}")
            return seen
        usual = {way: value(full, f"{way}_bits_per_second") for way in ("down", "up")}
        for _ in range(trials):
            for state, share in (("whole", 1.0), ("halved", 0.5)):
                pair.reshape(mbps * share, mbps * share)
                _trial(pair, server, seen, state, usual)
    return seen


def _trial(pair: ShapedPair, server: MeasureServer, seen: Seen, state: str, usual: dict[str, float]) -> None:
    before = pair.carried()
    result = server.result(pair.client, mode="light")
    seen.bytes.append(pair.carried() - before)
    if result["outcome"] != "ok":
        seen.failed.append(f"{result['reason']}: {result['detail']}")
        return
    for way in ("down", "up"):
        facts = result["facts"][f"light_{way}"]
        said = verdict(
            facts["bits_per_second"], facts["confidence_ratio"], is_bound=facts["is_bound"], recent=[usual[way]]
        )
        (seen.halved if state == "halved" else seen.whole).append(said)
        seen.ratios[state].append(facts["bits_per_second"] / usual[way])


def misses(all_seen: Sequence[Seen]) -> list[str]:
    """The targets that are not reached: over all links together, and the bytes of each."""
    halved = [said for seen in all_seen for said in seen.halved]
    whole = [said for seen in all_seen for said in seen.whole]
    recall = halved.count("halved") / len(halved) if halved else 0.0
    false = whole.count("halved") / len(whole) if whole else 1.0
    missed = [f"light {seen.link}: {len(seen.failed)} failed" for seen in all_seen if seen.failed]
    missed += [
        f"light {seen.link}: {max(seen.bytes)} bytes"
        for seen in all_seen
        if seen.bytes and max(seen.bytes) > TARGETS["light_bytes"]
    ]
    for seen in all_seen:
        if seen.recall < TARGETS["recall"]:
            missed.append(f"light {seen.link}: recall {seen.recall:.1%}")
        if seen.false_alarms > TARGETS["false_alarms"]:
            missed.append(f"light {seen.link}: false alarms {seen.false_alarms:.1%}")
    if recall < TARGETS["recall"] or false > TARGETS["false_alarms"]:
        missed.append(f"light, all links: recall {recall:.1%}, false alarms {false:.1%}")
    return missed
