"""Which troubles are one incident, when it begins and when it is over. Pure: the caller brings schools and the clock.

``advance`` is called again and again with what is known now and says what to do; asked twice it says nothing new, so
a restart in the middle loses and doubles nothing. Schools are given a moment before an incident is opened, since a cut
that takes fifteen schools is noticed at fifteen slightly different times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitoring.causes import TOGETHER

HOLD = 40.0  # seconds that a school is in trouble before it becomes an incident: one beat, and a tick
QUIET = 300.0  # seconds that all must be well before it is over
QUIET_FLAPPING = 900.0
FLAPS = 2  # so often back and lost again is flapping
YOUNG = 300.0  # an incident of one school may still turn out to be a part of a larger one
JOINABLE = 900.0  # and a school that was noticed late may still join its neighbours'
SHARE = 0.5
GROUP, PAIR = 3, 2  # schools of a commune; two are enough when they are all
PROVIDER_SCHOOLS, PROVIDER_COMMUNES = 5, 3
LOST = ("down", "silent")
TROUBLED = (*LOST, "degraded")  # statuses of a part that something was measured of
DEGRADED = ("dns", "targets")  # reasons of "degraded" that are an outage of something
UNWATCHED = ("no-box", "expected-off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A school as it is now."""

    id: int
    commune: str
    provider: str
    status: str
    reason: str = ""
    since: float = 0.0
    silent_after: float = 95.0  # how long silence had lasted when it was noticed
    is_planned: bool = False  # maintenance

    @property
    def is_lost(self) -> bool:
        return self.status in LOST

    @property
    def is_troubled(self) -> bool:
        return self.is_lost or (self.status == "degraded" and self.reason in DEGRADED)

    @property
    def noticed(self) -> float:
        return self.since + self.silent_after if self.status == "silent" else self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    school: int
    began: float
    ended: float | None = None
    flaps: int = 0
    is_measured: bool = True  # the trouble was seen, not only reported by people


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An incident that is not over yet."""

    id: int
    kind: str
    began: float
    opened: float
    commune: str = ""
    provider: str = ""
    severity: str = "down"
    members: Mapping[int, Member] = field(default_factory=dict)
    is_reported: bool = False  # by people: only they say that it is over, unless it was measured as well
    is_touched: bool = False  # somebody is on it: it is not merged into another any more
    is_ending: bool = False  # the province's side: well again since ``ended``
    ended: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    kind: str
    began: float
    severity: str = "down"
    commune: str = ""
    provider: str = ""
    schools: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    incident: int
    school: Seen


@dataclass(frozen=True, slots=True)
class Back:
    """A school is well again since ``at``."""

    incident: int
    school: int
    at: float


@dataclass(frozen=True, slots=True)
class Again:
    """A school that was well is in trouble again before the incident was over."""

    incident: int
    school: Seen


@dataclass(frozen=True, slots=True)
class Widen:
    """What seemed to be one school's is an area's."""

    incident: int
    kind: str
    commune: str
    provider: str
    began: float


@dataclass(frozen=True, slots=True)
class Merge:
    incident: int
    into: int


@dataclass(frozen=True, slots=True)
class Worsen:
    incident: int
    severity: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The province's side is well again, and is watched for a while."""

    incident: int
    at: float


@dataclass(frozen=True, slots=True)
class Resume:
    incident: int


@dataclass(frozen=True, slots=True)
class Close:
    incident: int
    ended: float


Step = Open | Join | Back | Again | Widen | Merge | Worsen | Ended | Resume | Close


@dataclass(frozen=True, slots=True, kw_only=True)
class OurSide:
    """The province's own side: ``since`` it is cut off; None when it is not, and then well again since ``ended``."""

    since: float | None = None
    ended: float | None = None


Place = tuple[str, str]  # commune, provider


def healthy(schools: Iterable[Seen]) -> dict[Place, int]:
    """How many schools are there and well, by commune and provider: what others are measured by."""
    found: dict[Place, int] = {}
    for one in schools:
        if not one.is_troubled and one.status not in UNWATCHED:
            found[one.commune, one.provider] = found.get((one.commune, one.provider), 0) + 1
    return found


