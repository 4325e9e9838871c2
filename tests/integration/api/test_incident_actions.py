"""What people do to incidents: within their part of the province, each step kept and audited."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import update
from sqlmodel import select

from controller.tables import Agent, Audit, Incident, IncidentSchool, Measurement, MeasurePlan, Provider, School
from controller.web import flash
from tests.integration.api.world import ADMIN, HERE, NOON, OWN, SIBLING, STRANGER, Person, World

OPERATOR, HEAD = Person("operator", "commune", HERE), Person("school", "school", OWN)
ROOT = "/api/v1"


def incident(world: World, school: str = OWN) -> dict[str, Any]:
    (found,) = world.as_admin("GET", f"{ROOT}/incidents", params={"school": school}).json()
    return dict(found)


def test_every_step_is_kept_with_who_did_it_and_is_audited(sqlite_world: World) -> None:
    world, url = sqlite_world, f"{ROOT}/incidents/{incident(sqlite_world)['id']}"
    assert world.call(OPERATOR, "POST", f"{url}/acknowledge").json()["acknowledged_by"] == OPERATOR.login
    assert world.as_admin("POST", f"{url}/acknowledge").json()["acknowledged_by"] == OPERATOR.login, "the first stays"
    world.call(OPERATOR, "POST", f"{url}/comments", json={"text": "Đã gọi VNPT"})
    assert world.call(OPERATOR, "PUT", f"{url}/ticket", json={"ticket": "V-7"}).json()["ticket"] == "V-7"
    assert world.call(OPERATOR, "POST", f"{url}/mute", json={"hours": 2}).json()["muted_until"] == NOON + 7_200
    assert world.call(OPERATOR, "POST", f"{url}/unmute").json()["muted_until"] is None
    closed = world.call(OPERATOR, "POST", f"{url}/close").json()
    assert (closed["state"], closed["ended_at"]) == ("closed", NOON)
    kinds = [step["kind"] for step in closed["steps"] if step["actor"] == OPERATOR.login]
    assert kinds == ["acknowledged", "comment", "ticket", "muted", "unmuted", "closed"]
    with world.session() as session:
        actions = session.exec(select(Audit).where(Audit.actor == OPERATOR.login)).all()
        assert [row.action for row in actions] == [f"incident.{kind}" for kind in kinds]
        assert "VNPT" not in str([row.detail for row in actions]), "what people write is not the audit's"


def test_who_sees_a_part_of_an_incident_may_not_act_on_all_of_it(sqlite_world: World) -> None:
    world, number = sqlite_world, incident(sqlite_world)["id"]
    with world.session() as session:
        stranger = session.exec(select(School).where(School.code == STRANGER)).one()
        session.add(IncidentSchool(incident_id=number, school_id=stranger.id or 0, began_at=NOON))
        session.commit()
    seen = world.call(OPERATOR, "GET", f"{ROOT}/incidents/{number}")
    assert [part["school_code"] for part in seen.json()["members"]] == [OWN]
    assert STRANGER not in seen.text
    assert world.call(OPERATOR, "POST", f"{ROOT}/incidents/{number}/acknowledge").status_code == 403
    assert world.as_admin("POST", f"{ROOT}/incidents/{number}/acknowledge").status_code == 200


def test_the_provinces_own_incident_is_the_provinces_to_see(sqlite_world: World) -> None:
    world = sqlite_world
    with world.session() as session:
        session.add(Incident(kind="province", opened_at=NOON, began_at=NOON, schools=3))
        session.commit()
    assert len(world.as_admin("GET", f"{ROOT}/incidents").json()) == 4
    assert {one["kind"] for one in world.call(OPERATOR, "GET", f"{ROOT}/incidents").json()} == {"school"}


def said(world: World, answer: httpx.Response) -> str:
    """The message that the next page shows."""
    return str(flash.serializer(world.app.state.web.flash_key).loads(answer.cookies[flash.COOKIE])[1])


def measured(world: World, at: float) -> None:
    """The schools' newest tests are of that moment."""
    with world.services.engine.begin() as connection:
        connection.execute(update(Measurement).values(at=at))


