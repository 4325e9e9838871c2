"""A province and its schools, running: hosts, wires, TruongNet installed, the administrator signed in. Needs root.

``with Lab(LINES) as lab:`` makes it in about half a minute (on a new machine two minutes more, for the layers
of the disks), and takes all of it away at the end, also after a failure or Ctrl-C.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.lab import images, install
from tests.lab.api import Api, Door, until
from tests.lab.driven_clock import Clock
from tests.lab.hosts import IDLE_UNITS, Host
from tests.lab.network import DOMESTIC, INTERNATIONAL, PROVINCE, Line, Network

LINES = (Line(down=5, up=5), Line(down=20, up=20), Line(down=100, up=100), Line(down=40, up=8))
NAMES = ("Trường Tiểu học Tràm Chim", "Trường THCS Gáo Giồng", "Trường THPT Lai Vung", "Trường Mầm non Sa Đéc",
         "Trường TH-THCS Xẻo Quýt", "Trường THCS Gò Tháp")  # fmt: skip
PORT, MEASURE_PORT, BULK_PORT = 8443, 8085, 8086
BOX, CONTROLLER, MEASURE = "truongnet-agent", "truongnet-controller", "truongnet-measure"
BOX_DATA = "/var/lib/truongnet"
USER, DATA = "truongnet-controller", "/var/lib/truongnet-controller"
CONTROLLER_TOML = f"""\
data_dir = "{DATA}"
database = "postgresql+psycopg://{USER}@/truongnet?host=/run/postgresql"
host = "{PROVINCE}"
port = {PORT}
measure_port = {MEASURE_PORT}
measure_bulk_port = {BULK_PORT}
beat_every = 5
exchange_every = 60
"""
TRUONGNET = "/opt/truongnet/bin/truongnet"


@dataclass(frozen=True, slots=True)
class School:
    number: int  # from 1
    code: str
    name: str
    line: Line
    host: Host

    def truongnet(self, *words: str, check: bool = True, seconds: float = 60.0) -> str:
        """``truongnet agent …`` as the box's own user."""
        return as_user(self.host, "truongnet", TRUONGNET, "agent", *words, check=check, seconds=seconds)

    def status(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self.truongnet("status", "--json"))
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """How a box came: seconds from its join code to its acceptance and to its first measurement at the API."""

    agent: str
    joined: float
    measured: float
    row: dict[str, Any]


def as_user(host: Host, user: str, *words: str, check: bool = True, seconds: float = 60.0) -> str:
    return host.run("runuser", "-u", user, "--", *words, check=check, seconds=seconds)


