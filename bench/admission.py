"""Fifty schools on one backhaul of 100 Mbit/s for a school day: who measures when, by us and as Giga Meter does it.

Ours goes through the controller's own code, sealed exchanges into a real SQLite database, with a clock that is driven:
each box starts in the morning, exchanges each 15 minutes, obeys its leave and reports; at ten a power cut takes all of
them for half an hour. Beside it, on the same hours and with the same cut, the schedule of Giga Meter (read in its
code): one test at a random moment within 15 minutes of a start, and one at random in each of 8-12, 12-16 and 16-20 h.
A test that shares the backhaul with another one that loads the line does not count; one in twenty of all fails to be
valid for other reasons, the same on both sides.

``python -m bench.admission [--schools 50] [--seed 1]``
"""

from __future__ import annotations

import argparse
import datetime as dt
import heapq
import json
import random
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from bench.fleet import Box, register
from controller import exchange
from controller.config import load
from controller.main import create_services
from controller.services import Services
from controller.tables import MeasureSpent
from monitoring.calendar import DAYS, phase

TARGETS = {"overlapping_heavy": 0, "least_valid": 3}
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = dt.date(2026, 11, 24)  # a Tuesday
BACKHAUL = 100e6  # bit/s
NEIGHBOUR = 0.05  # of all tests are spoiled by somebody's download
GIGA_SECONDS = 20.0  # ten each way (ndt7)
GIGA_SLOTS = (("08:00", "12:00"), ("12:00", "16:00"), ("16:00", "20:00"))
CUT = ("10:00", "10:30")
MORNING = [["07:00", "07:45"], ["07:50", "08:35"], ["08:50", "09:35"], ["09:40", "10:25"], ["10:30", "11:15"]]
AFTERNOON = [["13:00", "13:45"], ["13:50", "14:35"], ["14:50", "15:35"], ["15:40", "16:25"], ["16:30", "17:00"]]
CALENDAR: dict[str, Any] = {
    "hours": {day: ["06:30", "17:30"] for day in DAYS[:6]},
    "shifts": [{"periods": MORNING}, {"periods": AFTERNOON}],
}


def clock(text: str) -> float:
    return dt.datetime.combine(DAY, dt.time.fromisoformat(text), ZONE).timestamp()


@dataclass(frozen=True, slots=True)
class Test:
    school: int
    start: float
    end: float
    mode: str
    is_spoiled: bool  # by the school's own traffic

    @property
    def is_heavy(self) -> bool:
        return self.mode != "light"


@dataclass(slots=True)
class Day:
    """When each box is on: the same for both schedules."""

    on: list[list[tuple[float, float]]] = field(default_factory=list)

    def holds(self, school: int, at: float) -> bool:
        return any(start <= at < end for start, end in self.on[school])


def day(schools: int, chance: random.Random) -> Day:
    """Started between 06:20 and 06:50, cut at ten, on again within a minute of half past, off by 17:30 to 17:45."""
    found = Day()
    for _ in range(schools):
        start, stop = clock("06:20") + chance.uniform(0, 1800), clock("17:30") + chance.uniform(0, 900)
        found.on.append([(start, clock(CUT[0])), (clock(CUT[1]) + chance.uniform(0, 60), stop)])
    return found


class Ours:
    """The boxes and the controller, one event after the other."""

    def __init__(self, services: Services, boxes: Sequence[Box], hours: Day, chance: random.Random) -> None:
        self.services, self.boxes, self.hours, self.chance = services, boxes, hours, chance
        self.now = clock("06:00")
        self.tests: list[Test] = []
        self.refusals = 0
        self._events: list[tuple[float, int, str, int, Any]] = []
        self._number = 0
        self._exchange_at = [0.0] * len(boxes)  # the newest plan: older events are void

    def later(self, at: float, kind: str, school: int, what: Any = None) -> None:
        self._number += 1
        heapq.heappush(self._events, (at, self._number, kind, school, what))

    def run(self) -> None:
        for school, spans in enumerate(self.hours.on):
            for start, _ in spans:
                self.later(start + 20, "boot", school, start)
        while self._events:
            self.now, _, kind, school, what = heapq.heappop(self._events)
            if not self.hours.holds(school, self.now):
                continue  # the box is off: what it was about to do is lost
            if kind == "boot":
                self.boxes[school].start(what)
                self.exchange(school)
            elif kind == "exchange" and what == self._exchange_at[school]:
                self.boxes[school].put(self.now, self.boxes[school].windows(self.now))
                self.exchange(school)
            elif kind == "test":
                self.test(school, what)
            elif kind == "result":
                self.boxes[school].put(self.now, what)
                self.exchange(school)

    def exchange(self, school: int) -> None:
        box = self.boxes[school]
        parcel = exchange.read(box.exchange(self.now), box.id, box.public, self.now)
        outcome = self.services.ingest.commit([parcel])[0]
        assert outcome is not None, "the database refused"
        assert outcome.reply is not None, outcome.refusal
        box.keep(asdict(outcome.reply))
        wait = outcome.reply.exchange_after * self.chance.uniform(0.95, 1.05)
        self._exchange_at[school] = self.now + wait
        self.later(self.now + wait, "exchange", school, self.now + wait)
        leave = outcome.reply.measure
        if leave is not None:
            self.later(max(self.now, leave.not_before) + self.chance.uniform(0.2, 3.0), "test", school, leave)
        elif outcome.reply.exchange_after < self.services.settings.exchange_every:
            self.refusals += 1

    def test(self, school: int, leave: Any) -> None:
        used = float(leave.max_bytes)
        seconds = 2.0 + used * 8 / (2 * BACKHAUL) * 2 if leave.mode != "light" else 2.0
        is_spoiled = self.chance.random() < NEIGHBOUR
        self.tests.append(Test(school, self.now, self.now + seconds, leave.mode, is_spoiled))
        box = self.boxes[school]
        result = box.speed(self.now, mode=leave.mode, bps=BACKHAUL, used=used, seconds=seconds, is_valid=not is_spoiled)
        self.later(self.now + seconds, "result", school, result)