def advance(
    known: Sequence[Known],
    schools: Sequence[Seen],
    well: Mapping[Place, int],
    now: float,
    ours: OurSide | None = None,
) -> list[Step]:
    """What to do now. ``schools``: those in trouble and those of ``known``; the others are counted in ``well``.

    Steps of one school or incident stand in the order in which they are to be done.
    """
    ours = ours or OurSide()
    by_id = {one.id: one for one in schools}
    steps: list[Step] = list(_province(known, now, ours))
    taken: set[int] = set()
    for each in known:
        taken |= each.members.keys()
        steps += _members(each, by_id, now)
    fresh = [one for one in schools if one.is_troubled and not one.is_planned and one.id not in taken]
    if ours.since is not None:  # what falls silent with us says nothing about itself
        fresh = [one for one in fresh if one.status != "silent" or one.since < ours.since - TOGETHER]
    joined = {one.id: incident for one in fresh if (incident := _joins(one, known, now)) is not None}
    steps += [Join(joined[one.id].id, one) for one in fresh if one.id in joined]
    worse = {
        joined[one.id].id for one in fresh if one.id in joined and one.is_lost and joined[one.id].severity != "down"
    }
    steps += [Worsen(number, "down") for number in sorted(worse)]
    steps += _grouped([one for one in fresh if one.id not in joined], known, by_id, well, now)
    return steps


def _province(known: Sequence[Known], now: float, ours: OurSide) -> Iterator[Step]:
    mine = next((one for one in known if one.kind == "province"), None)
    if mine is None:
        if ours.since is not None:
            yield Open(kind="province", began=ours.since)
    elif ours.since is not None:
        if mine.ended is not None:
            yield Resume(mine.id)
    elif mine.ended is None:
        yield Ended(mine.id, ours.ended if ours.ended is not None and ours.ended > mine.began else now)
    elif now - mine.ended >= QUIET:
        yield Close(mine.id, mine.ended)


def _members(incident: Known, schools: Mapping[int, Seen], now: float) -> Iterator[Step]:
    """What became of the schools of an incident, and whether it is over."""
    if incident.kind == "province":
        return
    after: list[Member] = []
    for member in incident.members.values():
        one = schools.get(member.school)
        if one is None or one.status == "no-box":
            one_is_troubled, one_is_well = False, True
        else:
            one_is_troubled, one_is_well = one.is_troubled, one.status not in UNWATCHED and not one.is_troubled
        if member.ended is None and one_is_well and (member.is_measured or not incident.is_reported):
            at = max(member.began, one.since if one is not None and one.status != "no-box" else now)
            yield Back(incident.id, member.school, min(at, now))
            member = replace(member, ended=min(at, now))
        elif member.ended is not None and one is not None and one_is_troubled and not one.is_planned:
            yield Again(incident.id, one)
            member = replace(member, ended=None, flaps=member.flaps + 1)
        after.append(member)
        if one is not None and one.is_lost and incident.severity == "degraded":
            yield Worsen(incident.id, "down")
    ended = [member.ended for member in after if member.ended is not None]
    if after and len(ended) == len(after):
        quiet = QUIET_FLAPPING if max(member.flaps for member in after) >= FLAPS else QUIET
        if now - max(ended) >= quiet:
            yield Close(incident.id, max(ended))


