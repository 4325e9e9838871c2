"""What an idle box costs: memory, processor, bytes a day on the wire, beside two peers that a school might run instead.

``python -m bench.footprint [MINUTES]`` (root; default 3). The agent talks TLS to the real controller over a link
between two namespaces; the kernel counts the bytes of each connection, headers included. The first half of the time
shows an idle box (beats), the second one that exchanges all the time, so that a day can be put together: a beat each
30 s and an exchange each 15 minutes. What probes send to measure the line is counted apart: also the connections that
``reach`` opens to the controller, which carry nothing and are known by that. Peers:
prometheus-node-exporter scraped each 15 s; fusioninventory-agent once a day.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session

from bench import footprint_peers as peers
from controller import decisions, joincodes
from controller.config import load
from controller.main import create_services
from controller.tables import Commune, School
from tests.lab.links import Namespace, ShapedPair, command

PORT = 8443
SCHOOL = "82001"
BEAT, EXCHANGE = 30.0, 900.0  # the defaults of the controller
OFTEN = 20.0  # seconds between exchanges in the second half: no beat comes in between
RESOLV = 'mount --bind "$0" /etc/resolv.conf; exec "$@"'  # a school whose name server answers
WARM_UP = (
    75.0  # the first window, the first run of each probe (a sweep listens for 35 s), and what both set off are over
)
EMPTY = 400  # bytes one way: a connection that is opened and closed has 4 packets of 60, a TLS handshake sends more
# As truongnet-agent.service has it.
UNIT = {"MALLOC_ARENA_MAX": "2", "PYTHONDONTWRITEBYTECODE": "1"}
DAY = 86_400.0
TARGETS = {"rss_mb": 40.0, "cpu_percent_of_a_core": 0.5, "mb_a_day": 3.0}


@dataclass(frozen=True)
class Usage:
    """Of one process: resident bytes, its own and its ended children's processor seconds."""

    rss: int
    own: float
    children: float

    @classmethod
    def of(cls, pid: int) -> Usage:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks = [int(field) / os.sysconf("SC_CLK_TCK") for field in fields[11:15]]
        rss = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return cls(int(rss[1]) * 1024 if rss else 0, ticks[0] + ticks[1], ticks[2] + ticks[3])


@dataclass(frozen=True)
class Wire:
    """Bytes on the link so far: of the conversation with the controller, and all."""

    control: int
    all: int


@dataclass(frozen=True)
class Phase:
    seconds: float
    rss: int  # the most seen
    own: float
    children: float
    control: int
    other: int
    calls: int


class Box:
    """A joined box in the client's namespace."""

    def __init__(self, link: ShapedPair, directory: Path) -> None:
        self.link, self.directory = link, directory

    def agent(self, *words: str) -> list[str]:
        state = ["--state-dir", str(self.directory / "box")]
        return [sys.executable, "-m", "agent", "--lang", "en", *state, *words]

    def wire(self) -> Wire:
        listed = command("ip", "netns", "exec", self.link.client.name, "nft", "-j", "list", "sets")
        control = 0
        for each in json.loads(listed)["nftables"]:
            elements = [one["elem"] for one in each.get("set", {}).get("elem", [])]
            control += sum(size for one in elements if (size := one["counter"]["bytes"]) > EMPTY)
        counted = json.loads(
            command("ip", "-n", self.link.client.name, "-j", "-s", "link", "show", self.link.client.device)
        )
        stats = counted[0]["stats64"]
        return Wire(control, stats["rx"]["bytes"] + stats["tx"]["bytes"])

    def calls(self) -> int:
        facts = json.loads((self.directory / "box" / "status.json").read_bytes())
        return int(facts.get("calls", 0))

    def phase(self, seconds: float, **environment: str) -> Phase:
        """Run the agent, let it settle, then watch it for ``seconds``."""
        settings = [f"{name}={value}" for name, value in (UNIT | environment).items()]
        resolv = self.directory / "resolv.conf"
        resolv.write_text(f"nameserver {self.link.server.address}\n")
        words = ["unshare", "--mount", "sh", "-euc", RESOLV, str(resolv), "env", *settings, *self.agent("run")]
        with (self.directory / "agent.log").open("a") as log, running(self.link.client, words, log) as pid:
            time.sleep(WARM_UP)
            before, wire, began = Usage.of(pid), self.wire(), time.monotonic()
            calls, most = self.calls(), before.rss
            while time.monotonic() - began < seconds:
                time.sleep(2.0)
                most = max(most, Usage.of(pid).rss)
            after, end = Usage.of(pid), self.wire()
            # The board is written each minute: wait for the figure that belongs to the end.
            control, everything = end.control - wire.control, end.all - wire.all
            return Phase(
                seconds=time.monotonic() - began,
                rss=most,
                own=after.own - before.own,
                children=after.children,
                control=control,
                other=everything - control,
                calls=self.calls() - calls,
            )


@contextmanager
def running(space: Namespace, words: list[str], log: Any, stdin: int | None = None) -> Iterator[int]:
    """A process in a namespace; gives its pid. ``ip netns exec`` becomes the program it starts, so that pid is it."""
    process = space.popen(words, stdout=log, stderr=log, stdin=stdin)
    try:
        yield process.pid
    finally:
        process.terminate()
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


