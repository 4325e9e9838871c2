"""From incidents to receivers, on each kind of database: once, in order, through failures, and quiet when asked."""

from __future__ import annotations

import time

import pytest
from sqlmodel import select

from controller.alerts import outbox
from controller.alerts.retry import FIRST_PAUSE, MAX_AGE
from controller.alerts.work import Alerts
from controller.tables import Agent, AlertDelivery, AlertRoute, School
from tests.integration.alerts.receivers import Receiver, misbehaving, receiver
from tests.integration.alerts.scene import Scene
from tests.integration.api.world import HERE, OWN, SIBLING, STRANGER, THERE, box_id


def told(hook: Receiver) -> list[tuple[str, str]]:
    return [(one.json["key"], one.json["phase"]) for one in hook.received]


def test_an_incident_is_told_once_when_it_begins_and_once_when_it_ends(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url)
    number = scene.incident()
    for _ in range(5):
        scene.look()
        scene.later(5)
    assert told(hook) == [(f"incident:{number}", "firing")]
    scene.close(number)
    for _ in range(5):
        scene.look()
        scene.later(5)
    assert told(hook) == [(f"incident:{number}", "firing"), (f"incident:{number}", "ended")]
    assert hook.received[1].json["ended_at"] is not None
    assert scene.raised() == {f"incident:{number}": "ended"}


def test_a_commune_that_goes_dark_is_one_alert_and_grows_without_a_second(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url)
    number = scene.incident(OWN, SIBLING, kind="area", commune_code=HERE, provider="VNPT", schools=2)
    scene.look()
    scene.change(number, schools=40, cause="isp-access", confidence=0.8)
    scene.look()
    assert len(hook.received) == 1
    body = hook.received[0].json
    assert body["title"]["vi"] == "2 trường mất mạng: Phường Cao Lãnh · VNPT"
    assert (body["severity"], body["school_count"], body["communes"]) == ("critical", 2, [HERE])


def test_each_hears_of_its_own_part(scene: Scene, hook: Receiver) -> None:
    with receiver() as elsewhere, receiver() as at_school:
        scene.route(hook.url, scope_kind="commune", scope_id=HERE)
        scene.route(elsewhere.url, scope_kind="commune", scope_id=THERE)
        scene.route(at_school.url, scope_kind="school", scope_id=STRANGER)
        scene.incident(OWN)
        scene.look()
        assert (len(hook.received), len(elsewhere.received), len(at_school.received)) == (1, 0, 0)
        scene.incident(STRANGER)
        scene.look()
        assert (len(hook.received), len(elsewhere.received), len(at_school.received)) == (1, 1, 1)


def test_each_is_told_whom_to_call_at_their_own_schools(scene: Scene, hook: Receiver) -> None:
    with receiver() as at_school:
        scene.route(hook.url)
        scene.route(at_school.url, scope_kind="school", scope_id=OWN)
        scene.incident(OWN, SIBLING, kind="area", commune_code=HERE, provider="VNPT", schools=2)
        scene.look()
        (everything,), (own,) = hook.received, at_school.received
        assert f"contact {OWN} 0277 385 1234" in everything.json["text"]
        assert f"contact {SIBLING} 0277 385 1234" in everything.json["text"]
        assert "VNPT, 1800 1166" in everything.json["text"]
        assert f"contact {OWN} 0277 385 1234" in own.json["text"]
        assert f"contact {SIBLING}" not in own.body.decode()


def test_what_is_muted_goes_nowhere_and_is_told_when_the_quiet_ends(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url)
    number = scene.incident(muted_until=scene.now + 600)
    scene.look()
    assert hook.received == []
    scene.later(700)
    scene.look()
    assert told(hook) == [(f"incident:{number}", "firing")]


def test_what_ends_while_it_is_muted_is_not_told(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url)
    number = scene.incident()
    scene.look()
    scene.change(number, muted_until=scene.now + 600)
    scene.look()
    scene.close(number)
    scene.look()
    assert told(hook) == [(f"incident:{number}", "firing")]


