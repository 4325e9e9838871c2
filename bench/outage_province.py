"""The province's side of the replay: what the controller does with what it hears, by the code that runs in it.

``monitoring.status`` and ``monitoring.side`` each 5 s, ``monitoring.incidents`` each 10 s, true times by
``monitoring.clock``, neighbours by ``monitoring.neighbours``, when and by what to judge by ``monitoring.verdict``,
causes by ``monitoring.causes`` and ``monitoring.outage``. Rows are objects here; what queries select is played in
:meth:`Province._due` and :func:`told_of`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from agent.wire import StateChange
from bench.outage_case import BEGIN, SCHOOLS, Case, commune_of, provider_of
from bench.outage_world import Heard, Span, play
from controller.records import last_alive
from monitoring import incident_steps as pure
from monitoring import side as sides
from monitoring.calendar import is_expected_off
from monitoring.causes import LIKELY, Cause, Dark, Neighbours, provisional
from monitoring.clock import BoxClock, Timeline, observe
from monitoring.incidents import advance, healthy
from monitoring.neighbours import Around, Vanished, span
from monitoring.outage import BEFORE, Outage, judge
from monitoring.status import HEARD, Facts, Standing, follow, silent_after
from monitoring.told import Told
from monitoring.verdict import AFTER, TOLD_BY, Said, Whole, basis, is_due, whole, worse

BEAT, STATUS_EVERY, INCIDENTS_EVERY, CHECK_EVERY = 30.0, 5.0, 10.0, 30.0
WARM_UP = 900.0
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


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
    status: str
    first: Cause | None = None
    blamed: set[str] = field(default_factory=set)  # every provisional cause that was shown as more than a suspicion
    last: Cause | None = None
    last_at: float | None = None


@dataclass(slots=True)
class Found:
    known: pure.Known
    parts: dict[int, Part] = field(default_factory=dict)
    is_closed: bool = False
    whole: Whole | None = None

    def as_known(self) -> pure.Known:
        members = {
            number: replace(part.member, is_measured=part.status in pure.TROUBLED)
            for number, part in self.parts.items()
        }
        return replace(self.known, members=members)


class Province:
    """The controller's side of one case."""

    def __init__(self, case: Case, chance: random.Random) -> None:
        self.case = case
        start = BEGIN - WARM_UP
        self.schools = [
            School(number, list(_kept(play(case.sites[number], number, chance, start, case.until), case.refused)))
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
        self.look = sides.Look()
        self.incidents: list[Found] = []

    def run(self) -> list[Found]:
        at, begin = BEGIN - WARM_UP, BEGIN - WARM_UP
        while at <= self.case.until:
            if self.case.uplink and (at - begin) % CHECK_EVERY == 0:
                self._check(at)
            self._report(at)
            self._judge(at, is_deaf=at - begin < silent_after(BEAT))
            if (at - begin) % INCIDENTS_EVERY == 0 and at - begin >= silent_after(BEAT):
                self._follow(at)
            at += STATUS_EVERY
        return self.incidents

    def _check(self, at: float) -> None:
        is_down = any(start <= at < end for start, end in self.case.uplink)
        self.look = sides.looked(self.look, {"outside": not is_down}, at)

    def _report(self, at: float) -> None:
        """People say that something is wrong, as ``controller.incidents.people.report`` writes it down."""
        for when, number in self.case.reports:
            if not at - STATUS_EVERY < when <= at:
                continue
            if any(number in found.parts and not found.is_closed for found in self.incidents):
                continue
            standing = self.schools[number].standing
            status = standing.status if standing is not None else "no-box"
            known = pure.Known(
                id=len(self.incidents) + 1, kind="school", began=at, opened=at, commune=commune_of(number),
                provider=provider_of(number), severity="down" if status in pure.LOST else "degraded", is_reported=True,
            )  # fmt: skip
            self.incidents.append(Found(known, {number: Part(pure.Member(school=number, began=at), status)}))

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
            self.side = sides.after(self.side, ages, BEAT, self.look.at(at), at)
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
        well = healthy(seen)
        open_ones = [found.as_known() for found in self.incidents if not found.is_closed]
        ours = pure.OurSide(since=self.side.since if self.side.is_cut else None, ended=self.side.ended)
        for step in advance(open_ones, seen, well, at, ours):
            self._take(step, at)
        by_id = {one.id: one for one in seen}
        for found in self.incidents:
            if found.known.kind != "province" and (not found.is_closed or self._is_untold(found)):
                self._verdicts(found, by_id, at, well)

    def _is_untold(self, found: Found) -> bool:
        """Closed, and a box that had not told by then has now: what ``controller.incidents.verdicts`` looks for."""
        return any(
            part.status in pure.TROUBLED
            and part.last is None
            and (self.schools[number].told_at or 0.0) > part.member.began + TOLD_BY
            for number, part in found.parts.items()
        )

    def _verdicts(
        self, found: Found, by_id: Mapping[int, pure.Seen], at: float, well: Mapping[pure.Place, int]
    ) -> None:
        due = [
            (number, part)
            for number, part in found.parts.items()
            if is_due(part.member.ended, part.last_at, self.schools[number].told_at)
        ]
        if not due:
            return
        around = Around(self._vanished(part.member.began for part in found.parts.values()), well)
        for number, part in due:
            near = around.neighbours(number, part.member.began, (commune_of(number), provider_of(number)))
            self._cause(part, by_id[number], at, near)
        found.whole = whole(
            [_said(part.first) for part in found.parts.values()], [_said(part.last) for part in found.parts.values()]
        )

    def _vanished(self, begins: Iterable[float]) -> Iterator[Vanished]:
        """As ``controller.incidents.gather.around`` selects them."""
        first, last = span(begins)
        parts: dict[int, list[pure.Member]] = {}
        for found in self.incidents:
            for number, part in found.parts.items():
                if found.known.severity == "down" and first <= part.member.began <= last:
                    parts.setdefault(number, []).append(part.member)
        for number, some in parts.items():
            yield Vanished(
                school=number, began=min(one.began for one in some), place=(commune_of(number), provider_of(number)),
                is_gone=any(one.ended is None for one in some),
            )  # fmt: skip

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
                found.known = replace(found.known, ended=step.at)
            case pure.Resume():
                found.known = replace(found.known, ended=None)
            case pure.Close():
                found.is_closed = True

    def _join(self, found: Found, school: pure.Seen) -> None:
        found.parts[school.id] = Part(pure.Member(school=school.id, began=school.since), school.status)

    def _cause(self, part: Part, seen: pure.Seen, at: float, near: Neighbours) -> None:
        """As ``controller.incidents.verdicts`` does for one school."""
        school, member = self.schools[seen.id], part.member
        if member.ended is None and seen.is_troubled:
            part.status = worse(part.status, seen.status)
        if part.status not in pure.TROUBLED:
            return
        by = basis(member.began, member.ended, school.told_at, is_silent=seen.status == "silent")
        is_ours = self.side.since is not None and self.side.is_held(at)
        if by == "outside":
            states = {name: str(one["after"]) for name, one in school.states.items()}
            first = provisional(Dark(since=member.began, neighbours=near, states=states, is_our_side=is_ours))
            part.first = first
            if first.confidence >= LIKELY:
                part.blamed.add(first.cause)
        if by != "box":
            return
        found = judge(
            Outage(
                began=member.began, ended=member.ended,
                told=told_of(school.told, member.began - BEFORE, (member.ended or at) + AFTER),
                was_silent=part.status == "silent", neighbours=near, is_our_side=is_ours,
                has_measured=self._has_measured(seen.id, member) if part.status == "silent" else None,
                usual_start=self.usual.get(seen.id),
            )
        )  # fmt: skip
        if member.ended is None:
            part.first = found
            part.blamed.add(found.cause)
        else:
            part.last, part.last_at = found, at

    def _has_measured(self, number: int, member: pure.Member) -> bool | None:
        """A box that runs has windows; one that is frozen or off has none."""
        if member.ended is None:
            return None
        middle = (member.began + member.ended) / 2
        site = self.case.sites[number]
        off = any(start <= middle < end for (start, end), _ in site.power_losses())
        return not (off or site.is_broken("frozen", middle) or site.is_broken("agent", middle))


def _said(cause: Cause | None) -> Said:
    return (cause.cause, cause.confidence) if cause is not None else ("", 0.0)


def told_of(told: Sequence[Told], since: float, until: float) -> list[Told]:
    """What was told of a time, after the newest of each subject from before it, as ``gather.told`` selects it."""
    last = {one.subject: one for one in told if one.at < since}
    return [*sorted(last.values(), key=lambda one: one.at), *(one for one in told if since <= one.at <= until)]


def _kept(heard: Iterable[Heard], refused: Span | None) -> Iterator[Heard]:
    """While exchanges are refused, a box that would have told is only heard, and tells all of it with the next one."""
    kept: list[StateChange] = []
    for one in heard:
        if one.told is not None and refused is not None and refused[0] <= one.at < refused[1]:
            kept += one.told
            yield replace(one, told=None)
        elif one.told is not None:
            yield replace(one, told=[*kept, *one.told])
            kept = []
        else:
            yield one
