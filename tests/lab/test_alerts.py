"""A school's line is cut, and the people who should know are told: through the real stack, set up as the page says.

docs/monitoring.md is worked through block by block on the province's host; then an outage goes from the wire of one
school over the controller's incident and Debian's Alertmanager to a receiver, and its end does, too. A lab of its own:
Alertmanager goes by this machine's clock, which other tests of the lab drive ahead of.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from monitoring.incidents import QUIET
from tests.lab.api import until
from tests.lab.conftest import Figure
from tests.lab.images import ROOT
from tests.lab.lab import LINES, TRUONGNET, USER, Lab, stopwatch

pytestmark = [
    pytest.mark.lab,
    pytest.mark.patient,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: real hosts in network namespaces"),
]

STEP = 60.0  # with a beat's 5 s less than the silence after which a school counts as lost (95 s)

RECEIVER = """
import http.server, sys
class Take(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open("/run/told", "ab") as file:
            file.write(body + b"\\n")
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 9099), Take).serve_forever()
"""
TINH = f"""#!/bin/sh
cd / && exec runuser -u {USER} -- {TRUONGNET} --config /etc/truongnet/controller.toml "$@"
"""


@pytest.fixture(scope="module")
def small() -> Iterator[Lab]:
    with Lab(LINES[1:2]) as made:
        yield made


def blocks() -> list[str]:
    """The shell blocks of the page; those with a word behind ``sh`` are for other places."""
    return re.findall(r"(?ms)^```sh\n(.*?)^```", (ROOT / "docs" / "monitoring.md").read_text("utf-8"))


def told(lab: Lab) -> list[dict[str, Any]]:
    """Every alert of every message that the receiver got."""
    lines = lab.province.run("cat", "/run/told", check=False).split("\n")  # Alertmanager ends its own with one, too
    return [alert for line in lines if line for alert in json.loads(line)["alerts"]]


def ask(lab: Lab, port: int, path: str) -> Any:
    url = f"http://127.0.0.1:{port}{path}"
    script = f"import urllib.request as u; print(u.urlopen({url!r}, timeout=10).read().decode())"
    said = lab.province.run("python3", "-c", script, check=False)
    return json.loads(said) if said else None


def test_an_outage_arrives_as_an_alert_at_a_real_receiver_and_so_does_its_end(small: Lab, figure: Figure) -> None:
    lab, school = small, small.schools[0]
    host = lab.province
    host.write("/usr/local/sbin/tinh", TINH, "0755")
    host.write("/run/receiver.py", RECEIVER)
    host.run("systemd-run", "--unit=receiver", "python3", "/run/receiver.py")
    for block in blocks():
        host.sh(block, seconds=180)
    log = partial(host.log, "prometheus-alertmanager")
    until(lambda: ask(lab, 9093, "/api/v2/status"), "Alertmanager answers", 60, log)
    until(lambda: is_scraped(lab), "Prometheus scrapes the controller over TLS", 120, lambda: host.log("prometheus"))
    until(lambda: is_stored(lab), "VictoriaMetrics has it", 60, lambda: host.log("victoria-metrics"))
    lab.api.post("/alert-routes", name="Trực", channel="alertmanager", address="http://127.0.0.1:9093", severity="info")
    lab.joined(school)
    until(lambda: status(lab, school.code) == "up", "the school is up", 120)

    watch = stopwatch()
    lab.network.cut(school.number)
    try:
        (alert,) = until(lambda: of(lab, "firing"), "the outage arrives", 300, lambda: host.log("truongnet-controller"))
        arrived = watch()
        assert alert["labels"]["school"] == school.code
        assert school.name in alert["annotations"]["summary"]
        assert "Việc cần làm" in alert["annotations"]["description"]
    finally:
        lab.network.cut(school.number, is_cut=False)
    until(lambda: status(lab, school.code) == "up", "the school is up again", 180)
    until(lambda: is_back(lab), "the box has told why, and what it lost answers again", 240)
    watch = stopwatch()
    stay_well(lab, QUIET + 30)
    (ended,) = until(lambda: of(lab, "resolved"), "its end arrives", 240, lambda: host.log("truongnet-controller"))
    assert ended["labels"]["alert_key"] == alert["labels"]["alert_key"]
    assert len(of(lab, "firing")) == 1, "one alert an incident"
    figure(f"cut to alert {arrived:.0f} s; its end {watch():.0f} s after it had stayed well, through Alertmanager")


def is_back(lab: Lab) -> bool:
    """Whether the one incident has its end and its final cause: a beat alone can be earlier than what the box tells."""
    (one,) = lab.api.get("/incidents", state="all")
    return one["ended_at"] is not None and bool(one["is_final"])


def stay_well(lab: Lab, seconds: float) -> None:
    """Let so much time pass in steps in each of which the box beats: all at once it would be as long a silence."""
    end = lab.clock.now() + seconds
    while lab.clock.now() < end:
        lab.clock.pass_by(STEP)
        until(partial(has_beaten, lab, lab.clock.now()), "the box beats on", 30)


def has_beaten(lab: Lab, since: float) -> bool:
    (box,) = lab.api.get("/agents")
    return bool(box["last_beat_at"] >= since)


def of(lab: Lab, status: str) -> list[dict[str, Any]]:
    return [one for one in told(lab) if one["labels"].get("source") == "truongnet" and one["status"] == status]


def status(lab: Lab, code: str) -> str:
    return str(lab.api.get(f"/schools/{code}/status")["status"])


def is_scraped(lab: Lab) -> bool:
    found = ask(lab, 9090, "/api/v1/targets")
    targets = found["data"]["activeTargets"] if found else []
    ours = [one for one in targets if one["labels"]["job"] == "truongnet-controller"]
    return bool(ours) and all(one["health"] == "up" and one["scrapeUrl"].startswith("https://") for one in ours)


def is_stored(lab: Lab) -> bool:
    found = ask(lab, 8428, "/api/v1/query?query=truongnet_build_info")
    return bool(found and found["data"]["result"])
