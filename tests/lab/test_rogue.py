"""Somebody plugs a second router into a school's LAN by its LAN side: the province hears of it, with the culprit's
address, and again when it is gone. A real controller, a real agent, Debian's dnsmasq as both DHCP servers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from controller import decisions, joincodes
from controller.config import load
from controller.main import create_services
from controller.services import Services
from controller.tables import Commune, Device, Event, Measurement, School
from tests.lab.api import until
from tests.lab.links import Namespace
from tests.lab.network import GATEWAY, PROVINCE, THINGS, Line, Network
from tests.lab.things import PATH, dnsmasq

pytestmark = [
    pytest.mark.lab,
    pytest.mark.patient,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: makes network namespaces"),
    pytest.mark.skipif(shutil.which("dnsmasq", path=PATH) is None, reason="Debian's dnsmasq-base is not installed"),
]
PORT = 8443
TV = THINGS[1]
TOML = """\
beat_every = 2
exchange_every = 3
[probes.lan]
every = 14
listen = 3
"""


@contextmanager
def running(space: Namespace, words: list[str], log: Path) -> Iterator[subprocess.Popen[str]]:
    with log.open("a") as output:
        process = space.popen(words, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


class Province:
    """The controller's database, opened beside the running server."""

    def __init__(self, directory: Path) -> None:
        self.services: Services = create_services(load(None, {}, data_dir=directory, host=PROVINCE, port=PORT))
        now = time.time()
        with Session(self.services.engine) as session:
            session.merge(Commune(code="29869", name="Cao Lãnh", kind="phường", province_code="82"))
            session.flush()
            school = School(code="82001", name="Trường thử", commune_code="29869", created_at=now, updated_at=now)
            session.add(school)
            session.flush()
            url = self.services.settings.base_url
            made = joincodes.create(session, self.services.keys, school=school, by="lab", url=url, now=now)
            self.code = made.text
            session.commit()

    def accept(self, agent: str) -> None:
        with Session(self.services.engine) as session:
            decisions.accept(session, agent, by="lab", now=time.time())
            session.commit()

    def sweeps(self) -> int:
        with Session(self.services.engine) as session:
            found = select(Measurement.id).where(Measurement.probe == "lan", Measurement.outcome == "ok")
            return len(session.exec(found).all())

    def events(self) -> list[Event]:
        with Session(self.services.engine) as session:
            statement = select(Event).where(Event.kind == "lan").order_by(col(Event.id))
            return list(session.exec(statement).all())

    def devices(self) -> dict[str, Device]:
        with Session(self.services.engine) as session:
            return {device.mac: device for device in session.exec(select(Device)).all()}


def agent(directory: Path, *words: str) -> list[str]:
    state = ["--state-dir", str(directory / "box"), "--config", str(directory / "agent.toml")]
    return [sys.executable, "-m", "agent", "--lang", "en", *state, *words]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[tuple[Network, Province, Callable[[], None]]]:
    """A school whose router gives addresses, its box joined and running."""
    (tmp_path / "agent.toml").write_text(TOML)
    with Network([Line(down=50, up=50)]) as network, ExitStack() as stack:
        province = Province(tmp_path / "province")
        stack.callback(province.services.engine.dispose)
        serve = [sys.executable, "-m", "controller", "--data-dir", str(tmp_path / "province"), "serve"]
        log = tmp_path / "controller.log"
        serve += ["--host", PROVINCE, "--port", str(PORT)]
        stack.enter_context(running(network.province, serve, log))
        own = [*dnsmasq("192.168.1", made(tmp_path / "own"), GATEWAY, "lan")]
        stack.enter_context(running(network.routers[0], own, tmp_path / "own.log"))
        box = network.boxes[0]
        probe = f"import socket; socket.create_connection(('{PROVINCE}', {PORT}), 1).close()"
        until(lambda: box.run([sys.executable, "-c", probe]).returncode == 0, "the controller listens")
        joined = box.run(agent(tmp_path, "join", province.code))
        assert joined.returncode == 0, joined.stderr + joined.stdout
        province.accept(json.loads((tmp_path / "box" / "identity.json").read_bytes())["agent"])
        stack.enter_context(running(box, agent(tmp_path, "run"), tmp_path / "agent.log"))
        yield network, province, lambda: print((tmp_path / "agent.log").read_text()[-3_000:])


def made(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_rogue_dhcp_server_is_an_event_at_the_province_and_its_end_is_another(
    school: tuple[Network, Province, Callable[[], None]], tmp_path: Path
) -> None:
    network, province, tell = school
    try:
        until(lambda: province.sweeps() >= 1, "the first sweep arrives", 90)
        assert province.events() == [], "the router's own DHCP server is no rogue"
        rogue = dnsmasq("192.168.1", made(tmp_path / "rogue"))
        began = time.monotonic()
        with running(network.things[1, TV.name], rogue, tmp_path / "rogue.log"):
            until(lambda: len(province.events()) >= 1, "the province hears of the rogue", 90)
            print(f"known at the province {time.monotonic() - began:.0f} s after it was plugged in, a sweep each 14 s")
        [present] = province.events()
        assert (present.subject, present.before, present.after) == ("lan:rogue-dhcp", "none", "present")
        assert (present.facts["server"], present.facts["mac"]) == (TV.address, TV.mac)
        assert present.facts["known"] == [GATEWAY]
        assert present.seq is not None, "a sealed batch proves it"
        until(lambda: len(province.events()) >= 2, "the province hears that it is gone", 120)
        assert [(each.before, each.after) for each in province.events()] == [("none", "present"), ("present", "none")]
        devices = province.devices()
        assert devices[TV.mac].facts["heard"]["dhcp"] == {"server": True}
        assert all(not device.is_private_mac or device.facts.get("role") for device in devices.values())
    except BaseException:
        tell()
        raise
