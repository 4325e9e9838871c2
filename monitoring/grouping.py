"""Which schools in trouble are one incident: the largest thing that explains the first of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitoring.causes import TOGETHER
from monitoring.incident_steps import Join, Known, Merge, Open, Place, Seen, Step, Widen, Worsen

HOLD = 40.0  # seconds that a school is in trouble before it becomes an incident: one beat, and a tick
YOUNG = 300.0  # an incident of one school may still turn out to be a part of a larger one
SHARE = 0.5
GROUP, PAIR = 3, 2  # schools of a commune; two are enough when they are all
PROVIDER_SCHOOLS, PROVIDER_COMMUNES = 5, 3


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A school in trouble that is in no incident of several: free, or alone in a young one."""

    school: Seen
    since: float
    incident: Known | None = None

    def is_ripe(self, now: float) -> bool:
        return self.incident is None and now - self.school.noticed >= HOLD


def grouped(
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
