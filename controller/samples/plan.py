"""What each invented school is: its place, size, line and fate. Pure; the rest is drawn from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from controller.samples.chance import chance
from controller.samples.words import KINDS, NAMES, PROVIDERS

PILOTS = 5
LEVELS = {"preschool": 331, "primary": 400, "lower-secondary": 250, "upper-secondary": 80, "mixed": 20, "other": 3}
PUPILS = {"preschool": 300, "primary": 620, "lower-secondary": 760, "upper-secondary": 1300, "mixed": 900, "other": 250}
PILOT_LEVELS = ("preschool", "primary", "lower-secondary", "upper-secondary", "mixed")
PRICES = {  # VND a month by the contract's rate
    10e6: 180_000, 16e6: 205_000, 30e6: 235_000, 100e6: 290_000, 150e6: 350_000, 200e6: 480_000, 300e6: 650_000,
}  # fmt: skip
BY_AIR, OLD_PORT = 41, 53  # of so many schools one measures over Wi-Fi half the time, one has a slow network port
DAY_HOURS = {day: ["06:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
# What becomes of a school, of 1,000; the rest is up.
FATES = (("down", 13), ("degraded", 42), ("silent", 18), ("holiday", 14), ("no-box", 52), ("pending", 6), ("other", 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    number: int  # from 1; the first five are the pilots
    seed: int
    code: str
    name: str
    level: str
    commune_code: str
    pupils: int
    teachers: int
    shifts: int
    provider: str
    medium: str
    down_bps: float  # what the contract promises
    up_bps: float
    price_vnd: int
    delivers: float  # the part of it that arrives
    rtt: float  # seconds to a domestic target, at rest
    fate: str
    nights_off: bool
    is_pilot: bool
    calendar: dict[str, Any] = field(default_factory=dict)

    @property
    def box_id(self) -> str:
        return f"{self.seed % 0xFFFF:04x}5a3b1e{self.number:06x}"

    @property
    def habit(self) -> str:
        """What spoils many of its tests: "wifi", "nic-slow" or nothing."""
        if self.is_pilot:
            return ""
        return "wifi" if self.number % BY_AIR == 7 else "nic-slow" if self.number % OLD_PORT == 11 else ""

    @property
    def has_box(self) -> bool:
        return self.fate not in ("no-box", "pending", "other")

    def chance(self, what: str) -> Random:
        return chance(self.seed, self.number, what)


def plans(communes: Sequence[tuple[str, str]], schools: int, seed: int) -> Iterator[Plan]:
    """``communes`` are codes and names without their kind. Raises ValueError when there are none."""
    if not communes:
        raise ValueError("a province without communes has no schools")
    draw = chance(seed, "province")
    levels = [level for level, count in LEVELS.items() for _ in range(count)]
    draw.shuffle(levels)
    used: dict[tuple[str, str], set[str]] = {}
    weights = [draw.uniform(0.6, 1.8) for _ in communes]
    for number in range(1, schools + 1):
        is_pilot = number <= PILOTS
        level = PILOT_LEVELS[number - 1] if is_pilot else levels[number % len(levels)]
        commune = communes[number - 1] if number <= len(communes) else draw.choices(communes, weights)[0]
        taken = used.setdefault((level, commune[0]), set())
        yield _plan(number, seed, level, commune, taken, is_pilot)


def _plan(number: int, seed: int, level: str, commune: tuple[str, str], taken: set[str], is_pilot: bool) -> Plan:
    draw = chance(seed, number, "plan")
    word = draw.choice([name for name in NAMES if name not in taken] or [f"{NAMES[0]} {len(taken)}"])
    taken.add(word)
    pupils = max(40, int(draw.lognormvariate(0, 0.35) * PUPILS[level] * 0.94))
    medium = "fibre" if is_pilot else draw.choices(("fibre", "copper", "mobile", "cable"), (92, 3, 3, 2))[0]
    down = draw.choice((100e6, 150e6, 200e6, 300e6)) if medium == "fibre" else draw.choice((10e6, 16e6, 30e6))
    fate = ("up", "up", "degraded", "up", "up")[number - 1] if is_pilot else _fate(draw)
    nights_off = not is_pilot and draw.random() < 0.12
    return Plan(
        number=number,
        seed=seed,
        code=f"MAU-{number:04d}",
        name=f"{KINDS[level]} {word} {commune[1]}",
        level=level,
        commune_code=commune[0],
        pupils=pupils,
        teachers=max(4, round(pupils / draw.uniform(16, 20))),
        shifts=2 if level in ("primary", "lower-secondary") and draw.random() < 0.4 else 1,
        provider=draw.choice(PROVIDERS),
        medium=medium,
        down_bps=down,
        up_bps=down if medium == "fibre" else down / 4,
        price_vnd=int(PRICES[down] * draw.choice((0.9, 0.95, 1.0, 1.05, 1.1, 1.2)) / 1000) * 1000,
        delivers=draw.uniform(0.3, 0.72) if draw.random() < 0.08 else draw.uniform(0.88, 1.02),
        rtt=draw.uniform(0.006, 0.022) * (3 if medium == "mobile" else 1),
        fate=fate,
        nights_off=nights_off,
        is_pilot=is_pilot,
        calendar={"hours": DAY_HOURS} if nights_off else {},
    )


def _fate(draw: Random) -> str:
    at = draw.randrange(1000)
    for fate, share in FATES:
        at -= share
        if at < 0:
            return fate
    return "up"
