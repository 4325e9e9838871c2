"""The pages of boxes: compare, accept, refuse, release; join codes that are shown once; what was not taken."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from sqlmodel import select

from controller import joincodes
from controller.tables import Agent, Audit, Event, JoinCode, Rejected, School
from tests.integration.api.world import ADMIN, NOON, OWN, SIBLING, STRANGER, Person, World, box_id, code_id

TECHNICIAN = Person("technician", "school", OWN)
AUDITOR = Person("auditor", "province")
PENDING, ACCEPTED, QUARANTINED = (box_id(OWN, state) for state in ("pending", "accepted", "quarantined"))


def page(world: World, path: str = "/boxes", person: Person = ADMIN) -> str:
    answer = world.call(person, "GET", path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def text_of(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


def post(world: World, path: str, person: Person = ADMIN, **fields: str) -> Any:
    return world.call(person, "POST", path, data=fields, headers={"Accept": "text/html"}, follow_redirects=False)


def agent(world: World, number: str) -> Agent:
    with world.session() as session:
        found = session.get(Agent, number)
        assert found is not None
        return found


def test_a_pending_box_shows_its_six_words_in_order(sqlite_world: World) -> None:
    markup = page(sqlite_world, person=TECHNICIAN)
    card = markup.split(f'id="pending-{PENDING}"', 1)[1].split("</article>", 1)[0]
    assert re.findall(r"<li>([^<]+)</li>", card) == agent(sqlite_world, PENDING).fingerprint.split("-")
    assert box_id(STRANGER, "pending") not in markup


def test_accepting_leads_to_the_school_and_is_audited(sqlite_world: World) -> None:
    answer = post(sqlite_world, f"/boxes/{PENDING}/accept", TECHNICIAN, compared="yes")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/schools/{OWN}")
    found = agent(sqlite_world, PENDING)
    assert (found.state, found.decided_by) == ("accepted", TECHNICIAN.login)
    with sqlite_world.session() as session:
        row = session.exec(select(Audit).where(Audit.action == "agent.accept")).one()
    assert row.actor == TECHNICIAN.login
    assert row.detail["fingerprint"] == found.fingerprint


def test_nobody_accepts_without_saying_that_the_words_were_compared(sqlite_world: World) -> None:
    answer = post(sqlite_world, f"/boxes/{PENDING}/accept")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/boxes/{PENDING}")
    assert agent(sqlite_world, PENDING).state == "pending"


def test_refusing_keeps_the_reason_and_shows_it_in_words(sqlite_world: World) -> None:
    assert post(sqlite_world, f"/boxes/{PENDING}/refuse", reason="wrong-fingerprint").status_code == 303
    found = agent(sqlite_world, PENDING)
    assert (found.state, found.reason) == ("refused", "wrong-fingerprint")
    assert "The six words differ" in text_of(page(sqlite_world, f"/boxes/{PENDING}"))
    assert post(sqlite_world, f"/boxes/{PENDING}/refuse", reason="because").status_code == 422


def test_a_decision_that_came_too_late_says_so(sqlite_world: World) -> None:
    post(sqlite_world, f"/boxes/{PENDING}/refuse", reason="refused")
    answer = post(sqlite_world, f"/boxes/{PENDING}/accept", compared="yes")
    assert answer.status_code == 409
    assert "Load the page again" in answer.text


def test_a_quarantined_box_says_why_and_what_to_do(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        found = session.get(Agent, QUARANTINED)
        assert found is not None
        found.reason = "clone-suspected"
        session.add(found)
        session.commit()
    for path in ("/boxes", f"/boxes/{QUARANTINED}"):
        words = text_of(page(sqlite_world, path))
        assert "Two machines use this identity: the disk may have been copied" in words
        assert "Turn the copy off. Keep one machine only." in words


def test_releasing_retires_the_identity_and_shows_a_new_code_once(sqlite_world: World) -> None:
    answer = post(sqlite_world, f"/boxes/{QUARANTINED}/release")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    code = re.search(r'id="join-code">(tn1:[\w-]+)<', answer.text)
    assert code
    assert "--again" in answer.text
    assert agent(sqlite_world, QUARANTINED).state == "retired"
    assert joincodes.decode(code[1])["i"] not in (code_id(OWN), "")
    assert code[1] not in page(sqlite_world)


def test_a_join_code_is_shown_once_as_text_and_as_a_picture(sqlite_world: World) -> None:
    answer = post(sqlite_world, "/boxes/codes", TECHNICIAN, school=OWN, hours="720")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    code = re.search(r'id="join-code">(tn1:[\w-]+)<', answer.text)
    assert code
    assert "<svg" in answer.text.split('class="qr"', 1)[1]
    assert "style=" not in answer.text.split('class="qr"', 1)[1].split("</svg>", 1)[0]
    parts = joincodes.decode(code[1])
    with sqlite_world.session() as session:
        row = session.get(JoinCode, parts["i"])
        assert row is not None
        assert row.expires_at == NOON + 30 * 86_400
    listed = page(sqlite_world, person=TECHNICIAN)
    assert parts["i"] in listed
    assert parts["s"] not in listed


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"school": STRANGER, "hours": "72"}, 404, "School not found"),
        ({"school": "", "hours": "72"}, 422, "school"),
        ({"school": OWN, "hours": "721"}, 422, "hours"),
        ({"school": "<b>", "hours": "x"}, 422, "school"),
    ],
)
def test_a_form_that_is_wrong_comes_back_with_what_was_typed(
    sqlite_world: World, fields: dict[str, str], status: int, said: str
) -> None:
    answer = post(sqlite_world, "/boxes/codes", TECHNICIAN, **fields)
    assert answer.status_code == status
    assert said in answer.text
    assert "tn1:" not in answer.text
    assert "<b>" not in answer.text


def test_a_code_can_be_revoked(sqlite_world: World) -> None:
    assert code_id(OWN) in page(sqlite_world)
    assert post(sqlite_world, f"/boxes/codes/{code_id(OWN)}/revoke").status_code == 303
    assert code_id(OWN) not in page(sqlite_world)


def test_schools_to_choose_from_are_those_that_one_may_make_codes_for(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        row = session.exec(select(School).where(School.code == SIBLING)).one()
        row.is_sample = True
        session.add(row)
        session.commit()
    assert re.findall(r'value="([^"]+)"', page(sqlite_world, "/boxes/schools?school=doc+binh")) == [OWN, STRANGER]
    assert re.findall(r'value="([^"]+)"', page(sqlite_world, "/boxes/schools", TECHNICIAN)) == [OWN]


def test_the_table_shows_clock_spool_version_and_the_newest_beat(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        found = session.get(Agent, ACCEPTED)
        assert found is not None
        found.version, found.clock_skew = "0.1.0", -10 * 365 * 86_400.0
        found.spool_bytes, found.spool_limit, found.spool_unacknowledged = 450_000_000, 512_000_000, 12
        found.last_beat_at = NOON - 600
        session.add(found)
        session.commit()
    sqlite_world.services.beats.seen(ACCEPTED, NOON - 15)
    row = next(part for part in page(sqlite_world).split("<tr>") if f"/boxes/{ACCEPTED}" in part)
    words = text_of(row)
    form = sqlite_world.app.state.web.format("en")
    assert form.ago(NOON - 15) in words
    assert form.duration(10 * 365 * 86_400) in words
    assert "450 MB" in words
    assert "88 %" in words.replace("\u00a0", " ")
    assert "12 batches waiting" in words
    own = text_of(page(sqlite_world, f"/boxes/{ACCEPTED}"))
    assert "The box's clock is wrong" in own
    assert "spool is nearly full" in own


def test_boxes_are_found_filtered_and_sorted(sqlite_world: World) -> None:
    table = page(sqlite_world, "/boxes?state=quarantined").split('id="box-table"', 1)[1].split("</table>", 1)[0]
    assert set(re.findall(r"/boxes/([0-9a-f]{16})", table)) == {
        box_id(code, "quarantined") for code in (OWN, SIBLING, STRANGER)
    }
    table = page(sqlite_world, f"/boxes?q={STRANGER}").split('id="box-table"', 1)[1].split("</table>", 1)[0]
    assert len(set(re.findall(r"/boxes/([0-9a-f]{16})", table))) == 3
    assert "No box matches" in text_of(page(sqlite_world, "/boxes?q=nowhere"))
    for sort in ("school", "-state", "version", "-spool_bytes", "nonsense"):
        assert page(sqlite_world, f"/boxes?sort={sort}")


def test_what_was_not_taken_is_shown_with_its_reason_to_those_who_may(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        school = session.exec(select(School).where(School.code == OWN)).one()
        session.add(
            Rejected(agent_id=ACCEPTED, school_id=school.id, seq=9, item=4, reason="not-finite", detail="<i>", at=NOON)
        )
        session.commit()
    markup = page(sqlite_world, person=AUDITOR)
    assert "A number that is none (NaN, infinity)" in text_of(markup)
    assert "<i>" not in markup
    assert "A number that is none" in text_of(page(sqlite_world, f"/boxes/{ACCEPTED}", AUDITOR))
    assert "A number that is none" not in page(sqlite_world, person=TECHNICIAN)


def test_strange_boxes_are_the_province_s_to_see(sqlite_world: World) -> None:
    facts = {"hostname": "lạ", "advice": "check-code-or-restore"}
    with sqlite_world.session() as session:
        session.add(Event(at=NOON, kind="agent", subject="join:x", after="refused", detail="code-unknown", facts=facts))
        session.commit()
    assert "Joining refused: there is no such code (lạ)" in text_of(page(sqlite_world))
    assert "(lạ)" not in page(sqlite_world, person=TECHNICIAN)


def test_an_auditor_sees_everything_and_is_offered_no_decision(sqlite_world: World) -> None:
    for path in ("/boxes", f"/boxes/{PENDING}", f"/boxes/{QUARANTINED}", f"/boxes/{ACCEPTED}"):
        markup = page(sqlite_world, path, AUDITOR)
        assert not re.search(r'action="/boxes/', markup)


def test_a_province_without_boxes_says_how_to_get_one(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        for model in (Rejected, Agent):
            for row in session.exec(select(model)):
                session.delete(row)
        with session.no_autoflush:
            session.connection().exec_driver_sql("DELETE FROM inventory_snapshot")
        session.commit()
    words = text_of(page(sqlite_world))
    assert "No boxes yet" in words
    assert "truongnet agent join CODE" in words


def test_the_pages_are_the_same_on_each_database(world: World) -> None:
    assert text_of(page(world, "/boxes?sort=-last_beat_at"))
    assert "Box" in text_of(page(world, f"/boxes/{ACCEPTED}"))
    assert post(world, f"/boxes/{PENDING}/accept", compared="yes").status_code == 303
