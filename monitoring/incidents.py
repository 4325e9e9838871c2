"""Which troubles are one incident, when it begins and when it is over. Pure: the caller brings schools and the clock.

``advance`` is called again and again with what is known now and says what to do; asked twice it says nothing new, so
a restart in the middle loses and doubles nothing. Schools are given a moment before an incident is opened, since a cut
that takes fifteen schools is noticed at fifteen slightly different times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from monitoring.causes import TOGETHER
from monitoring.grouping import grouped
from monitoring.incident_steps import (
    UNWATCHED,
    Again,
    Back,
    Close,
    Ended,
    Join,
    Known,
    Member,
    Open,
    OurSide,
    Place,
    Resume,
    Seen,
    Step,
    Worsen,
)

QUIET = 300.0  # seconds that all must be well before it is over
QUIET_FLAPPING = 900.0
FLAPS = 2  # so often back and lost again is flapping
JOINABLE = 900.0  # and a school that was noticed late may still join its neighbours'


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
    steps += grouped([one for one in fresh if one.id not in joined], known, by_id, well, now)
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
