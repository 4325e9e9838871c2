"""Is the cause of an outage right, and its beginning and end: scripted cases through the code that decides.

``python -m bench.outages [FAMILY]``: more than 300 cases, by replay. The boxes are played by ``bench.outage_world``,
which sends what a real one would, through the agent's own decisions; the province's side is the code that runs in the
controller: ``monitoring.status`` and ``monitoring.side`` each 5 s, ``monitoring.incidents`` each 10 s, true times by
``monitoring.clock``, causes by ``monitoring.causes`` and ``monitoring.outage``. The real ones, on real hosts, are in
``tests/lab/test_causes.py``. One thing is told here and not found: whether a box went on measuring in the middle of an
outage, which the controller reads from the windows that it stored (``controller.incidents.gather.has_measured``).

The peer beside us is what Giga's documents let one say of a silent school: nothing more than that it may be powered
off, crashed or cut off; an outage is known to its 15 minutes.
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from agent.wire import StateChange
from bench.outage_cases import BEGIN, SCHOOLS, Case, cases, commune_of, provider_of
from bench.outage_world import Heard, play
from controller.records import last_alive
from monitoring import incidents as pure
from monitoring import side as sides
from monitoring.calendar import is_expected_off
from monitoring.causes import LIKELY, OF_PROVIDER, TOGETHER, Cause, Dark, Neighbours, provisional
from monitoring.clock import BoxClock, Timeline, observe
from monitoring.outage import Outage, Told, judge
from monitoring.status import HEARD, Facts, Standing, follow, silent_after

BEAT, STATUS_EVERY, INCIDENTS_EVERY, CHECK_EVERY = 30.0, 5.0, 10.0, 30.0
WARM_UP = 900.0
ALLOWED = 35.0  # seconds
TARGETS = {"cause_right_ratio": 0.95, "worst_start_seconds": 35.0, "worst_end_seconds": 35.0, "power_blamed_on_isp": 0}
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
AFTER = 900.0


@dataclass(slots=True)
class School:
    number: int
    heard: list[Heard]
    place: int = 0
    seen: float | None = None
    clock: BoxClock = field(default_factory=BoxClock)
    told_at: float | None = None  # the last exchange
    told: list[Told] = field(default_factory=list)
    states: dict[str, dict[str, object]] = field(default_factory=dict)
    standing: Standing | None = None

    def hear(self, until: float) -> None:
        while self.place < len(self.heard) and self.heard[self.place].at <= until:
            one = self.heard[self.place]
            self.place += 1
            self.seen = one.at
            if one.told is not None:
                self._take(one, one.told)

    def _take(self, one: Heard, told: Sequence[StateChange]) -> None:
        self.clock = observe(self.clock, one.head, one.at, self.told_at)
        timeline = Timeline(self.clock, one.at, self.told[-1].at if self.told else 0.0)
        for change in told:
            at = timeline.place(change.at)
            facts = {**change.facts, **last_alive(change, timeline)}
            self.told.append(Told(at, change.subject, change.before, change.after, facts))
            self.states[change.subject] = {"after": change.after, "at": at}
        self.clock, self.told_at = timeline.clock, one.at


@dataclass(slots=True)
class Part:
    """One school in one incident, as a row of ``incident_school``."""

    member: pure.Member
    was_silent: bool = False
    first: Cause | None = None
    blamed: set[str] = field(default_factory=set)  # every provisional cause that was shown as more than a suspicion
    last: Cause | None = None


@dataclass(slots=True)
class Found:
    known: pure.Known
    parts: dict[int, Part] = field(default_factory=dict)
    is_closed: bool = False


class Province:
    """The controller's side of one case."""

    def __init__(self, case: Case, chance: random.Random) -> None:
        self.case = case
        start = BEGIN - WARM_UP
        self.schools = [
            School(number, play(case.sites[number], number, chance, start, case.until))
            if number in case.sites
            else School(number, [])
            for number in range(SCHOOLS)
        ]
        self.phase = [chance.uniform(0, BEAT) for _ in range(SCHOOLS)]
        # Two starts of the past are in the database; where there were none, nothing is known.
        self.usual = {
            number: min(chance.uniform(0.7, 1.5) * site.startup for _ in range(2))
            for number, site in case.sites.items()
            if chance.random() < 0.8
        }
        self.side = sides.Side()
        self.line = sides.Uplink("ok", start) if case.uplink else sides.Uplink()
        self.misses = 0
        self.incidents: list[Found] = []

    def run(self) -> list[Found]:
        at, begin = BEGIN - WARM_UP, BEGIN - WARM_UP
        while at <= self.case.until:
            if self.case.uplink and (at - begin) % CHECK_EVERY == 0:
                self._check(at)
            self._judge(at, is_deaf=at - begin < silent_after(BEAT))
            if (at - begin) % INCIDENTS_EVERY == 0 and at - begin >= silent_after(BEAT):
                self._follow(at)
            at += STATUS_EVERY
        return self.incidents

    def _check(self, at: float) -> None:
        is_down = any(start <= at < end for start, end in self.case.uplink)
        self.misses = self.misses + 1 if is_down else 0
        state = "ok" if not self.misses else "down" if self.misses >= 2 else self.line.state
        if state != self.line.state:
            self.line = sides.Uplink(state, at)

    def _judge(self, at: float, *, is_deaf: bool) -> None:
        for one in self.schools:
            if one.number in self.case.sites:
                one.hear(at)
            else:
                one.seen = at - (at - self.phase[one.number]) % BEAT
        off = is_expected_off(self.case.calendar, at, ZONE) if self.case.calendar else False
        ages = [
            at - one.seen
            for one in self.schools
            if one.seen
            and one.standing
            and one.standing.status in HEARD
            and not (off and one.number in self.case.sites)
        ]
        if not is_deaf:
            self.side = sides.after(self.side, ages, BEAT, self.line, at)
        for one in self.schools:
            facts = Facts(
                now=at, has_box=True, last_seen=one.seen, beat_every=BEAT,
                is_expected_off=off and one.number in self.case.sites, states=one.states,
            )  # fmt: skip
            one.standing = follow(one.standing, facts, is_held=self.side.is_held(at), is_deaf=is_deaf) or one.standing

    def _seen(self) -> list[pure.Seen]:
        return [
            pure.Seen(
                id=one.number, commune=commune_of(one.number), provider=provider_of(one.number),
                status=one.standing.status, reason=one.standing.reason, since=one.standing.since or 0.0,
                silent_after=silent_after(BEAT),
            )
            for one in self.schools
            if one.standing is not None
        ]  # fmt: skip

    def _follow(self, at: float) -> None:
        seen = self._seen()
        well = pure.healthy(seen)
        open_ones = [found.known for found in self.incidents if not found.is_closed]
        ours = pure.OurSide(since=self.side.since if self.side.is_cut else None)
        for step in pure.advance(open_ones, seen, well, at, ours):
            self._take(step, at)
        by_id = {one.id: one for one in seen}
        for found in self.incidents:
            if not found.is_closed and found.known.kind != "province":
                for number, part in found.parts.items():
                    self._cause(part, by_id[number], at, well)

    def _take(self, step: pure.Step, at: float) -> None:
        if isinstance(step, pure.Open):
            known = pure.Known(
                id=len(self.incidents) + 1, kind=step.kind, began=step.began, opened=at, commune=step.commune,
                provider=step.provider, severity=step.severity,
            )  # fmt: skip
            self.incidents.append(Found(known))
            for school in step.schools:
                self._join(self.incidents[-1], school)
            return
        found = self.incidents[step.incident - 1]
        match step:
            case pure.Join():
                self._join(found, step.school)
            case pure.Back():
                found.parts[step.school].member = replace(found.parts[step.school].member, ended=step.at)
            case pure.Again():
                part = found.parts[step.school.id]
                part.member = replace(part.member, ended=None, flaps=part.member.flaps + 1)
            case pure.Widen():
                found.known = replace(found.known, kind=step.kind, commune=step.commune, provider=step.provider)
            case pure.Merge():
                found.is_closed, found.parts = True, {}
            case pure.Worsen():
                found.known = replace(found.known, severity=step.severity)
            case pure.Ended():
                ended = self.side.ended if self.side.ended is not None else step.at
                found.known = replace(found.known, ended=ended)
            case pure.Resume():
                found.known = replace(found.known, ended=None)
            case pure.Close():
                found.is_closed = True
        found.known = replace(found.known, members={number: part.member for number, part in found.parts.items()})

    def _join(self, found: Found, school: pure.Seen) -> None:
        found.parts[school.id] = Part(pure.Member(school=school.id, began=school.since))
        found.known = replace(found.known, members={number: part.member for number, part in found.parts.items()})

    def _cause(self, part: Part, seen: pure.Seen, at: float, well: Mapping[pure.Place, int]) -> None:
        school, member = self.schools[seen.id], part.member
        if member.ended is None and seen.status == "silent":
            part.was_silent = True
        near = self._neighbours(seen, member.began, well)
        is_ours = self.side.since is not None and self.side.is_held(at)
        if member.ended is None and seen.status == "silent":
            states = {name: str(one["after"]) for name, one in school.states.items()}
            first = provisional(Dark(since=member.began, neighbours=near, states=states, is_our_side=is_ours))
            part.first = first
            if first.confidence >= LIKELY:
                part.blamed.add(first.cause)
            return
        if member.ended is not None and (school.told_at or 0.0) <= member.began + 1.0:
            return
        until = (member.ended or at) + AFTER
        told = [one for one in school.told if one.at <= until]
        found = judge(
            Outage(
                began=member.began, ended=member.ended, told=told, was_silent=part.was_silent, neighbours=near,
                is_our_side=is_ours, has_measured=self._has_measured(seen.id, member),
                usual_start=self.usual.get(seen.id),
            )
        )  # fmt: skip
        if member.ended is None:
            part.first = found
            part.blamed.add(found.cause)
        else:
            part.last = found

    def _has_measured(self, number: int, member: pure.Member) -> bool | None:
        """A box that runs has windows; one that is frozen or off has none."""
        if member.ended is None:
            return None
        middle = (member.began + member.ended) / 2
        site = self.case.sites[number]
        off = any(start <= middle < end for (start, end), _ in site.power_losses())
        return not (off or site.is_broken("frozen", middle) or site.is_broken("agent", middle))

    def _neighbours(self, seen: pure.Seen, began: float, well: Mapping[pure.Place, int]) -> Neighbours:
        """As ``controller.incidents.gather.Around``: those that began together, and those that are well."""
        gone, dark = [], []
        for found in self.incidents:
            if found.known.severity != "down":
                continue
            for number, part in found.parts.items():
                if number == seen.id:
                    continue
                if abs(part.member.began - began) <= TOGETHER:
                    gone.append((commune_of(number), provider_of(number)))
                if part.member.ended is None:
                    dark.append((commune_of(number), provider_of(number)))
        mine = (seen.commune, seen.provider)

        def of(places: Sequence[pure.Place], kind: str) -> int:
            return sum(relation(place, mine) == kind for place in places)

        def there(kind: str) -> int:
            return of(dark, kind) + sum(count for place, count in well.items() if relation(place, mine) == kind)

        me_well = 0 if seen.is_troubled else 1
        same, others, away = (of(gone, kind) for kind in ("same", "others", "away"))
        return Neighbours(
            same=max(there("same") - me_well, same), same_gone=same, others=max(there("others"), others),
            others_gone=others, away=max(there("away"), away), away_gone=away,
        )  # fmt: skip