def giga(hours: Day, chance: random.Random) -> list[Test]:
    """As PCs with Giga Meter measure."""
    tests = []
    for school, spans in enumerate(hours.on):
        wanted = [start + chance.uniform(0, 900) for start, _ in spans]
        wanted += [chance.uniform(clock(first), clock(last)) for first, last in GIGA_SLOTS]
        for at in wanted:
            if hours.holds(school, at):
                tests.append(Test(school, at, at + GIGA_SECONDS, "full", chance.random() < NEIGHBOUR))
    return tests


def judge(tests: Iterable[Test], schools: int) -> dict[str, Any]:
    """What came of a day's tests."""
    listed = sorted(tests, key=lambda test: test.start)
    heavy = [test for test in listed if test.is_heavy]
    crossed: set[Test] = set()
    for place, one in enumerate(heavy):
        for other in heavy[place + 1 :]:
            if other.start >= one.end:
                break
            crossed |= {one, other}
    valid = [test for test in listed if test not in crossed and not test.is_spoiled]
    counts = [sum(test.school == school for test in valid) for school in range(schools)]
    loud = [sum(test.school == school and test.is_heavy for test in valid) for school in range(schools)]
    in_class = [test for test in heavy if phase(CALENDAR, test.start, ZONE) in ("lesson", "break")]
    return {
        "tests": len(listed),
        "heavy": len(heavy),
        "overlapping_heavy": len(crossed),
        "heavy_in_class": len(in_class),
        "least_valid": min(counts),
        "mean_valid": round(sum(counts) / schools, 2),
        "least_valid_heavy": min(loud),
        "by_mode": {mode: sum(test.mode == mode for test in listed) for mode in sorted({test.mode for test in listed})},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schools", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    hours = day(arguments.schools, chance)
    with tempfile.TemporaryDirectory() as folder:
        bench: list[Ours] = []
        services = create_services(load(None, {}, data_dir=Path(folder)), lambda: bench[0].now if bench else 0.0)
        boxes = [Box(number) for number in range(arguments.schools)]
        line = {"provider": "VNPT", "backhaul": "OLT Cao Lãnh 1", "down_bps": BACKHAUL, "up_bps": BACKHAUL}
        register(services.engine, boxes, clock("00:00"), calendar=CALENDAR, **line)
        bench.append(Ours(services, boxes, hours, chance))
        bench[0].run()
        with Session(services.engine) as session:
            spent = [row.bytes for row in session.exec(select(MeasureSpent))]
        services.engine.dispose()
    ours = judge(bench[0].tests, arguments.schools)
    ours |= {"refusals": bench[0].refusals, "most_mb": round(max(spent) / 1e6, 1)}
    theirs = judge(giga(hours, chance), arguments.schools)
    for name, found in (("ours", ours), ("as Giga Meter", theirs)):
        print(f"{name:<14}", *(f"{key} {value}" for key, value in found.items()), sep="  ", flush=True)
    figures = {"schools": arguments.schools, "ours": ours, "giga_like": theirs}
    met = (
        ours["overlapping_heavy"] <= TARGETS["overlapping_heavy"]
        and ours["least_valid"] >= TARGETS["least_valid"]
        and not ours["heavy_in_class"]
    )
    print(json.dumps({"bench": "admission", "figures": figures, "targets": TARGETS, "met": met}))


if __name__ == "__main__":
    main()
