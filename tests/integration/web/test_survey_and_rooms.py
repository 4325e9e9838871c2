"""From a school's link to its registry, from counted rooms to the plan, from a GLPI agent's message to a machine."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from sqlmodel import select

from controller.api import school_links
from controller.assets import kpi, links
from controller.assets.book import serialise, take
from controller.assets.feed import feed
from controller.plan.months import month_of
from controller.tables import Asset, AssetEvent, Room, RoomItem, RoomMonth, School, SchoolLink, SurveyAnswer
from inventory.identity.sighting import sight
from tests.integration.api.world import HERE, NOON, OWN, SIBLING, Person, World
from tests.integration.registry.calls import table
from tests.integration.web.forms import PAGE, done, get, post, shown

DAY = 86_400.0
RECORDED = Path(__file__).parents[2] / "recorded" / "glpi"
AGENT: dict[str, Any] = {
    "action": "inventory",
    "deviceid": "lab-01-2026-01-05-07-00-00",
    "content": {
        "hardware": {"name": "LAB-01", "uuid": "4c4c4544-0053-4a10-8054-b4c04f4d3332", "memory": 8192},
        "bios": {"ssn": "5CG8203XYZ", "smodel": "HP ProDesk 400 G7", "smanufacturer": "HP"},
        "networks": [{"type": "ethernet", "mac": "18:c0:4d:aa:bb:77"}],
        "monitors": [{"serial": "CN4210ZZ1K", "caption": "HP P22"}],
    },
}


def address(world: World, purpose: str) -> str:
    with world.session() as session:
        school = session.exec(select(School).where(School.code == OWN)).one()
        row = SchoolLink(id="ab" * 8, school_id=school.id or 0, purpose=purpose, created_at=NOON, expires_at=4e9)
        session.add(row)
        session.commit()
        token = links.token_of(world.services.keys.secret(school_links.KEY), row)
    return f"/{purpose}/{token}"


def test_a_school_answers_on_a_telephone_and_what_it_said_is_taken_over_once(world: World) -> None:
    url = address(world, "survey")
    form = {
        "rows": "3", "r0-code": "B1", "r0-display": "1", "r0-teacher-computer": "1", "r0-speaker": "2", "has": "yes",
        "provider": "VNPT", "down_mbps": "150", "contact_name": "Cô Lan", "contact_phone": "0900", "outages": "weekly",
    }  # fmt: skip
    bad = world.call(None, "POST", url, data=form | {"r0-display": "một", "r1-code": "B1"}, headers=PAGE)
    assert bad.status_code == 422
    assert all(f'id="{name}-error"' in bad.text for name in ("r0-display", "r1-code"))
    more = world.call(None, "POST", url, data=form | {"more": "1"}, headers=PAGE)
    assert 'name="r5-code"' in more.text
    for _ in range(2):  # a second sending corrects the first
        assert world.call(None, "POST", url, data=form, headers=PAGE, follow_redirects=False).status_code == 303
    with world.session() as session:
        answers = session.exec(select(SurveyAnswer).where(SurveyAnswer.contact_name == "Cô Lan")).all()
        assert len(answers) == 1
    page = get(world, f"/schools/{OWN}/survey")
    assert "Cô Lan" in page
    assert done(post(world, f"/surveys/{answers[0].id}/apply")) == f"/schools/{OWN}/survey"
    with world.session() as session:
        room = session.exec(select(Room).where(Room.code == "B1")).one()
        items = session.exec(select(RoomItem).where(RoomItem.room_id == room.id)).all()
        assert {one.item: (one.count, one.source) for one in items}["speaker"] == (2, "survey")
    assert post(world, f"/surveys/{answers[0].id}/apply").status_code == 409


def test_the_plan_counts_smart_classrooms_and_never_takes_unknown_for_met(world: World) -> None:
    page = shown(get(world, "/rooms-gap"))
    with world.session() as session:
        room = session.exec(select(Room).join(School).where(School.code == OWN, Room.kind == "classroom")).first()
        assert room is not None
        number = room.id
    full = {"display": "1", "teacher-computer": "1", "speaker": "1", "internet": "1", "wifi": "1", "power": "2"}
    assert done(post(world, f"/schools/{OWN}/rooms-gap/{number}", full)) == f"/schools/{OWN}/rooms-gap"
    assert kpi.count_up(world.services.engine, world.services.settings.zone, NOON, budget=60) >= 1
    month = month_of(NOON, world.services.settings.zone)
    with world.session() as session:
        rows = session.exec(select(RoomMonth).where(RoomMonth.commune_code == HERE)).all()
        assert sum(row.schools_with_one for row in rows) == 1
        assert sum(row.schools_unknown for row in rows) == sum(row.schools for row in rows) - 1
        assert {row.month for row in rows} == {month}
    assert page != shown(get(world, "/rooms-gap"))
    smart = world.as_admin("GET", f"/api/v1/plan?month={month}").json()["smart"]
    assert (smart["total"]["schools_with_one"], smart["communes"][HERE]["schools_unknown"]) == (1, 1)
    assert (smart["trend"][month], sum(one["schools"] for one in smart["levels"].values())) == (smart["total"], 3)
    assert world.as_admin("GET", "/api/v1/plan?month=2026-01").json()["smart"]["total"] is None  # not counted, not 0
    lines = table(world.as_admin("GET", "/plan/export/csv").text)
    assert lines[0][-4:] == [
        "Schools with a smart classroom", "Schools not known about smart classrooms", "Smart classrooms",
        "Classrooms written down",
    ]  # fmt: skip


def test_answers_are_read_and_taken_over_by_the_api_and_only_callers_learn_whom_to_call(world: World) -> None:
    body = {"rooms": [{"code": "B2", "items": {"display": 1}}], "contact_name": "Cô Lan", "contact_phone": "0900"}
    url = f"/api/v1/schools/{OWN}/surveys"
    first, second = (world.as_admin("POST", url, json=body | {"note": note}).json() for note in ("một", "hai"))
    assert first["id"] == second["id"]  # a second one corrects the first while nobody decided on it
    assert second["answers"]["contact_name"] == "Cô Lan"
    number = second["id"]
    auditor = world.call(Person("auditor", "school", OWN), "GET", f"/api/v1/surveys/{number}").json()
    assert (auditor["answers"]["note"], auditor["answers"]["contact_name"]) == ("hai", "")
    listed = world.as_admin("GET", f"/api/v1/surveys?state=sent&school={OWN}&commune={HERE}&limit=1")
    assert ([one["id"] for one in listed.json()], listed.headers["X-Total-Count"]) == ([number], "2")
    applied = world.as_admin("POST", f"/api/v1/surveys/{number}/apply").json()
    assert {name: applied[name] for name in ("state", "rooms", "counts", "line", "contact")} == {
        "state": "applied", "rooms": 1, "counts": 1, "line": False, "contact": True,
    }  # fmt: skip
    for deed in ("apply", "dismiss"):
        assert world.as_admin("POST", f"/api/v1/surveys/{number}/{deed}").json()["code"] == "survey-decided"
    assert world.as_admin("POST", url, json=body | {"rooms": [{"code": "B2", "pupils": ["An"]}]}).status_code == 422


def test_an_agent_is_answered_in_its_own_words_and_its_machine_is_known_again(world: World) -> None:
    url = address(world, "glpi")
    for body in (json.dumps(AGENT).encode(), gzip.compress(json.dumps(AGENT).encode())):
        answer = world.call(None, "POST", url, content=body)
        assert answer.json() == {"status": "ok", "expiration": 24}
    for body in (
        b"",
        b"<xml/>",
        b"{}",
        gzip.compress(b"{")[:-3],
        b'{"action":"inventory","deviceid":"a"}',
        b"[" * 9999,
    ):
        refused = world.call(None, "POST", url, content=body)
        assert (refused.status_code, refused.json()["status"]) == (422, "error"), body[:20]
    assert world.call(None, "POST", url[:-1] + "!", content=b"{}").status_code == 403
    with world.session() as session:
        found = session.exec(select(Asset).where(Asset.name == "LAB-01")).all()
        assert [asset.serial for asset in found] == ["5CG8203XYZ"]
        assert len(session.exec(select(Asset).where(Asset.serial == "CN4210ZZ1K")).all()) == 1


def test_a_real_agents_two_runs_are_one_machine(world: World) -> None:
    url, heard = address(world, "glpi"), []
    for name in ("1-prolog.xml", "2-inventory.json", "3-contact.json", "4-partial.json"):
        world.clock.now += 3_600
        answer = world.call(None, "POST", url, content=zlib.compress((RECORDED / name).read_bytes()))
        assert answer.json() == {"status": "ok", "expiration": 24}, name
        with world.session() as session:
            heard.append([asset.last_seen for asset in session.exec(select(Asset).where(Asset.name == "vm"))])
    assert heard == [[], [NOON + 7_200], [NOON + 7_200], [NOON + 14_400]]
    stranger = (RECORDED / "4-partial.json").read_bytes().replace(b"vm-2026", b"pc-2026")
    world.call(None, "POST", url, content=stranger)  # an agent of which no full inventory is known
    with world.session() as session:
        assert len(session.exec(select(Asset).where(Asset.name == "vm")).all()) == 1


def test_what_boxes_and_networks_told_becomes_machines_and_is_taken_once(world: World) -> None:
    def records() -> int:
        with world.session() as session:
            return len(session.exec(select(Asset.id)).all())

    feed(world.services.engine, NOON)
    first = records()
    assert first > 6  # more than those that were written down
    feed(world.services.engine, NOON + 60)  # goes on from where it stopped
    assert records() == first


def test_history_survives_a_new_name_and_a_new_school(world: World) -> None:
    told = {"serial": ["5CG8203XYZ"], "mac": ["18:c0:4d:aa:bb:77"], "host": ["lab-01"], "disk": ["S3Z9NB0K123456"]}
    with world.session() as session:
        schools = {one.code: one.id or 0 for one in session.exec(select(School))}
        numbers = set()
        for day, (code, change) in enumerate(((OWN, {}), (OWN, {"host": ["phong-2"]}), (SIBLING, {}))):
            serialise(session)
            seen = sight("glpi", schools[code], NOON + day * DAY, told | change, device="pc", is_full=True)
            taken = take(session, seen)
            assert taken.asset is not None
            numbers.add(taken.asset.id)
            session.commit()
        assert len(numbers) == 1
        events = session.exec(select(AssetEvent).where(AssetEvent.asset_id == numbers.pop())).all()
        assert {"found", "host", "school"} <= {event.kind for event in events}