def test_a_report_joins_what_is_open_or_opens_something(sqlite_world: World) -> None:
    world, before = sqlite_world, incident(sqlite_world)
    measured(world, NOON - 7_200)
    told = world.call(HEAD, "POST", f"{ROOT}/schools/{OWN}/report", json={"text": "Phòng máy mất mạng"})
    assert told.json()["id"] == before["id"]
    measuring = world.as_admin("GET", f"{ROOT}/schools/{OWN}/measuring").json()
    assert measuring["asked_by"] == HEAD.login, "a test is asked for, through admission"
    world.as_admin("POST", f"{ROOT}/incidents/{before['id']}/close")
    fresh = world.call(HEAD, "POST", f"{ROOT}/schools/{OWN}/report", json={"text": "Lại mất"}).json()
    assert (fresh["reported_by"], fresh["school_codes"]) == (HEAD.login, [OWN])
    assert fresh["id"] != before["id"]


def test_what_people_report_has_their_provider_and_whom_to_call(sqlite_world: World) -> None:
    world, number = sqlite_world, incident(sqlite_world)["id"]
    world.as_admin("POST", f"{ROOT}/incidents/{number}/close")
    with world.session() as session:
        session.add(Provider(name=f"VNPT {OWN}", phone="1800 9999"))
        session.commit()
    told = world.call(HEAD, "POST", f"{ROOT}/schools/{OWN}/report", json={"text": "Mất mạng"}).json()
    assert told["provider"] == f"VNPT {OWN}"
    shown = world.call(HEAD, "GET", f"{ROOT}/incidents/{told['id']}").json()
    assert shown["provider_phone"] == "1800 9999"
    assert [one["phone"] for one in shown["members"][0]["contacts"]] == ["0277 385 1234"]
    assert "1800 9999" in world.call(HEAD, "GET", f"/my-school/{OWN}").text
    assert "1800 9999" in world.as_admin("GET", "/incidents/export/csv").text


def test_the_people_of_a_school_are_named_to_those_who_may_read_them(sqlite_world: World) -> None:
    """An auditor sees the incident, takes it away, and learns nobody's telephone."""
    world, number, auditor = sqlite_world, incident(sqlite_world)["id"], Person("auditor", "province")
    for person, may in ((ADMIN, True), (OPERATOR, True), (auditor, False)):
        answer = world.call(person, "GET", f"{ROOT}/incidents/{number}")
        assert bool(answer.json()["members"][0]["contacts"]) is may
        for text in (
            answer.text,
            world.call(person, "GET", f"/incidents/{number}").text,
            world.call(person, "GET", "/incidents/export/csv").text,
        ):
            assert ("0277 385 1234" in text) is may


def test_a_report_asks_for_no_test_while_one_is_young(sqlite_world: World) -> None:
    """Asked for within half an hour, or run within it: the report is taken all the same, and says so."""
    world, text = sqlite_world, {"text": "Lại mất"}

    def press(at: float) -> str:
        world.clock.now = at
        answer = world.call(HEAD, "POST", f"/my-school/{OWN}/report", data=text, follow_redirects=False)
        return said(world, answer)

    def plan() -> MeasurePlan:
        with world.session() as session:
            return session.exec(select(MeasurePlan).where(MeasurePlan.asked_by == HEAD.login)).one()

    measured(world, NOON - 7_200)
    assert "a speed test was asked for" in press(NOON)
    assert "No further test was asked for" in press(NOON + 1_790)
    assert plan().asked_at == NOON
    assert "a speed test was asked for" in press(NOON + 1_810)
    assert plan().asked_at == NOON + 1_810
    with world.session() as session:  # the test that was asked for has run
        asked = session.get_one(MeasurePlan, plan().agent_id)
        asked.asked_at = None
        session.add(asked)
        session.commit()
    measured(world, NOON + 1_900)
    assert "No further test was asked for" in press(NOON + 3_000)
    measured(world, NOON + 1_100)
    assert "a speed test was asked for" in press(NOON + 3_000)
    steps = world.as_admin("GET", f"{ROOT}/incidents/{incident(world)['id']}").json()["steps"]
    told = [step["facts"]["test"] for step in steps if step["kind"] == "reported"]
    assert told == ["asked", "recent", "asked", "recent", "asked"]


