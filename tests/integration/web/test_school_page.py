"""A school's page: what it says of the school, and what it never says."""

from __future__ import annotations

import re

import pytest

from controller.tables import Agent, Contact, Device, Event, InventorySnapshot, Link, School
from tests.integration.api.world import ADMIN, NOON, OWN, STRANGER, World, box_id
from tests.integration.web.school import AUDITOR, PATH, SCHOOL_HEAD, get, school, set_latest, text_of


def test_it_says_the_status_with_its_reason_and_since_when(sqlite_world: World) -> None:
    set_latest(sqlite_world, status="down", status_reason="internet", status_since=NOON - 3 * 3600)
    words = text_of(get(sqlite_world))
    assert "The school's router answers, but nothing on the Internet does: the line is cut." in words
    assert "Call the provider with the contract's number" in words
    assert "since 24 Nov 2026 09:00" in words


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("silent", "no-beat", "The box is not heard any more."),
        ("degraded", "loss", "5 % of the packets or more are lost"),
        ("expected-off", "calendar", "Outside the school's hours by its calendar"),
        ("no-box", "waiting", "was accepted, but has not reported yet"),
    ],
)
def test_every_status_is_explained(sqlite_world: World, status: str, reason: str, words: str) -> None:
    set_latest(sqlite_world, status=status, status_reason=reason, status_since=NOON - 60)
    assert words in text_of(get(sqlite_world))


def test_hardware_is_shown_as_cards_and_what_is_missing_is_named(sqlite_world: World) -> None:
    sections = {
        "cpu": {"model": "Intel N100", "cores": 4, "threads": 4},
        "memory": {"total_bytes": 8 * 2**30, "modules": []},
        "disks": [{"name": "sda", "kind": "ssd", "model": "Kingston", "bytes": 240e9, "health": {"status": "failing"}}],
        "displays": [],
        "missing": {"board": {"reason": "no-dmi", "detail": "no /sys/class/dmi"}},
        "system": "odd",
    }
    with sqlite_world.session() as session:
        held = session.get(InventorySnapshot, box_id(OWN, "accepted"))
        assert held is not None
        held.sections = sections
        session.add(held)
        session.commit()
    words = text_of(get(sqlite_world))
    for said in ("Intel N100", "8.00 GB", "Kingston", "240 GB", "Failing", "No display is plugged in."):
        assert said in words
    assert "This machine does not tell (it has no DMI table)." in words


