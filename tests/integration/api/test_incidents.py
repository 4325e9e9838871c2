"""Incidents over a real database: opened, joined, judged, closed; once, also after a restart in the middle."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session, col, select

from controller import status
from controller.incidents import gather, task
from controller.store import table_of
from controller.tables import (
    Agent,
    Commune,
    Event,
    Hour,
    Incident,
    IncidentSchool,
    IncidentStep,
    Latest,
    Link,
    Maintenance,
    School,
)
from tests.integration.api.world import World

NOON = 1_795_496_400.0
EACH = 6


class Place:
    """Two communes of six schools; each commune has four on one provider and two on another."""

    def __init__(self, world: World) -> None:
        self.world = world
        with world.session() as session:
            for table in (IncidentStep, IncidentSchool, Incident, Maintenance):
                session.connection().execute(table_of(table).delete())
            session.connection().execute(
                table_of(School).update().values(is_demo=True)
            )  # those of the world are no part
            for place in "ab":
                session.add(Commune(code=f"9{'ab'.index(place)}", name=f"Xã {place}", province_code="82"))
            session.flush()
            for number in range(2 * EACH):
                self._school(session, number)
            session.commit()

    def _school(self, session: Session, number: int) -> None:
        school = School(code=f"I{number}", name=f"Trường {number}", commune_code=f"9{number // EACH}")
        session.add(school)
        session.flush()
        assert school.id is not None
        session.add(Link(school_id=school.id, provider="VNPT" if number % EACH < 4 else "Viettel"))
        session.add(Agent(id=f"agent{number}", school_id=school.id, state="accepted", public_key=f"k{number}"))
        session.add(Latest(school_id=school.id, status="up", status_since=NOON - 9_000))

    def beat(self, *numbers: int, at: float, tells: bool = True) -> None:
        """A sign of life; ``tells``: and an exchange, in which the box brings what it has kept."""
        with self.world.session() as session:
            table = table_of(Agent)
            names = [f"agent{number}" for number in numbers]
            values = {"last_beat_at": at} | ({"last_exchange_at": at} if tells else {})
            session.connection().execute(table.update().where(table.c.id.in_(names)).values(values))
            session.commit()

    def tell(self, number: int, at: float, subject: str, after: str, **facts: Any) -> None:
        with self.world.session() as session:
            before = {"up": "down", "down": "up"}[after]
            school = session.exec(select(School.id).where(School.code == f"I{number}")).one()
            session.add(
                Event(
                    school_id=school, agent_id=f"agent{number}", at=at, seen_at=at, kind=subject.partition(":")[0],
                    subject=subject, before=before, after=after, facts=facts,
                )
            )  # fmt: skip
            session.commit()

    def tell_cut_line(self, number: int, cut: float, back: float) -> None:
        """What a box tells afterwards when the provider's line was cut, and its own router held."""
        for subject in ("target:isp-hop", "target:domestic:vnix", "target:controller"):
            self.tell(number, cut + 12, subject, "down", spoke=True, address="192.0.2.1")
            self.tell(number, back + 9, subject, "up")

    def tick(self, now: float) -> int:
        services = self.world.services
        self.world.clock.now = now
        with services.engine.begin() as connection:
            status.refresh(
                connection, now=now, beat_every=30.0, zone=services.settings.zone, heard={}, listening_since=0.0
            )
        return task.tick(services, now)

    def incidents(self) -> list[Incident]:
        with self.world.session() as session:
            return list(session.exec(select(Incident).order_by(col(Incident.id))))

    def parts(self) -> list[IncidentSchool]:
        with self.world.session() as session:
            return list(session.exec(select(IncidentSchool).order_by(col(IncidentSchool.school_id))))

    def statuses(self) -> dict[str, str]:
        with self.world.session() as session:
            query = select(School.code, Latest.status).join(Latest, col(Latest.school_id) == School.id)
            return dict(session.exec(query.where(col(School.code).startswith("I"))).all())


@pytest.fixture
def place(world: World) -> Place:
    return Place(world)