class Lab:
    def __init__(self, lines: Sequence[Line] = LINES) -> None:
        self.lines = tuple(lines)
        self.work = images.STORE / f"run-{os.getpid()}-{secrets.token_hex(2)}"
        self.schools: list[School] = []
        self.firsts: dict[int, First] = {}  # by the school's number
        self.password = ""
        self._undo = ExitStack()

    network: Network
    clock: Clock
    province: Host
    api: Api
    root: str  # PEM of the province's own CA
    school_layer: images.Layer

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._open(undo)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def _open(self, undo: ExitStack) -> None:
        remove_leftovers()
        self.work.mkdir(parents=True)
        undo.callback(shutil.rmtree, self.work, ignore_errors=True)
        wheel = images.wheel(self.work / "wheel")
        self.school_layer = install.school(self.work, wheel)
        province_layer = install.province(self.work, wheel)
        (self.work / "shared").mkdir()
        self.clock = Clock(self.work / "shared" / "clock")
        self.network = undo.enter_context(Network(self.lines))
        self.province = self.host("tinh", province_layer, self.network.province, megabytes=1024, masked=IDLE_UNITS[:-1])
        hosts = [self.province]
        for number, line in enumerate(self.lines, 1):
            host = self.host(f"truong-{number}", self.school_layer, self.network.boxes[number - 1])
            self.schools.append(School(number, f"8200{number}", NAMES[number - 1], line, host))
            hosts.append(host)
        for host in hosts:
            host.power_on()
            undo.callback(host.stop)
        for host in hosts:
            host.wait_booted()
        self._set_up_province(undo)

    def host(self, name: str, layer: images.Layer, namespace: Any, **options: Any) -> Host:
        """A host that is off. The caller stops it."""
        return Host(name, layer, namespace, self.work / name, shown={self.work / "shared": "/lab"}, **options)

    # -- the province -------------------------------------------------------------------------------------------------

    def truongnet(self, *words: str, seconds: float = 120.0) -> str:
        """``truongnet …`` on the province's host, as its own user."""
        config = ("--config", "/etc/truongnet/controller.toml")
        return as_user(self.province, USER, TRUONGNET, *config, *words, seconds=seconds)

    def sql(self, query: str) -> list[list[str]]:
        """Rows as text; a tab is the separator, so no column asked for here may hold one."""
        words = ("psql", "-X", "-A", "-t", "-F", "\t", "-d", "truongnet", "-c", query)
        return [line.split("\t") for line in as_user(self.province, USER, *words).splitlines()]

    def _set_up_province(self, undo: ExitStack) -> None:
        host = self.province
        until(self._takes_sql, "PostgreSQL")
        as_user(host, "postgres", "createuser", USER)
        self.make_database()
        host.write("/etc/truongnet/controller.toml", CONTROLLER_TOML)
        host.run("systemctl", "enable", "--now", CONTROLLER)
        self.root = host.read(f"{DATA}/keys/root-1.pem").decode()
        door = Door(self.network.province, PROVINCE, PORT)
        undo.callback(door.close)
        self.api = Api(door, self.root)
        undo.callback(self.api.close)
        until(self.api.is_ready, "the controller is ready", told=lambda: f"\n{host.log(CONTROLLER)}")
        host.run("systemctl", "enable", "--now", MEASURE)
        (_login, one_time) = self.truongnet("admin", "reset-password").split()
        self.password = self.api.sign_in("admin", one_time)
        commune = self._commune()
        targets = [("vnix", "domestic", DOMESTIC), ("world", "international", INTERNATIONAL)]
        told = [{"name": name, "kind": kind, "address": address} for name, kind, address in targets]
        self.api.put("/settings/boxes", targets=told)
        for school in self.schools:
            self.api.post("/schools", code=school.code, name=school.name, commune_code=commune)

    def _takes_sql(self) -> bool:
        return as_user(self.province, "postgres", "psql", "-Atc", "select 1", check=False) == "1"

    def make_database(self) -> None:
        """An empty one."""
        options = ("--owner", USER, "--encoding", "UTF8", "--template", "template0")
        as_user(self.province, "postgres", "createdb", *options, "truongnet")

    def _commune(self) -> str:
        known = self.api.get("/communes", limit=1)
        return str(known[0]["code"]) if known else str(self.api.put("/communes/29869", name="Phường Cao Lãnh")["code"])

    # -- what tests do again and again --------------------------------------------------------------------------------

    def join(self, school: School, *more: str) -> str:
        """A code from the province, typed in at the box, the fingerprint compared, accepted; the box's id."""
        code = self.api.post("/join-codes", school=school.code)["text"]
        said = school.truongnet("join", code, *more)
        (pending,) = self.api.get("/agents", school=school.code, state="pending")
        assert pending["fingerprint"] in said, "the box and the province show one fingerprint"
        self.api.post(f"/agents/{pending['id']}/accept")
        return str(pending["id"])

    def joined(self, school: School) -> str:
        """The id of the school's accepted box, joined and measured for the first time now if need be."""
        accepted = self.api.get("/agents", school=school.code, state="accepted")
        if accepted:
            return str(accepted[0]["id"])
        watch = stopwatch()
        agent = self.join(school)
        seconds = watch()
        row = until(lambda: self.measured(school), f"{school.code} has measured", 90)[0]
        self.firsts[school.number] = First(agent=agent, joined=seconds, measured=watch(), row=row)
        return agent

    def measured(self, school: School, **query: Any) -> list[dict[str, Any]]:
        """Speed tests of the school, newest first."""
        found: list[dict[str, Any]] = self.api.get("/measurements", school=school.code, probe="speed", **query)
        return found


def remove_leftovers() -> None:
    """Directories of labs whose process is no more."""
    for path in images.STORE.glob("run-*"):
        found = re.fullmatch(r"run-(\d+)-[0-9a-f]+", path.name)
        if found and not Path("/proc", found[1]).exists():
            shutil.rmtree(path, ignore_errors=True)


def stopwatch() -> Any:
    began = time.monotonic()
    return lambda: time.monotonic() - began