def _joins(one: Seen, known: Iterable[Known], now: float) -> Known | None:
    """The incident of several schools that this one belongs to."""
    for incident in known:
        if incident.kind not in ("area", "provider") or now - incident.opened > JOINABLE:
            continue
        if incident.provider and incident.provider != one.provider:
            continue
        if incident.kind == "area" and incident.commune != one.commune:
            continue
        begins = [member.began for member in incident.members.values()]
        if begins and min(begins) - TOGETHER <= one.since <= max(begins) + TOGETHER:
            return incident
    return None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A school in trouble that is in no incident of several: free, or alone in a young one."""

    school: Seen
    since: float
    incident: Known | None = None

    def is_ripe(self, now: float) -> bool:
        return self.incident is None and now - self.school.noticed >= HOLD


def _grouped(
    fresh: Sequence[Seen], known: Sequence[Known], by_id: Mapping[int, Seen], well: Mapping[Place, int], now: float
) -> Iterator[Step]:
    pool = [_Candidate(one, one.since) for one in fresh]
    for incident in known:
        if (
            incident.kind == "school"
            and now - incident.opened <= YOUNG
            and not (incident.is_touched or incident.is_reported)
        ):
            pool += [
                _Candidate(by_id[member.school], member.began, incident)
                for member in incident.members.values()
                if member.ended is None and member.school in by_id and by_id[member.school].is_troubled
            ]
    pool.sort(key=lambda one: (one.since, one.school.id))
    total = _Watched.of(well, pool)
    while any(one.is_ripe(now) for one in pool):
        first = next(one for one in pool if one.is_ripe(now))
        near = [one for one in pool if abs(one.since - first.since) <= TOGETHER]
        kind, commune, provider, members = _widest(first, near, total)
        yield from _open(kind, commune, provider, members)
        gone = {one.school.id for one in members}
        pool = [one for one in pool if one.school.id not in gone]


@dataclass(frozen=True, slots=True)
class _Watched:
    """How many schools could have vanished, by commune, provider and both; those lost earlier do not count."""

    communes: Mapping[str, int]
    providers: Mapping[str, int]
    both: Mapping[Place, int]

    @classmethod
    def of(cls, well: Mapping[Place, int], pool: Sequence[_Candidate]) -> _Watched:
        both = dict(well)
        for one in pool:
            place = one.school.commune, one.school.provider
            both[place] = both.get(place, 0) + 1
        communes: dict[str, int] = {}
        providers: dict[str, int] = {}
        for (commune, provider), count in both.items():
            communes[commune] = communes.get(commune, 0) + count
            providers[provider] = providers.get(provider, 0) + count
        return cls(communes, providers, both)


def is_group(gone: int, of: int) -> bool:
    """Whether so many of so many are more than chance."""
    return (gone >= GROUP and gone >= SHARE * of) or (gone >= PAIR and gone == of)


def _widest(
    first: _Candidate, near: Sequence[_Candidate], total: _Watched
) -> tuple[str, str, str, Sequence[_Candidate]]:
    """The largest thing that explains the trouble of ``first``."""
    commune, provider = first.school.commune, first.school.provider
    here = [one for one in near if one.school.commune == commune]
    mine = [one for one in here if one.school.provider == provider]
    others = {one.school.provider for one in here} - {provider}
    dark = [name for name in others if _count(here, name) >= SHARE * total.both[commune, name]]
    if is_group(len(here), total.communes[commune]) and dark and len(mine) >= SHARE * total.both[commune, provider]:
        return "area", commune, "", here
    of_provider = [one for one in near if one.school.provider == provider] if provider else []
    places = {one.school.commune for one in of_provider}
    if (
        len(of_provider) >= PROVIDER_SCHOOLS
        and len(places) >= PROVIDER_COMMUNES
        and len(of_provider) >= SHARE * total.providers[provider]
    ):
        return "provider", "", provider, of_provider
    if is_group(len(mine), total.both[commune, provider]):
        return "area", commune, provider, mine
    return "school", commune, provider, [first]


def _count(here: Sequence[_Candidate], provider: str) -> int:
    return sum(one.school.provider == provider for one in here)


def _open(kind: str, commune: str, provider: str, members: Sequence[_Candidate]) -> Iterator[Step]:
    severity = "down" if any(one.school.is_lost for one in members) else "degraded"
    began = min(one.since for one in members)
    alone = [one.incident for one in members if one.incident is not None]
    if not alone:
        schools = tuple(one.school for one in members)
        yield Open(kind=kind, began=began, severity=severity, commune=commune, provider=provider, schools=schools)
        return
    kept = min(alone, key=lambda one: (one.opened, one.id))
    yield Widen(kept.id, kind, commune, provider, began)
    if severity == "down" and kept.severity == "degraded":
        yield Worsen(kept.id, severity)
    for one in members:
        if one.incident is None or one.incident.id != kept.id:
            yield Join(kept.id, one.school)
    yield from (Merge(one.id, kept.id) for one in alone if one.id != kept.id)