class Province:
    """The controller's side: a database with one school, opened beside the running server."""

    def __init__(self, directory: Path, address: str) -> None:
        self._services = create_services(load(None, {}, data_dir=directory, host=address, port=PORT))
        with Session(self._services.engine) as session:
            now = time.time()
            session.merge(Commune(code="29869", name="Cao Lãnh", kind="phường", province_code="82"))
            session.flush()
            school = School(code=SCHOOL, name="Trường thử", commune_code="29869", created_at=now, updated_at=now)
            session.add(school)
            session.flush()
            url = self._services.settings.base_url
            code = joincodes.create(session, self._services.keys, school=school, by="bench", url=url, now=now)
            self.code = code.text
            session.commit()

    def accept(self, agent: str) -> None:
        with Session(self._services.engine) as session:
            decisions.accept(session, agent, by="bench", now=time.time())
            session.commit()

    def close(self) -> None:
        self._services.engine.dispose()


@contextmanager
def joined_box(directory: Path) -> Iterator[Box]:
    """The controller on one side of a link, a box that it accepted on the other."""
    with ExitStack() as stack:
        link = stack.enter_context(ShapedPair(100, 100))
        province = Province(directory / "province", link.server.address)
        stack.callback(province.close)
        serve = [sys.executable, "-m", "controller", "--data-dir", str(directory / "province"), "serve"]
        log = stack.enter_context((directory / "controller.log").open("w"))
        listen = ["--host", link.server.address, "--port", str(PORT)]
        stack.enter_context(running(link.server, [*serve, *listen], log))
        until_answered(link, directory)
        names = [sys.executable, "-m", "tests.lab.names", link.server.address]
        stack.enter_context(running(link.server, names, log, stdin=subprocess.PIPE))
        box = Box(link, directory)
        checked(link.client, box.agent("join", province.code))
        province.accept(json.loads((directory / "box" / "identity.json").read_bytes())["agent"])
        for direction, port, own in (("input", "sport", "dport"), ("output", "dport", "sport")):
            count_bytes(link.client, direction, port, own)
        yield box


def checked(space: Namespace, words: list[str]) -> str:
    done = space.run(words, timeout=60)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words[-3:])}: {done.stderr}{done.stdout}")
    return done.stdout


def until_answered(link: ShapedPair, directory: Path) -> None:
    probe = f"import socket; socket.create_connection(('{link.server.address}', {PORT}), 1).close()"
    end = time.monotonic() + 60
    while link.client.run([sys.executable, "-c", probe]).returncode:
        if time.monotonic() > end:
            raise RuntimeError((directory / "controller.log").read_text()[-2_000:])
        time.sleep(0.3)


def count_bytes(space: Namespace, direction: str, port: str, own: str) -> None:
    """Bytes of each connection with the controller, by the box's own port."""
    nft = ("ip", "netns", "exec", space.name, "nft")
    command(*nft, "add", "table", "inet", direction)
    command(*nft, "add", "set", "inet", direction, "ports", "{ type inet_service ; flags dynamic ; counter ; }")
    hook = f"{{ type filter hook {direction} priority 0 ; }}"
    command(*nft, "add", "chain", "inet", direction, "counted", hook)
    update = ("update", "@ports", f"{{ tcp {own} }}")
    command(*nft, "add", "rule", "inet", direction, "counted", "tcp", port, str(PORT), *update)


def measure(minutes: float) -> dict[str, float]:
    half = max(minutes * 30.0, 2 * BEAT + 5)
    with tempfile.TemporaryDirectory(prefix="footprint-") as directory, joined_box(Path(directory)) as box:
        idle = box.phase(half)
        busy = box.phase(half, TRUONGNET_EXCHANGE_EVERY=str(OFTEN), TRUONGNET_WINDOW=str(OFTEN))
    beats = round(idle.seconds / BEAT)
    exchanges = max(1, busy.calls)
    beat, exchange = idle.control / beats, busy.control / exchanges
    day = beat * (DAY / BEAT - DAY / EXCHANGE) + exchange * DAY / EXCHANGE
    # Children: what the first runs of all hourly probes cost, once an hour.
    return {
        "rss_mb": idle.rss / 1e6,
        "cpu_percent_of_a_core": 100 * (idle.own / idle.seconds + idle.children / 3600),
        "mb_a_day": day / 1e6,
        "bytes_of_a_beat": beat,
        "bytes_of_an_exchange": exchange,
        "exchanges_seen": float(busy.calls),
        "measuring_mb_a_day": idle.other / idle.seconds * DAY / 1e6,
        "children_cpu_seconds_an_hour": idle.children,
    }


def main(argv: list[str]) -> int:
    minutes = min(max(float(argv[0]) if argv else 3.0, 1.0), 60.0)
    if os.geteuid() != 0:
        print("bench.footprint needs root: it makes network namespaces")
        return 1
    ours = measure(minutes)
    rows = [
        ("TruongNet agent", ours["rss_mb"], ours["cpu_percent_of_a_core"], ours["mb_a_day"]),
        peers.node_exporter(30.0),
        peers.fusioninventory(),
    ]
    print(f"{'':38} {'RSS MB':>8} {'CPU %':>8} {'MB/day':>8}")
    for name, rss, cpu, wire in rows:
        print(f"{name:38} {rss:8.1f} {cpu:8.3f} {wire:8.2f}")
    print(f"a beat: {ours['bytes_of_a_beat']:.0f} B, an exchange: {ours['bytes_of_an_exchange']:.0f} B on the wire;")
    print(f"measuring the line itself (not in MB/day): {ours['measuring_mb_a_day']:.2f} MB a day in this lab")
    figures = {name: round(value, 3) for name, value in ours.items()}
    figures |= {f"{name.split()[0]}_rss_mb": round(rss, 1) for name, rss, _cpu, _wire in rows[1:]}
    met = all(ours[name] <= target for name, target in TARGETS.items()) and ours["exchanges_seen"] > 0
    print(json.dumps({"bench": "footprint", "figures": figures, "targets": TARGETS, "met": met}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