def test_an_incident_that_became_part_of_another_ends_quietly(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url)
    first = scene.incident()
    scene.look()
    second = scene.incident(OWN, SIBLING, kind="area", commune_code=HERE, schools=2)
    scene.change(first, state="merged", merged_into=second)
    scene.look()
    assert told(hook) == [(f"incident:{first}", "firing"), (f"incident:{second}", "firing")]
    assert scene.raised() == {f"incident:{first}": "ended", f"incident:{second}": "firing"}


def test_samples_are_no_news(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url)
    scene.incident(is_sample=True)
    scene.look()
    assert hook.received == []


def test_a_rogue_dhcp_server_is_told_and_told_again_when_it_comes_back(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url, kinds=["rogue-dhcp"])
    for after in ("present", "none", "present"):
        scene.rogue(after)
        scene.look()
        scene.look()
        scene.later(60)
    assert [one.json["phase"] for one in hook.received] == ["firing", "ended", "firing"]
    assert "192.168.1.66 (MAC 02:00:00:00:00:66)" in hook.received[0].json["text"]
    assert OWN in hook.received[0].json["title"]["vi"]


def test_what_a_box_said_ends_when_it_is_no_longer_in_use(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url, kinds=["rogue-dhcp"])
    scene.rogue("present")
    scene.look()
    with scene.session() as session:
        box = session.get(Agent, box_id(OWN, "accepted"))
        assert box is not None
        box.state = "retired"
        session.add(box)
        session.commit()
    scene.later(60)
    scene.look()
    scene.look()
    assert [one.json["phase"] for one in hook.received] == ["firing", "ended"]


def test_the_machine_that_stands_for_a_school_raises_nothing(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url, kinds=["rogue-dhcp"])
    with scene.session() as session:
        school = session.get(School, scene.school())
        assert school is not None
        school.is_demo = True
        session.add(school)
        session.commit()
    scene.rogue("present")
    scene.look()
    assert hook.received == []


def test_a_new_receiver_is_not_told_of_what_began_before(scene: Scene, hook: Receiver) -> None:
    scene.incident()
    scene.look()
    scene.later(60)
    scene.route(hook.url)
    scene.look()
    assert hook.received == []


def test_a_failure_is_tried_again_at_growing_pauses_and_the_end_waits_for_the_beginning(
    scene: Scene, hook: Receiver
) -> None:
    hook.answers = [500, 503, 429]
    scene.route(hook.url)
    number = scene.incident()
    scene.look()
    assert scene.delivery().said.startswith("HTTP 500")
    scene.close(number)
    scene.look()
    assert len(hook.received) == 1, "spared for a while"
    for pause in (FIRST_PAUSE, 2 * FIRST_PAUSE):
        scene.later(pause - 1)
        scene.look()
        seen = len(hook.received)
        scene.later(1)
        scene.look()
        assert len(hook.received) == seen + 1
    scene.later(4 * FIRST_PAUSE)
    scene.look()
    assert [one.json["phase"] for one in hook.received] == ["firing"] * 4 + ["ended"]
    assert len({one.headers["X-TruongNet-Delivery"] for one in hook.received}) == 2, "a repetition keeps its name"


def test_one_that_is_refused_for_good_holds_up_nobody(scene: Scene, hook: Receiver) -> None:
    hook.answers = [422]
    scene.route(hook.url)
    first, second = scene.incident(), scene.incident(SIBLING)
    scene.look()
    assert scene.deliveries() == [(f"incident:{first}", "firing", "failed"), (f"incident:{second}", "firing", "sent")]
    scene.close(first)
    scene.look()
    assert len(hook.received) == 2, "who was never told of the beginning is not told of the end"


def test_one_that_always_fails_is_given_up_after_a_day_and_holds_up_nobody(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url)
    number = scene.incident()
    ended = scene.now + MAX_AGE + 7_200
    hook.status = 500
    while scene.now < ended:
        scene.look()
        scene.later(900)
    assert scene.deliveries() == [(f"incident:{number}", "firing", "failed")]
    assert 24 <= len(hook.received) <= 40
    hook.status = 200
    other = scene.incident(SIBLING)
    scene.later(3_600)
    scene.look()
    assert told(hook)[-1] == (f"incident:{other}", "firing")