def test_devices_are_searched_without_accents_sorted_and_paged(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        key = school(session).id or 0
        session.add(Device(school_id=key, mac="da:a1:19:00:00:01", ip="10.0.0.9", is_private_mac=True, last_seen=NOON))
        for n in range(14):
            mac, name = f"b8:27:eb:11:00:{n:02x}", f"Máy chiếu {n:02}"
            session.add(Device(school_id=key, mac=mac, ip=f"10.0.0.{n + 10}", name=name, last_seen=NOON - n))
        session.commit()
    words = text_of(get(sqlite_world, f"{PATH}?q=may+chieu+03"))
    assert "Máy chiếu 03" in words
    assert "Máy chiếu 04" not in words
    page = get(sqlite_world, f"{PATH}?sort=ip&q=10.0.0")
    addresses = re.findall(r">(10\.0\.0\.\d+)<", page)
    assert addresses == [f"10.0.0.{n}" for n in range(9, 9 + len(addresses))]
    assert "Private MAC" in text_of(page)
    assert "Máy chiếu 13" in text_of(get(sqlite_world, f"{PATH}?sort=name&page=2"))
    assert get(sqlite_world, f"{PATH}?sort=nonsense&q=%00%27%22")


def test_events_are_sentences_with_their_proof_and_what_to_do(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        key = school(session).id
        advice = {"advice": "copied-disk-reset-box-then-new-code", "hostname": "box-2"}
        rows = [
            Event(at=NOON - 5, kind="target", subject="target:domestic:vnix", before="up", after="down", seq=41),
            Event(at=NOON - 5, kind="school", subject="school", before="up", after="silent", detail="no-beat"),
            Event(at=NOON - 5, kind="agent", subject="join:1a2b", after="refused", detail="key-known", facts=advice),
            Event(at=NOON - 5, kind="clock", subject="agent:x", after="wrong", facts={"skew_seconds": -86400.0}),
            Event(at=NOON - 5, kind="spool", subject="spool", after="thinned", facts={"records": 12}),
            Event(at=NOON - 5, kind="odd", subject="{0.__class__}", before="{", after="<script>"),
        ]
        for row in rows:
            row.school_id = key
            session.add(row)
        session.commit()
    page = get(sqlite_world)
    words = text_of(page)
    for said in (
        "Domestic (vnix): no answer",
        "proof: batch 41",
        "Joining refused: this identity is known already (box-2)",
    ):
        assert said in words
    for said in ("truongnet agent join CODE --again", "off by -86400 seconds", "the 12 oldest samples were dropped"):
        assert said in words
    assert "{0.__class__}" in page
    assert "<script>" not in page.split("{0.__class__}")[1][:200]


def test_contacts_are_for_those_who_may_know_them(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        session.add(Contact(school_id=school(session).id or 0, name="Cô Lan", phone="0912 345 678"))
        session.commit()
    assert "0912 345 678" in get(sqlite_world, person=SCHOOL_HEAD)
    hidden = get(sqlite_world, person=AUDITOR)
    assert "0912 345 678" not in hidden
    assert "Cô Lan" not in hidden


def test_a_school_head_is_offered_neither_export_nor_editing(sqlite_world: World) -> None:
    page = get(sqlite_world, person=SCHOOL_HEAD)
    assert ".csv" not in page
    assert f"{PATH}/edit" not in page
    assert "/boxes?school=" not in page
    own = get(sqlite_world)
    assert f"{PATH}/figures.csv" in own
    assert f"{PATH}/edit" in own


def test_a_new_school_says_what_to_do_next(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        commune = school(session).commune_code
        session.add(School(code="82777", name="Trường mới", commune_code=commune))
        session.commit()
    page = get(sqlite_world, "/schools/82777")
    words = text_of(page)
    assert "The school has no box yet" in words
    assert "/boxes?school=82777#new-code" in page
    for said in ("No figures in this range yet", "No hardware inventory yet", "No device seen yet", "No events yet"):
        assert said in words


def test_a_foreign_school_does_not_exist(sqlite_world: World) -> None:
    for path in ("", "/figures", "/tests/1"):
        answer = sqlite_world.call(SCHOOL_HEAD, "GET", f"/schools/{STRANGER}{path}", headers={"Accept": "text/html"})
        assert answer.status_code == 404


def test_it_is_the_same_on_each_database(world: World) -> None:
    with world.session() as session:
        key = school(session).id
        session.add(Link(school_id=key or 0, name="2", provider="Viettel", medium="mobile", is_primary=False))
        agent = session.get(Agent, box_id(OWN, "accepted"))
        assert agent is not None
        agent.last_beat_at = NOON - 20
        session.add(agent)
        session.commit()
    for wanted in ("24h", "7d", "30d"):
        words = text_of(get(world, f"{PATH}?range={wanted}"))
        assert "Viettel" in words
        assert world.app.state.web.format("en").ago(NOON - 20) in words


def test_both_languages(sqlite_world: World) -> None:
    sqlite_world.sign_in(ADMIN)
    sqlite_world.call(ADMIN, "PATCH", "/api/v1/me", json={"lang": "vi"})
    vietnamese = text_of(get(sqlite_world))
    assert "Tình trạng theo thời gian" in vietnamese
    sqlite_world.call(ADMIN, "PATCH", "/api/v1/me", json={"lang": "en"})
    english = text_of(get(sqlite_world))
    assert "State over time" in english
    assert "Tình trạng" not in english
