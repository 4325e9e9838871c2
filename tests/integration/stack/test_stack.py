"""The whole stack for real: a controller, Debian's Prometheus, Alertmanager and VictoriaMetrics, and a receiver.

An incident goes through Alertmanager to the receiver; a controller that is stopped is noticed by the rules; and every
query of every dashboard is asked of a VictoriaMetrics that was filled by scraping that controller.
"""

from __future__ import annotations

import json
import socket
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from controller.commands.monitoring import new_token
from controller.config import load
from controller.main import create_app
from controller.measure import metrics as measure_metrics
from controller.runner_children import Child
from controller.stack import files, start
from controller.tables import Agent, AlertRoute, Incident, IncidentSchool, Latest, School, Setting
from tests.browser.conftest import serve
from tests.integration.alerts.receivers import Receiver, receiver
from tests.integration.api.conftest import make_province, quick_hashing
from tests.integration.api.world import OWN

__all__ = ["quick_hashing"]
pytestmark = pytest.mark.timeout(240)
OR_ZERO = " or vector(0)"
DASHBOARDS = sorted((files.SOURCE / "dashboards").glob("*.json"))


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@dataclass
class Stack:
    app: FastAPI
    plan: files.Plan
    hook: Receiver
    children: list[Child]
    stop_controller: Callable[[], None]

    def session(self) -> Session:
        return Session(self.app.state.services.engine)

    def ask(self, address: str, path: str, **query: str) -> Any:
        url = f"http://{address}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)

    def query(self, expr: str) -> list[Any]:
        """The answer of VictoriaMetrics to an instant query."""
        answer = self.ask(self.plan.victoria, "/api/v1/query", query=expr)
        assert answer["status"] == "success", answer
        found: list[Any] = answer["data"]["result"]
        return found


def until(look: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    end, trouble = time.monotonic() + seconds, ""
    while time.monotonic() < end:
        try:
            if found := look():
                return found
        except OSError as error:
            trouble = str(error)
        time.sleep(0.2)
    raise AssertionError(f"after {seconds:.0f} s still not: {what} {trouble}")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("stack")
    make_province(directory / "data", "")
    ports = [free_port() for _ in range(5)]
    settings = load(
        None, {}, data_dir=directory / "data", public_url=f"http://127.0.0.1:{ports[3]}", beat_every=1.0,
        metrics_measure=f"127.0.0.1:{ports[4]}",
    )  # fmt: skip
    app = create_app(settings)
    fill(app)
    server, thread, port = serve(app, ports[3])
    assert port == ports[3]
    stop_measure = measure_metrics.serve(ports[4], lambda: 1, lambda: {"done": 3, "refused:token-spent": 1})

    def stop_controller() -> None:
        server.should_exit = True
        thread.join(20)

    with receiver() as hook:
        token = new_token(app.state.services.engine, time.time())
        prometheus, alertmanager, victoria = (f"127.0.0.1:{port}" for port in ports[:3])
        plan = files.Plan(
            base_url=settings.base_url,
            province="82",
            token=token,
            roots_pem="".join(app.state.services.keys.roots_pem),
            prometheus=prometheus,
            alertmanager=alertmanager,
            victoria=victoria,
            interval="1s",
            refresh="2s",
            webhooks=[f"{hook.url}/from-alertmanager"],
            victoria_options=["-search.latencyOffset=0s"],  # what was just scraped is asked for at once
            programs=start.programs(),
        )
        files.write(plan, directory / "stack")
        with start.running(plan, directory / "stack") as children:
            made = Stack(app, plan, hook, children, stop_controller)
            until(lambda: made.ask(alertmanager, "/api/v2/status"), "Alertmanager answers")
            until(lambda: made.query('up{job="truongnet-controller"} == 1'), "the scrape is in VictoriaMetrics", 90)
            yield made
        stop_controller()
        stop_measure()
    app.state.services.engine.dispose()


def fill(app: FastAPI) -> None:
    """Figures of now for the three schools, and a backup that was done."""
    now = time.time()
    with Session(app.state.services.engine) as session:
        for latest in session.exec(select(Latest)):
            latest.at, latest.status_since, latest.rtt, latest.loss_ratio = now, now - 600, 0.02, 0.01
            session.add(latest)
        for agent in session.exec(select(Agent).where(Agent.state == "accepted")):
            agent.last_beat_at = now + 600  # heard of all the time that this takes
            session.add(agent)
        session.add(Setting(key="backup.last", value={"at": now - 3_600, "bytes": 123_456}))
        session.commit()


def panels() -> Iterator[tuple[str, str, str]]:
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text("utf-8"))["panels"]:
            for target in panel["targets"]:
                yield file.stem, panel["title"], target["expr"]