def relation(place: pure.Place, mine: pure.Place) -> str:
    if place == mine:
        return "same"
    return "others" if place[0] == mine[0] else "away" if place[1] == mine[1] else ""


@dataclass(slots=True)
class Score:
    family: str
    cause: str
    said: str
    first: str
    is_right: bool
    start: float | None
    end: float | None
    incidents: int
    incidents_right: bool
    blamed: int  # schools whose power cut was laid on the provider, at any time


def score(case: Case, found: Sequence[Found]) -> Score:
    real = [one for one in found if one.known.kind == "province" or one.parts]
    count_right = len(real) == case.incidents or case.incidents < 0
    if case.cause == "" or (case.incidents < 0 and not real):
        return Score(case.family, case.cause, "", "", not real, None, None, len(real), count_right, 0)
    province = next((one for one in real if one.known.kind == "province"), None)
    if province is not None:
        ended = province.known.ended
        return Score(
            case.family, case.cause, "controller", "controller", case.cause == "controller",
            province.known.began - case.start, None if ended is None else ended - case.end, len(real), count_right, 0,
        )  # fmt: skip
    mine = [one for one in real if case.victims[0] in one.parts]
    part = mine[0].parts[case.victims[0]] if mine else None
    said = part.last if part is not None else None
    blamed = 0
    if case.cause == "power":
        for one in real:
            for each in one.parts.values():
                causes = each.blamed | ({each.last.cause} if each.last else set())
                blamed += bool(causes & OF_PROVIDER)
    began, ended = (said.began, said.ended) if said is not None else (None, None)
    if part is not None and part.member.flaps:  # of many short outages each is told; the incident has the whole
        began, ended = part.member.began, ended
    return Score(
        family=case.family,
        cause=case.cause,
        said=said.cause if said else "",
        first=part.first.cause if part and part.first else "",
        is_right=said is not None and said.cause == case.cause,
        start=None if began is None else began - case.start,
        end=None if ended is None else ended - case.end,
        incidents=len(real),
        incidents_right=count_right,
        blamed=blamed,
    )