ALL = tuple(range(2 * EACH))


def test_a_communes_schools_on_one_provider_are_one_incident_and_its_end_is_told_by_their_boxes(place: Place) -> None:
    cut, back = NOON, NOON + 1_200
    place.beat(*ALL, at=cut)
    rest = [number for number in ALL if number > 3]
    assert place.tick(cut + 20) == 0
    for now in range(100, 200, 10):
        place.beat(*rest, at=cut + now)
        place.tick(cut + now)
    (incident,) = place.incidents()
    assert (incident.kind, incident.commune_code, incident.provider, incident.schools) == ("area", "90", "VNPT", 4)
    assert (incident.state, incident.cause, incident.is_final) == ("open", "isp-access", False)
    assert incident.began_at == cut
    late = 3  # beats as soon as it can, and tells ten minutes after all is over
    prompt = [number for number in ALL if number != late]
    for number in range(late):
        place.tell_cut_line(number, cut, back)
    place.beat(*prompt, at=back + 40)
    place.beat(late, at=back + 40, tells=False)
    place.tick(back + 45)
    (incident,) = place.incidents()
    assert (incident.cause, incident.is_final, incident.state) == ("isp-access", True, "open")
    assert [part.final_cause for part in place.parts()] == ["isp-access"] * late + [""]
    place.beat(*prompt, at=back + 400)
    place.beat(late, at=back + 400, tells=False)
    place.tick(back + 410)
    assert [one.state for one in place.incidents()] == ["closed"]
    place.tell_cut_line(late, cut, back)
    place.beat(*ALL, at=back + 1_010)
    assert place.tick(back + 1_015) == 0
    for part in place.parts():
        assert (part.provisional_cause, part.final_cause) == ("isp-access", "isp-access")
        assert {one["code"] for one in part.final_evidence} >= {"hop-lost", "gateway-there", "others-lit"}
        assert part.final_began_at is not None
        assert part.final_ended_at is not None
        assert max(abs(part.final_began_at - cut), abs(part.final_ended_at - back)) <= 35
    (incident,) = place.incidents()
    assert (incident.cause, incident.state) == ("isp-access", "closed")


def test_people_who_report_what_no_box_measures_keep_no_late_box_waiting(place: Place) -> None:
    with place.world.session() as session:
        for number in range(25):  # closed by hand; their boxes have told since
            school = session.exec(select(School.id).where(School.code == f"I{1 + number % 11}")).one() or 0
            said = Incident(
                state="closed", severity="degraded", opened_at=NOON - 600, began_at=NOON - 600, ended_at=NOON - 60,
                closed_at=NOON - 60, reported_by="head",
            )  # fmt: skip
            session.add(said)
            session.flush()
            session.add(
                IncidentSchool(
                    incident_id=said.id or 0, school_id=school, status="up", began_at=NOON - 600, ended_at=NOON - 60
                )
            )
        session.commit()
    place.beat(*ALL, at=NOON)
    place.tick(NOON + 20)
    place.beat(*ALL[1:], at=NOON + 150)
    place.tick(NOON + 150)
    back = NOON + 600
    place.beat(*ALL[1:], at=back)
    place.beat(0, at=back, tells=False)
    place.tick(back + 5)
    place.beat(*ALL, at=back + 400, tells=False)
    place.tick(back + 405)
    assert {one.state for one in place.incidents()} == {"closed"}
    place.tell_cut_line(0, NOON, back)
    place.beat(*ALL, at=back + 1_000)
    place.tick(back + 1_010)
    assert [part.final_cause for part in place.parts() if part.status != "up"] == ["isp-access"]