def test_there_are_dashboards() -> None:
    assert [file.stem for file in DASHBOARDS] == ["ingest", "province", "service"]
    for file in DASHBOARDS:
        board = json.loads(file.read_text("utf-8"))
        assert all(" / " in panel["title"] for panel in board["panels"]), "both languages"
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_every_query_of_every_dashboard_finds_something(stack: Stack) -> None:
    until(lambda: stack.query("rate(truongnet_http_request_seconds_count[5m]) > 0"), "there is a rate", 30)
    until(lambda: stack.query("rate(prometheus_remote_storage_samples_total[5m]) > 0"), "Prometheus, too", 30)
    asked = list(panels())
    # "or vector(0)" is never empty: what stands before it must find something by itself
    empty = [(board, title, expr) for board, title, expr in asked if not stack.query(expr.removesuffix(OR_ZERO))]
    assert len(asked) > 40
    assert empty == []


def test_a_panel_that_says_0_of_nothing_says_1_of_the_measurement_server_that_runs(stack: Stack) -> None:
    with_zero = [expr for _, _, expr in panels() if "vector(0)" in expr]
    assert with_zero == [f'sum(up{{job="truongnet-measure"}}){OR_ZERO}']
    until(lambda: [one["value"][1] for one in stack.query(with_zero[0])] == ["1"], "it is scraped and up", 30)
    assert [one["value"][1] for one in stack.query(f'sum(up{{job="nobody"}}){OR_ZERO}')] == ["0"]


def test_what_prometheus_watches_comes_from_the_controller(stack: Stack) -> None:
    found = stack.ask(stack.plan.prometheus, "/api/v1/targets")["data"]["activeTargets"]
    by_job = {one["labels"]["job"]: one for one in found}
    assert {"truongnet-controller", "truongnet-measure", "alertmanager", "victoria-metrics", "prometheus"} <= set(
        by_job
    )
    assert by_job["truongnet-controller"]["scrapeUrl"] == f"{stack.plan.base_url}/metrics"
    assert by_job["truongnet-controller"]["labels"]["province"] == "82"
    assert {one["health"] for one in found} == {"up"}
    assert stack.query('truongnet_measure_tests_total{outcome="refused"}')[0]["value"][1] == "1"


def test_an_incident_arrives_at_the_receiver_by_alertmanager_and_its_end_too(stack: Stack) -> None:
    now = time.time()
    with stack.session() as session:
        session.add(
            AlertRoute(
                name="Alertmanager",
                channel="alertmanager",
                address=f"http://{stack.plan.alertmanager}",
                severity="info",
            )
        )
        school = session.exec(select(School.id).where(School.code == OWN)).one()
        incident = Incident(opened_at=now, began_at=now - 95, schools=1, cause="power", confidence=0.9, provider="VNPT")
        session.add(incident)
        session.flush()
        number = incident.id
        assert number is not None
        assert school is not None
        session.add(IncidentSchool(incident_id=number, school_id=school, began_at=now - 95))
        session.commit()
    key = f"incident:{number}"
    began = time.monotonic()
    (first,) = until(lambda: told(stack.hook, key, "firing"), "the alert arrives", 40)
    print(f"\n    [stack] the alert arrived after {time.monotonic() - began:.1f} s")
    assert first["labels"]["school"] == OWN
    assert OWN in first["annotations"]["summary"]
    assert "mất điện" in first["annotations"]["description"]
    with stack.session() as session:
        row = session.get(Incident, number)
        assert row is not None
        row.state, row.ended_at, row.closed_at = "closed", time.time(), time.time()
        session.add(row)
        session.commit()
    until(lambda: told(stack.hook, key, "resolved"), "its end arrives", 60)
    assert len(told(stack.hook, key, "firing")) == 1


def told(hook: Receiver, key: str, status: str) -> list[Any]:
    found = [alert for one in list(hook.received) for alert in one.json["alerts"]]
    return [one for one in found if one["labels"].get("alert_key") == key and one["status"] == status]


def test_a_controller_that_stops_is_noticed(stack: Stack) -> None:
    """The last one: it takes the controller away. What the rule waits for is looked at, not waited out."""
    stack.stop_controller()

    def pending() -> list[Any]:
        alerts = stack.ask(stack.plan.prometheus, "/api/v1/alerts")["data"]["alerts"]
        return [one for one in alerts if one["labels"]["alertname"] == "TruongNetControllerDown"]

    (alert,) = until(pending, "the rule sees it", 30)
    assert alert["state"] in ("pending", "firing")
    assert alert["labels"]["severity"] == "critical"
