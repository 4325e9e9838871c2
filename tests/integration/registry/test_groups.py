"""Providers and communes side by side, bills of communes and the province's speeds: against sums made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, col, select

from controller.scope import Scope, key_of
from controller.tables import Commune, Latest, School, SchoolMonth
from controller.web.read import kept, map_kept, overview, plan
from tests.integration.api.world import HERE, NOON, OWN, STRANGER, THERE, World

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOVEMBER = "2026-11"
EVERYTHING, OWN_COMMUNE = Scope(is_all=True), Scope(commune_codes=frozenset({HERE}))
ASKED = plan.Asked(month=NOVEMBER)
MORE = 29  # schools


@pytest.fixture
def country(world: World) -> World:
    """The world's three schools and ``MORE``, each with a month. Some figures are missing; one school is for show."""
    draw = Random(7)
    with world.session() as session:
        session.add_all(
            School(code=f"X{n}", name=f"Trường {n}", commune_code=(HERE, THERE)[n % 2], is_demo=n == 5)
            for n in range(MORE)
        )
        session.flush()
        for school in session.exec(select(School).order_by(col(School.id))).all():
            key = key_of(school)
            contract, more = draw.choice(("met", "not-met", "not-enough")), draw.choice((None, 50_000, 70_000))
            session.add(
                SchoolMonth(
                    month=NOVEMBER, school_id=key, provider=draw.choice(("VNPT", "Viettel", "")), contract=contract,
                    target="met", promised_down_bps=draw.choice((None, 0.0, 30e6, 100e6)),
                    down_median=draw.choice((None, draw.uniform(1e6, 1e8))),
                    rtt_median=draw.choice((None, draw.uniform(0.001, 0.1))), availability=draw.uniform(0.9, 1),
                    upgrade_bps=draw.choice((None, 1e8)), more_vnd=more,
                )
            )  # fmt: skip
            latest = session.get(Latest, key) or Latest(school_id=key)
            latest.status, latest.rtt = draw.choice(("up", "down")), draw.uniform(0.001, 0.1)
            latest.down_bps, latest.up_bps = draw.uniform(1e6, 1e8), draw.choice((None, draw.uniform(1e6, 1e8)))
            latest.speed_at, latest.speed_scope = NOON - draw.choice((3_600, 100_000)), "network"
            session.add(latest)
        session.commit()
    return world


Pair = tuple[School, SchoolMonth]


def pairs(session: Session, communes: Sequence[str] = (HERE, THERE)) -> list[Pair]:
    found = select(School, SchoolMonth).join(SchoolMonth, col(SchoolMonth.school_id) == School.id)
    found = found.where(col(School.is_demo).is_(False), col(School.commune_code).in_(communes))
    return list(session.exec(found).all())


def middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def by_hand(session: Session, by: str, some: list[Pair]) -> list[plan.Group]:
    names = dict(session.exec(select(Commune.code, Commune.name)).all())
    parts: dict[str, list[SchoolMonth]] = {}
    for school, month in some:
        parts.setdefault(month.provider if by == "provider" else school.commune_code, []).append(month)
    made = []
    for key, months in parts.items():
        judged = [one for one in months if one.contract != "not-enough"]
        shares = [
            one.down_median / one.promised_down_bps
            for one in judged
            if one.down_median is not None and one.promised_down_bps
        ]
        made.append(
            plan.Group(
                key=key, name=names.get(key, key), schools=len(months), share=middle(shares), shares=len(shares),
                contract_met=sum(one.contract == "met" for one in months),
                contract_not_met=sum(one.contract == "not-met" for one in months),
                rtt=middle(one.rtt_median for one in judged), availability=middle(one.availability for one in judged),
            )
        )  # fmt: skip
    return sorted(made, key=lambda group: group.key)


def in_order(found: Iterable[plan.Group]) -> list[plan.Group]:
    return sorted(found, key=lambda group: group.key)


