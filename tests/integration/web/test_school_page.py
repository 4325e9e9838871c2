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


def test_slices_too_short_to_mean_anything_are_laid_together() -> None:
    """At 5 Gbit/s a box counts a hundred times a second; single slices show packets being handed over."""
    points = [[n / 100, n * 6_250_000 + (4_000_000 if n % 2 else 0)] for n in range(1, 1001)]
    row = Measurement(school_id=1, agent_id="x", seq=1, item=0, probe="speed", outcome="ok", at=NOON)
    row.body = {"facts": {"down": {"points": points}}}
    rates = details(row).down.rates
    assert 40 <= len(rates) <= 60
    assert all(abs(bps / 5e9 - 1) < 0.1 for _, bps in rates)


def test_a_light_test_says_what_it_is_and_what_it_found_beside_the_usual(sqlite_world: World) -> None:
    for hours in (30, 50):
        add_test(sqlite_world, at=NOON - hours * 3600, seq=hours, down_bps=100e6, up_bps=50e6)
    guess: dict[str, Any] = {"by": "trains", "is_bound": False, "confidence_ratio": 0.1, "packets": 280}
    facts: dict[str, Any] = {"mode": "light", "validity": [], "method": "truongnet-light/1"}
    facts |= {"light_down": guess | {"bits_per_second": 48e6}, "light_up": guess | {"bits_per_second": 49e6}}
    number = add_test(sqlite_world, down_bps=None, up_bps=None, is_valid=True, body={"facts": facts})
    words = text_of(get(sqlite_world, f"{PATH}/tests/{number}"))
    assert "This is a light test for class hours" in words
    assert "≈ 48.0 Mbit/s The line carries about half or less of what recent full tests found." in words
    assert "≈ 49.0 Mbit/s The line is as it usually is." in words
    assert "of the contract" not in words
    overview = text_of(get(sqlite_world))
    assert "≈ 48.0 Mbit/s" in overview
    assert "Light: below 1 MB, an estimate only" in overview


def test_a_light_test_that_is_not_valid_blames_nobody(sqlite_world: World) -> None:
    add_test(sqlite_world, at=NOON - 7200, seq=8, down_bps=100e6, up_bps=50e6)
    guess = {"by": "trains", "is_bound": False, "confidence_ratio": 0.1, "bits_per_second": 10e6}
    facts = {"mode": "light", "validity": ["backup-line"], "light_down": guess, "light_up": guess}
    number = add_test(sqlite_world, down_bps=None, up_bps=None, is_valid=False, body={"facts": facts})
    words = text_of(get(sqlite_world, f"{PATH}/tests/{number}"))
    assert "about half or less" not in words
    assert "Measured over a backup line, not the school's main one." in words


def test_loss_jitter_and_responsiveness_are_said_in_plain_words(sqlite_world: World) -> None:
    values = {"udp_loss_ratio": 0.025, "udp_rtt_seconds": 0.012, "udp_jitter_seconds": 0.0031}
    values |= {"udp_loss_loaded_up_ratio": 0.2, "udp_rtt_loaded_up_seconds": 0.4, "responsiveness_rpm": 150.0}
    samples = [{"name": name, "value": value, "labels": {}} for name, value in values.items()]
    facts = {"mode": "full", "validity": [], "udp": {"state": "ok"}, "path": {"gateway": "192.168.1.1"}}
    number = add_test(sqlite_world, body={"facts": facts, "samples": samples})
    words = text_of(get(sqlite_world, f"{PATH}/tests/{number}"))
    for said in ("150 round trips a minute", "Poor: video calls will stutter", "idle 2.5 % 12.0 ms 3.10 ms"):
        assert said in words
    assert "while uploading 20.0 % 400 ms" in words
    assert "while downloading" not in words, "what was not measured is not shown"
    assert "192.168.1.1" in words


def test_a_firewall_that_blocks_udp_is_named(sqlite_world: World) -> None:
    number = add_test(sqlite_world, body={"facts": {"udp": {"state": "blocked"}}})
    assert "A firewall blocks UDP to the measurement server" in text_of(get(sqlite_world, f"{PATH}/tests/{number}"))


def test_a_second_opinion_stands_beside_and_is_labelled(sqlite_world: World) -> None:
    number = add_test(sqlite_world)
    samples = [{"name": "second_down_bits_per_second", "value": 81e6, "labels": {}}]
    body = {"facts": {"method": "speedtest-cli/2.1.3"}, "samples": samples}
    add_test(sqlite_world, at=NOON - 600, seq=8, probe="second", down_bps=None, up_bps=None, body=body)
    words = text_of(get(sqlite_world, f"{PATH}/tests/{number}"))
    assert "Second opinion" in words
    assert "speedtest-cli/2.1.3" in words
    assert "81.0 Mbit/s" in words
    assert "it enters no indicator" in words
    assert "81.0" not in text_of(get(sqlite_world)), "it is no test of ours"


def test_what_real_use_proved_is_shown_with_its_limits(sqlite_world: World) -> None:
    passive = {"name": "passive_down_bits_per_second", "labels": {"interface": "eth0"}, "p95": 40e6, "max": 87.5e6}
    put_hours(sqlite_world, [window(NOON - 3600), window(NOON - 1800) | passive])
    words = text_of(get(sqlite_world))
    assert "Down as fast as 87.5 Mbit/s for at least 5 seconds" in words
    assert "what other machines use past the box is not seen" in words


def test_the_routers_count_is_told_as_the_whole_schools(sqlite_world: World) -> None:
    passive = {"name": "passive_wan_down_bits_per_second", "labels": {"by": "upnp"}, "p95": 40e6, "max": 61.5e6}
    put_hours(sqlite_world, [window(NOON - 3600), window(NOON - 1800) | passive])
    words = text_of(get(sqlite_world))
    assert "Down as fast as 61.5 Mbit/s for at least 30 seconds" in words
    assert "the traffic of all machines of the school" in words
    assert "past the box" not in words


def test_a_test_that_did_not_see_others_says_so_and_stays_valid(sqlite_world: World) -> None:
    number = add_test(sqlite_world, body={"facts": {"validity": [], "valid": True, "remarks": ["others-unseen"]}})
    said = "whether other machines of the school used the line meanwhile is not known"
    for path in (f"{PATH}/tests/{number}", PATH):
        words = text_of(get(sqlite_world, path))
        assert said in words
        assert "does not speak for the line" not in words
