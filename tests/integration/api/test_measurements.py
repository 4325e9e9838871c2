"""What boxes reported, read back: measurements, CSV, windows, days, events, devices, rejected items, overview."""

from __future__ import annotations

import csv
import io

from sqlmodel import select

from controller.tables import Event, School
from tests.integration.api.world import HERE, NOON, OWN, SIBLING, Person, World

OFFICER = Person("commune-officer", "commune", HERE)


def test_measurements_are_found_by_school_probe_and_time(world: World) -> None:
    def count(query: str) -> int:
        return len(world.call(OFFICER, "GET", f"/api/v1/measurements?{query}").json())

    assert count("") == 2
    assert count(f"school={OWN}&probe=speed&outcome=ok&valid=true") == 1
    assert count("probe=lan") == 0
    assert count(f"since={NOON}&until={NOON + 1}") == 2
    assert count(f"until={NOON}") == 0


def test_the_csv_opens_in_a_spreadsheet_and_runs_nothing_there(world: World) -> None:
    answer = world.call(OFFICER, "GET", f"/api/v1/measurements.csv?school={OWN}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1
    assert (rows[0]["school"], rows[0]["down_bps"]) == (OWN, "90000000.0")
    assert rows[0]["reason"] == f"'={OWN}"


def test_windows_come_by_school_and_time(world: World) -> None:
    def windows(query: str = "") -> list[dict[str, object]]:
        answer = world.call(OFFICER, "GET", f"/api/v1/schools/{OWN}/windows?{query}")
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    assert [window["median"] for window in windows()] == [0.002]
    assert windows(f"since={NOON - 800}") == []
    assert windows("target=dns") == []
    assert len(windows(f"target=gateway&since={NOON - 900}&until={NOON}")) == 1


def test_a_span_of_windows_is_bounded(sqlite_world: World) -> None:
    answer = sqlite_world.as_admin("GET", f"/api/v1/schools/{OWN}/windows?since=0")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "span")


def test_days_come_newest_first_within_both_ends(world: World) -> None:
    path = f"/api/v1/schools/{OWN}/days"
    assert [day["day"] for day in world.as_admin("GET", path).json()] == ["2026-11-23"]
    assert len(world.as_admin("GET", f"{path}?since=2026-11-23&until=2026-11-23").json()) == 1
    assert world.as_admin("GET", f"{path}?since=2026-11-24").json() == []


def test_raw_samples_come_only_when_asked_for_and_events_of_no_school_only_to_the_province(world: World) -> None:
    with world.session() as session:
        own = session.exec(select(School.id).where(School.code == OWN)).one()
        session.add(Event(school_id=own, at=NOON, kind="raw", facts={"samples": [1, 2]}))
        session.add(Event(school_id=None, at=NOON, kind="agent", detail="code-unknown"))
        session.commit()
    assert "samples" not in world.as_admin("GET", "/api/v1/events").text
    assert len(world.as_admin("GET", "/api/v1/events?kind=raw").json()) == 1
    assert "code-unknown" in world.as_admin("GET", "/api/v1/events").text
    assert "code-unknown" not in world.call(OFFICER, "GET", "/api/v1/events").text


def test_a_device_gets_a_name_and_a_room_of_its_own_school_only(world: World) -> None:
    rooms = {code: world.as_admin("GET", f"/api/v1/schools/{code}/rooms").json()[0]["id"] for code in (OWN, SIBLING)}
    device = world.as_admin("GET", f"/api/v1/schools/{OWN}/devices").json()[0]["id"]
    path = f"/api/v1/schools/{OWN}/devices/{device}"
    assert world.as_admin("PATCH", path, json={"room_id": rooms[SIBLING]}).status_code == 404
    placed = world.as_admin("PATCH", path, json={"room_id": rooms[OWN], "name": "TV phòng A101"}).json()
    assert (placed["room_id"], placed["name"]) == (rooms[OWN], "TV phòng A101")
    assert world.as_admin("DELETE", f"/api/v1/schools/{OWN}/rooms/{rooms[OWN]}").status_code == 204
    assert world.as_admin("GET", f"/api/v1/schools/{OWN}/devices").json()[0]["room_id"] is None


def test_rejected_items_keep_what_came(world: World) -> None:
    row = world.as_admin("GET", f"/api/v1/rejected?school={OWN}").json()[0]
    assert world.as_admin("GET", f"/api/v1/rejected/{row['id']}").json()["body"] == OWN


def test_the_overview_counts_the_schools_of_ones_own_part(world: World) -> None:
    whole = world.as_admin("GET", "/api/v1/overview").json()
    assert (whole["schools"], whole["by_status"]["up"], whole["boxes_pending"]) == (3, 3, 3)
    part = world.call(OFFICER, "GET", "/api/v1/overview").json()
    assert (part["schools"], part["boxes_quarantined"]) == (2, 2)
    assert [commune["commune_code"] for commune in part["communes"]] == [HERE]


def test_the_demonstration_school_counts_nowhere(world: World) -> None:
    with world.session() as session:
        own = session.exec(select(School).where(School.code == OWN)).one()
        own.is_demo = True
        session.add(own)
        session.commit()
    assert world.as_admin("GET", "/api/v1/overview").json()["schools"] == 2