def test_a_report_from_a_school_without_a_box_is_taken_and_promises_no_test(sqlite_world: World) -> None:
    world = sqlite_world
    measured(world, NOON - 7_200)
    with world.session() as session:
        for box in session.exec(select(Agent).where(Agent.state == "accepted")).all():
            box.state = "retired"
            session.add(box)
        session.commit()
    answer = world.call(HEAD, "POST", f"/my-school/{OWN}/report", data={"text": "Mất mạng"}, follow_redirects=False)
    assert said(world, answer) == "The province is told. You can follow it on this page."
    with world.session() as session:
        assert session.exec(select(MeasurePlan).where(MeasurePlan.asked_by == HEAD.login)).first() is None
    steps = world.as_admin("GET", f"{ROOT}/incidents/{incident(world)['id']}").json()["steps"]
    assert [step["facts"]["test"] for step in steps if step["kind"] == "reported"] == ["no-box"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"scope_kind": "school", "scope_id": SIBLING}, 201),
        ({"scope_kind": "school", "scope_id": STRANGER}, 404),
        ({"scope_kind": "commune", "scope_id": HERE}, 201),
        ({"scope_kind": "commune", "scope_id": "29002"}, 404),
        ({"scope_kind": "province"}, 403),
        ({"scope_kind": "provider", "scope_id": "VNPT"}, 403),
        ({"scope_kind": "school", "scope_id": OWN, "ends_at": NOON - 1}, 422),
        ({"scope_kind": "school", "scope_id": OWN, "ends_at": NOON + 1e8}, 422),
    ],
)
def test_work_is_planned_where_one_may(sqlite_world: World, body: dict[str, Any], status: int) -> None:
    asked = {"starts_at": NOON, "ends_at": NOON + 3_600, **body}
    answer = sqlite_world.call(OPERATOR, "POST", f"{ROOT}/maintenance", json=asked)
    assert answer.status_code == status, answer.text
    whole = sqlite_world.call(ADMIN, "POST", f"{ROOT}/maintenance", json={**asked, "ends_at": NOON + 60})
    assert whole.status_code == 201


def test_the_table_is_filtered_sorted_and_taken_away(sqlite_world: World) -> None:
    world = sqlite_world
    assert [one["cause"] for one in world.as_admin("GET", f"{ROOT}/incidents?cause=power&sort=-schools").json()]
    assert world.as_admin("GET", f"{ROOT}/incidents?cause=dns").json() == []
    assert world.as_admin("GET", f"{ROOT}/incidents?state=closed").json() == []
    assert world.as_admin("GET", f"{ROOT}/incidents?commune={HERE}").headers["X-Total-Count"] == "2"
    assert world.as_admin("GET", f"{ROOT}/incidents?sort=nonsense").status_code == 422
    table = world.as_admin("GET", "/incidents/export/csv").text
    assert "Power cut" in table
    assert table.count(OWN) == 4, "twice its name, its provider and whom to call there, who are called after it"
    sheet = world.as_admin("GET", "/incidents/export/xlsx")
    assert sheet.content[:2] == b"PK"
    shown = world.as_admin("GET", f"/incidents/{incident(world)['id']}", headers={"Accept": "text/html"}).text
    assert "The box stopped without a word." in shown