@pytest.mark.parametrize("by", plan.GROUPS)
def test_groups_are_counted_and_their_medians_are_those_of_the_schools_within_scope(country: World, by: str) -> None:
    with country.session() as session:
        assert in_order(plan.groups_now(session, EVERYTHING, ASKED, by)) == by_hand(session, by, pairs(session))
        mine = by_hand(session, by, pairs(session, [HERE]))
        assert in_order(plan.groups_now(session, OWN_COMMUNE, ASKED, by)) == mine
        assert sum(group.schools for group in mine) < MORE


def test_bills_are_sums_of_the_communes_within_scope(country: World) -> None:
    with country.session() as session:
        for scope, communes in ((EVERYTHING, [HERE, THERE]), (OWN_COMMUNE, [HERE])):
            wanted = [(s.commune_code, m) for s, m in pairs(session, communes) if m.upgrade_bps is not None]
            found = plan.bills(session, scope, ASKED)
            assert (found.communes, found.schools) == (len(communes), len(wanted))
            assert found.unpriced == sum(month.more_vnd is None for _, month in wanted)
            assert found.more_vnd == sum(month.more_vnd or 0 for _, month in wanted)
            dearest = sorted(communes, key=lambda code: -sum(m.more_vnd or 0 for at, m in wanted if at == code))
            assert [bill.key for bill in found.dearest] == dearest
            assert [bill.schools for bill in found.dearest] == [sum(at == one for at, _ in wanted) for one in dearest]
        nothing = plan.bills(session, EVERYTHING, plan.Asked(month="2025-01"))
        assert nothing == plan.Bills()


def test_speeds_are_medians_of_fresh_tests_within_scope(country: World) -> None:
    with country.session() as session:
        for scope, communes in ((EVERYTHING, [HERE, THERE]), (OWN_COMMUNE, [HERE])):
            found = select(Latest).join(School, col(School.id) == Latest.school_id)
            found = found.where(col(School.is_demo).is_(False), col(School.commune_code).in_(communes))
            every = session.exec(found).all()
            fresh = [one for one in every if (one.speed_at or 0) >= NOON - overview.FRESH]
            speeds = overview.speeds(session, scope, NOON)
            assert (speeds.schools, speeds.down_bps) == (len(fresh), middle(one.down_bps for one in fresh))
            assert speeds.up_bps == middle(one.up_bps for one in fresh)
            assert speeds.rtt == middle(one.rtt for one in every if one.status in overview.WELL)
        assert overview.speeds(session, Scope(school_codes=frozenset({"none"})), NOON).down_bps is None


@pytest.mark.parametrize("by", plan.GROUPS)
def test_what_is_kept_is_what_would_be_added_up_and_nobody_with_a_part_sees_it(
    country: World, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MANY", 2)
    map_kept.renew(country.services, NOON)
    with country.session() as session:
        fresh, speeds = plan.groups_now(session, EVERYTHING, ASKED, by), overview.speeds_now(session, EVERYTHING, NOON)
        own = plan.groups_now(session, OWN_COMMUNE, ASKED, by)
        session.delete(session.exec(select(SchoolMonth).limit(1)).one())
        session.delete(session.exec(select(Latest).where(Latest.speed_at == NOON - 3_600).limit(1)).one())
        session.flush()
        assert plan.groups_now(session, EVERYTHING, ASKED, by) != fresh, "what is kept is of a minute ago"
        assert plan.groups(session, EVERYTHING, ASKED, by, NOON + 30) == (fresh, NOON)
        assert overview.speeds(session, EVERYTHING, NOON + 30) == speeds
        for scope in (OWN_COMMUNE, Scope(school_codes=frozenset({OWN, STRANGER}))):
            found, kept_at = plan.groups(session, scope, ASKED, by, NOON + 30)
            assert (found, kept_at) == (plan.groups_now(session, scope, ASKED, by), None)
        assert {group.key for group in own} <= {group.key for group in fresh}
        narrowed = plan.Asked(month=NOVEMBER, contract="met")
        assert plan.groups(session, EVERYTHING, narrowed, by, NOON + 30)[1] is None
        assert plan.groups(session, EVERYTHING, plan.Asked(month="2026-10"), by, NOON + 30) == ([], None)
        assert plan.groups(session, EVERYTHING, ASKED, by, NOON + kept.OLD + 1)[1] is None
