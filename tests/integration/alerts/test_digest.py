"""The morning's page, exactly once a day and receiver: several controllers, restarts, both kinds of databases."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from sqlmodel import select

from controller.alerts.work import Alerts
from controller.tables import AlertRoute
from tests.integration.alerts.mail import Mailbox, mail_server
from tests.integration.alerts.scene import Scene
from tests.integration.api.world import HERE, OWN, SIBLING, STRANGER, THERE
from tests.unit.alerts.examples import ZONE


@pytest.fixture
def box(scene: Scene) -> Iterator[Mailbox]:
    with mail_server() as made:
        scene.mail_server(made.port)
        yield made


def moment(day: int, hour: int, minute: int = 0) -> float:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=ZONE).timestamp()


def at(scene: Scene, day: int, hour: int, minute: int = 0) -> None:
    scene.world.clock.now = moment(day, hour, minute)


def morning(alerts: Alerts, scene: Scene) -> None:
    alerts.digest(scene.now)
    alerts.tell(scene.now)
    alerts.sender.wait()


def readers(scene: Scene) -> None:
    for address, lang, kind, code in (
        ("tinh@example.vn", "vi", "province", ""),
        ("here@example.vn", "en", "commune", HERE),
        ("there@example.vn", "vi", "commune", THERE),
    ):
        scene.route(
            address, channel="email", severity="critical", lang=lang, scope_kind=kind, scope_id=code, wants_digest=True
        )


def test_each_gets_its_own_page_once_whoever_asks_and_however_often(scene: Scene, box: Mailbox) -> None:
    at(scene, 23, 15)
    readers(scene)
    scene.incident(OWN, SIBLING, kind="area", commune_code=HERE, schools=2, cause="isp-access")
    replicas = [Alerts(scene.world.services) for _ in range(4)]
    at(scene, 24, 6, 44)
    for replica in replicas:
        morning(replica, scene)
    assert box.messages == []
    for minute in (45, 46, 50):
        at(scene, 24, 6, minute)
        threads = [threading.Thread(target=morning, args=(replica, scene)) for replica in replicas]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for replica in replicas:
        replica.stop()
    restarted = Alerts(scene.world.services)
    at(scene, 24, 9)
    morning(restarted, scene)
    restarted.stop()
    assert sorted(to for (to,) in box.recipients) == ["here@example.vn", "there@example.vn", "tinh@example.vn"]
    pages = {message["To"]: message for message in box.messages}
    province, here, there = (pages[f"{name}@example.vn"] for name in ("tinh", "here", "there"))
    assert "Mới từ sáng qua, chưa xong (2)" in text_of(province)
    assert "New since yesterday morning, going on (2)" in text_of(here)
    assert f"{OWN} (Phường Cao Lãnh): since 23 Nov 2026 14:58 · Cause not known yet" in text_of(here)
    assert "Không có sự cố nào" in text_of(there)
    for code in (OWN, SIBLING, STRANGER):
        assert code not in text_of(there)
    html = here.get_body(("html",))
    assert html is not None
    assert "<h2" in html.get_content()


def text_of(message: object) -> str:
    body = message.get_body(("plain",))  # type: ignore[attr-defined]
    return str(body.get_content())


def test_every_day_has_its_page(scene: Scene, box: Mailbox) -> None:
    at(scene, 23, 15)
    scene.route("tinh@example.vn", channel="email", wants_digest=True)
    for day in (24, 25, 26):
        for hour in (6, 7, 8, 13, 23):
            at(scene, day, hour, 50)
            morning(scene.alerts, scene)
    assert [message["Subject"].split()[1] for message in box.messages] == ["24/11/2026", "25/11/2026", "26/11/2026"]
    assert len({message["Message-ID"] for message in box.messages}) == 3


def test_a_controller_that_was_down_at_a_quarter_to_seven_writes_it_late(scene: Scene, box: Mailbox) -> None:
    at(scene, 23, 15)
    scene.route("tinh@example.vn", channel="email", wants_digest=True)
    at(scene, 24, 8, 30)
    morning(scene.alerts, scene)
    assert len(box.messages) == 1
    at(scene, 25, 12, 30)
    morning(scene.alerts, scene)
    assert len(box.messages) == 1, "nobody wants a morning's page in the afternoon"


def test_a_mail_server_that_is_away_gets_it_later_and_once(scene: Scene, box: Mailbox) -> None:
    at(scene, 23, 15)
    scene.route("tinh@example.vn", channel="email", wants_digest=True)
    at(scene, 24, 6, 45)
    box.answer = "451 later"
    morning(scene.alerts, scene)
    assert box.messages == []
    box.answer = "250 OK"
    for minutes in range(50, 59):
        at(scene, 24, 6, minutes)
        morning(scene.alerts, scene)
    assert len(box.messages) == 1


def test_who_comes_later_begins_tomorrow(scene: Scene, box: Mailbox) -> None:
    at(scene, 24, 8)
    scene.route("tinh@example.vn", channel="email", wants_digest=True)
    morning(scene.alerts, scene)
    assert box.messages == []
    at(scene, 25, 6, 45)
    morning(scene.alerts, scene)
    assert len(box.messages) == 1


def test_who_is_switched_off_gets_none(scene: Scene, box: Mailbox) -> None:
    at(scene, 23, 15)
    scene.route("tinh@example.vn", channel="email", wants_digest=True)
    with scene.session() as session:
        row = session.exec(select(AlertRoute)).one()
        row.is_active = False
        session.add(row)
        session.commit()
    at(scene, 24, 6, 45)
    morning(scene.alerts, scene)
    assert box.messages == []