def worst(values: Sequence[float | None]) -> float | None:
    known = [abs(value) for value in values if value is not None]
    return max(known) if known else None


def show(scores: Sequence[Score]) -> None:
    families: dict[str, list[Score]] = defaultdict(list)
    for one in scores:
        families[one.family].append(one)
    print(
        f"{'family':26} {'cases':>5} {'cause right':>11} {'first right':>11} {'one incident':>12} "
        f"{'start, worst s':>14} {'end, worst s':>12}  said instead"
    )
    for family, some in families.items():
        others = sorted({one.said or "nothing" for one in some if not one.is_right})
        first = sum(one.first == one.cause for one in some if one.first)
        start, end = worst([one.start for one in some]), worst([one.end for one in some])
        print(
            f"{family:26} {len(some):5} {sum(one.is_right for one in some):8}/{len(some):<2} "
            f"{first:8}/{sum(bool(one.first) for one in some):<2} "
            f"{sum(one.incidents_right for one in some):9}/{len(some):<2} "
            f"{'' if start is None else f'{start:14.0f}':>14} {'' if end is None else f'{end:12.0f}':>12}  "
            f"{', '.join(others)}"
        )


def main(argv: list[str]) -> int:
    scores = []
    for case, chance in cases():
        if argv and not case.family.startswith(argv[0]):
            continue
        scores.append(score(case, Province(case, chance).run()))
    show(scores)
    judged = [one for one in scores if one.cause]
    timed = [one for one in judged if one.start is not None and one.end is not None]
    within = [one for one in timed if max(abs(one.start or 0.0), abs(one.end or 0.0)) <= ALLOWED]
    figures = {
        "cases": len(scores),
        "cause_right_ratio": round(sum(one.is_right for one in scores) / max(len(scores), 1), 4),
        "provisional_right_ratio": round(
            sum(one.first == one.cause for one in judged if one.first) / max(sum(bool(one.first) for one in judged), 1),
            4,
        ),
        "one_incident_ratio": round(sum(one.incidents_right for one in scores) / max(len(scores), 1), 4),
        "timed": len(timed),
        "within_35_seconds_ratio": round(len(within) / max(len(timed), 1), 4),
        "worst_start_seconds": round(worst([one.start for one in judged]) or 0.0, 1),
        "worst_end_seconds": round(worst([one.end for one in judged]) or 0.0, 1),
        "untimed": len(judged) - len(timed),
        "power_blamed_on_isp": sum(one.blamed for one in scores),
    }
    met = (
        figures["cause_right_ratio"] >= TARGETS["cause_right_ratio"]
        and figures["worst_start_seconds"] <= TARGETS["worst_start_seconds"]
        and figures["worst_end_seconds"] <= TARGETS["worst_end_seconds"]
        and figures["power_blamed_on_isp"] == 0
        and figures["cases"] >= 200
    )
    print(json.dumps({"bench": "outages", "figures": figures, "targets": TARGETS, "met": met}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