def test_a_receiver_that_hangs_does_not_hold_up_the_others(
    scene: Scene, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.alerts.post.SECONDS", 2.0)
    with misbehaving("hangs") as url:
        scene.route(url)
        scene.route(hook.url)
        scene.incident()
        scene.alerts.look(scene.now)
        began = time.monotonic()
        scene.alerts.tell(scene.now)
        assert time.monotonic() - began < 0.5, "the background thread goes on at once"
        while not hook.received and time.monotonic() - began < 2.0:
            time.sleep(0.02)
        assert hook.received
        scene.alerts.sender.wait()


def test_several_controllers_tell_it_once(scene: Scene, hook: Receiver) -> None:
    replicas = [scene.alerts, *(Alerts(scene.world.services) for _ in range(3))]
    scene.route(hook.url)
    numbers = [scene.incident(code) for code in (OWN, SIBLING, STRANGER)]
    scene.alerts.look(scene.now)
    for _ in range(3):
        for replica in replicas:
            replica.tell(scene.now)
        for replica in replicas:
            replica.sender.wait()
    for replica in replicas[1:]:
        replica.stop()
    assert told(hook) == [(f"incident:{number}", "firing") for number in numbers]


def test_a_controller_that_ends_in_between_leaves_the_rest_to_the_next(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url)
    number = scene.incident()
    scene.alerts.look(scene.now)
    scene.alerts.stop()
    scene.tell()
    assert hook.received == []
    again = Alerts(scene.world.services)
    again.look(scene.now)
    again.tell(scene.now)
    again.sender.wait()
    again.stop()
    assert told(hook) == [(f"incident:{number}", "firing")]


def test_alertmanager_is_told_each_minute_while_it_lasts_and_once_at_the_end(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url, channel="alertmanager")
    number = scene.incident()
    for _ in range(31):
        scene.look()
        scene.later(5)
    assert [one.path for one in hook.received] == ["/api/v2/alerts"] * 3
    scene.change(number, cause="power", confidence=0.9, severity="down", schools=1)
    scene.look()
    scene.later(60)
    scene.look()
    labels = {str(one.json[0]["labels"]) for one in hook.received}
    assert len(labels) == 1, "one alert there, too"
    assert "Mất điện" in hook.received[-1].json[0]["annotations"]["description"]
    count = len(hook.received)
    scene.close(number)
    for _ in range(31):
        scene.look()
        scene.later(5)
    assert len(hook.received) == count + 1
    assert hook.received[-1].json[0]["endsAt"] < hook.received[0].json[0]["endsAt"]


def test_too_many_drop_the_oldest(scene: Scene, hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING", 2)
    scene.route(hook.url)
    numbers = [scene.incident(code) for code in (OWN, SIBLING, STRANGER)]
    scene.look()
    assert told(hook) == [(f"incident:{number}", "firing") for number in numbers[1:]]
    assert scene.deliveries()[0] == (f"incident:{numbers[0]}", "firing", "dropped")


def test_no_secret_stands_in_the_database_the_log_or_an_answer(
    scene: Scene, hook: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status, hook.text = 500, "you sent me ma-bi-mat-rieng"
    scene.route(hook.url, channel="sms", secret="ma-bi-mat-rieng")
    scene.incident()
    with caplog.at_level("DEBUG"):
        scene.look()
    assert hook.received[0].headers["Authorization"] == "Bearer ma-bi-mat-rieng"
    with scene.session() as session:
        kept = str([row.model_dump() for row in session.exec(select(AlertRoute))])
        kept += str([row.model_dump() for row in session.exec(select(AlertDelivery))])
    assert "ma-bi-mat-rieng" not in kept + caplog.text
    assert "•••" in kept


def test_what_is_old_is_forgotten(scene: Scene, hook: Receiver) -> None:
    scene.route(hook.url)
    number = scene.incident()
    scene.look()
    scene.close(number)
    scene.look()
    scene.later(31 * 86_400)
    scene.alerts.forget(scene.now)
    assert scene.deliveries() == []
    assert scene.raised() == {f"incident:{number}": "ended"}
    scene.later(400 * 86_400)
    scene.alerts.forget(scene.now)
    assert scene.raised() == {}
