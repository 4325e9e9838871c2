"""Joining: one code, one box, one school; everything else is refused, shown, and changes nothing of another school."""

from __future__ import annotations

import base64

import pytest
from sqlmodel import select

from controller import decisions, joincodes
from controller.tables import Agent, Event, JoinCode, Latest
from tests.integration.controller.box import Box
from tests.integration.controller.conftest import Province


def events(province: Province) -> list[tuple[str, str, int | None]]:
    with province.session() as session:
        found = session.exec(select(Event).where(Event.kind == "agent").order_by("id"))
        return [(event.after, event.detail, event.school_id) for event in found]


def new_box(province: Province) -> Box:
    return Box(booted_at=province.clock() - 100)


def test_a_box_waits_as_pending_until_a_person_accepts_its_fingerprint(province: Province) -> None:
    box, code = new_box(province), province.code()
    reply = province.join(box, code)
    assert (reply["state"], reply["agent"], reply["school"]) == ("pending", box.id, "82001")
    assert reply["roots"] == province.services.keys.roots_pem
    province.accept(box)
    assert province.join(box, code)["state"] == "accepted"
    assert [event[:2] for event in events(province)] == [("pending", "compare-fingerprint"), ("accepted", "")]
    with province.session() as session:
        agent = session.exec(select(Agent)).one()
        assert len(agent.fingerprint.split("-")) == 6
        assert session.get(Latest, agent.school_id) is not None


def test_the_same_request_is_answered_the_same_however_often_it_comes(province: Province) -> None:
    box, code = new_box(province), province.code()
    body = box.join_request(code, province.clock())
    replies = [province.client.post("/v1/join", content=body).json() for _ in range(3)]
    assert replies[0] == replies[1] == replies[2]
    with province.session() as session:
        assert len(session.exec(select(Agent)).all()) == 1


def test_the_secret_is_stored_only_as_a_hash(province: Province) -> None:
    code = province.code()
    with province.session() as session:
        row = session.exec(select(JoinCode)).one()
        assert code["s"] not in row.model_dump_json()
        assert row.secret_hash == joincodes.hash_of(code["s"])


def test_a_code_is_good_for_one_box_and_the_second_is_shown_to_the_operator_once(province: Province) -> None:
    code, second = province.code(), new_box(province)
    province.join(new_box(province), code)
    for _ in range(3):
        reply = province.join(second, code)
        assert (reply["state"], reply["reason"], reply["school"]) == ("refused", "code-used", "")
    assert [event[1] for event in events(province)] == ["compare-fingerprint", "code-used"]
    with province.session() as session:
        event = session.exec(select(Event).where(Event.detail == "code-used")).one()
        assert event.facts["advice"] == "compare-boxes-then-new-code"


def test_an_expired_code_is_refused(province: Province) -> None:
    code = province.code(seconds=3600)
    province.clock.now += 3601
    assert province.join(new_box(province), code)["reason"] == "code-expired"


@pytest.mark.parametrize("change", [{"i": "00000000"}, {"s": "AAAAAAAAAAAAAAAAAAAAAA"}, {"i": ""}])
def test_a_code_that_nobody_made_is_refused(province: Province, change: dict[str, str]) -> None:
    reply = province.join(new_box(province), province.code() | change)
    assert (reply["state"], reply["reason"], reply["school_name"]) == ("refused", "code-unknown", "")
    with province.session() as session:
        assert session.exec(select(JoinCode)).one().used_at is None


def test_a_known_key_with_a_second_code_is_refused_and_the_code_stays_good(province: Province) -> None:
    box = province.accepted()
    code = province.code("82002")
    assert province.join(box, code)["reason"] == "key-known"
    assert province.join(new_box(province), code)["state"] == "pending"
    with province.session() as session:
        first = session.get(Agent, box.id)
        assert first is not None
        assert first.state == "accepted"
        event = session.exec(select(Event).where(Event.detail == "key-known")).one()
        assert event.school_id == first.school_id


def test_a_request_that_another_key_sealed_is_refused(province: Province) -> None:
    box, other = new_box(province), new_box(province)
    public = base64.b64encode(other.public).decode()
    body = box.join_request(province.code(), province.clock(), public_key=public)
    answer = province.client.post("/v1/join", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-seal")


@pytest.mark.parametrize("change", [{"public_key": "AAAA"}, {"machine": 5}, {"code_id": None}, {"now": {}}])
def test_a_request_of_the_wrong_shape_is_refused(province: Province, change: dict[str, object]) -> None:
    body = new_box(province).join_request(province.code(), province.clock(), **change)
    assert province.client.post("/v1/join", content=body).json()["code"] == "bad-request"


def test_a_future_version_is_refused(province: Province) -> None:
    body = new_box(province).join_request(province.code(), province.clock(), v=99)
    assert province.client.post("/v1/join", content=body).json()["code"] == "version"


def test_a_refused_box_is_told_so(province: Province) -> None:
    box, code = new_box(province), province.code()
    province.join(box, code)
    with province.session() as session:
        decisions.refuse(session, box.id, by="an", now=province.clock())
        session.commit()
    assert province.join(box, code)["state"] == "refused"
    with province.session() as session, pytest.raises(decisions.DecisionError, match="cannot become accepted"):
        decisions.accept(session, box.id, by="an", now=province.clock())


def test_release_from_quarantine_retires_the_identity_and_gives_a_new_code(province: Province) -> None:
    box = province.accepted()
    with province.session() as session:
        decisions.quarantine(session, box.id, by="an", now=province.clock())
        code = decisions.release(
            session, province.services.keys, box.id, by="an", url="http://127.0.0.1:1", now=province.clock()
        )
        session.commit()
    assert province.send(box).json()["code"] == "not-accepted"
    fresh = new_box(province)
    assert province.join(fresh, joincodes.decode(code.text))["school"] == "82001"
    assert fresh.id != box.id


@pytest.mark.parametrize("seconds", [0, 59, 31 * 86_400])
def test_a_code_is_never_good_for_longer_than_thirty_days(province: Province, seconds: float) -> None:
    with pytest.raises(joincodes.JoinCodeError):
        province.code(seconds=seconds)


def test_the_roots_are_served_to_anybody(province: Province) -> None:
    answer = province.client.get("/v1/ca")
    assert answer.text == province.services.keys.served_pem


def test_a_call_that_is_none_is_not_found_and_a_wrong_method_is_named(province: Province) -> None:
    assert province.client.get("/v1/nothing").status_code == 404
    assert province.client.get("/v1/join").status_code == 405