def test_a_power_cut_is_final_only_when_the_box_has_told(place: Place) -> None:
    place.beat(*ALL, at=NOON)
    place.tick(NOON + 20)
    place.beat(*ALL[1:], at=NOON + 140)
    place.tick(NOON + 140)
    (part,) = place.parts()
    assert (part.provisional_cause, part.final_cause, part.status) == ("power", "", "silent")
    died = NOON + 8
    place.tell(
        0, NOON + 900, "box", "up", clean=False, same_boot=False, up_seconds=25.0, last_alive_at=died, last_alive={}
    )
    place.tell(0, NOON + 1_000, "target:domestic:vnix", "up")
    place.beat(*ALL, at=NOON + 1_010)
    place.tick(NOON + 1_015)
    (part,) = place.parts()
    assert (part.final_cause, part.final_began_at) == ("power", died)
    assert part.final_ended_at is not None
    assert abs(part.final_ended_at - NOON - 985) < 1


def test_most_schools_together_are_our_side_and_none_is_marked_down(place: Place) -> None:
    for number in ALL:  # beats are spread over half a minute
        place.beat(number, at=NOON + 2.5 * number)
    place.tick(NOON + 40)
    counted = []
    for now in range(60, 240, 5):
        place.tick(NOON + now)
        counted += [one.schools for one in place.incidents()]
    (incident,) = place.incidents()
    assert (incident.kind, incident.cause, incident.schools, incident.began_at) == ("province", "controller", 12, NOON)
    assert set(counted) == {12}, "those that are missed count, not only those that would be silent by now"
    assert set(place.statuses().values()) == {"up"}
    place.beat(*ALL, at=NOON + 300)
    place.tick(NOON + 305)
    (incident,) = place.incidents()
    assert incident.ended_at == NOON + 305
    place.beat(*ALL, at=NOON + 700)
    place.tick(NOON + 705)
    assert [one.state for one in place.incidents()] == ["closed"]


def test_flapping_is_one_incident(place: Place) -> None:
    now = NOON
    for _ in range(4):
        place.beat(*ALL, at=now)
        place.tick(now + 5)
        for later in (140, 150):
            place.beat(*ALL[1:], at=now + later)
            place.tick(now + later)
        now += 200
    (incident,) = place.incidents()
    assert (incident.state, incident.schools, incident.flaps) == ("open", 1, 3)


def test_planned_work_opens_nothing_and_is_no_outage(place: Place) -> None:
    with place.world.session() as session:
        session.add(Maintenance(scope_kind="provider", scope_id="VNPT", starts_at=NOON, ends_at=NOON + 3_600))
        session.commit()
    place.beat(*ALL, at=NOON)
    place.tick(NOON + 20)
    place.beat(*ALL[1:], at=NOON + 200)
    place.tick(NOON + 200)
    assert place.incidents() == []
    assert place.statuses()["I0"] == "expected-off"


def test_a_restart_in_the_middle_doubles_nothing(place: Place) -> None:
    place.beat(*ALL, at=NOON)
    place.tick(NOON + 20)
    place.beat(*ALL[1:], at=NOON + 150)
    place.tick(NOON + 150)
    before = len(place.incidents())
    for _ in range(3):  # another process, or this one started again: the same moment once more
        assert task.tick(place.world.services, NOON + 150) == 0
    assert len(place.incidents()) == before == 1
    with place.world.session() as session:
        kinds = [step.kind for step in session.exec(select(IncidentStep))]
    assert sorted(kinds) == ["opened", "provisional"]


def test_a_window_that_a_standstill_stretched_is_no_measuring(place: Place) -> None:
    def window(at: float, seconds: float, count: int) -> dict[str, Any]:
        return {"name": "rtt_seconds", "labels": {"target": "gateway"}, "at": at, "seconds": seconds, "count": count}

    with place.world.session() as session:
        school = session.exec(select(School.id).where(School.code == "I0")).one() or 0
        hour = int(NOON) // 3_600 * 3_600
        usual = [window(NOON - 1_800, 900.0, 90), window(NOON - 900, 900.0, 90)]
        session.add(Hour(school_id=school, hour_at=hour, windows=[*usual, window(NOON, 900.0, 30)]))
        session.commit()
        connection = session.connection()
        assert not gather.has_measured(connection, school, NOON + 100, NOON + 700)
        assert gather.has_measured(connection, school, NOON - 800, NOON - 100)
        assert not gather.has_measured(connection, school, NOON + 2_000, NOON + 2_600)
