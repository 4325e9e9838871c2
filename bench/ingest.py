"""How many sealed batches a second one controller process takes, verified and durable, and how many beats.

Each exchange carries one batch of about 2.2 KB from its own box, over HTTP on kept connections; the answer counts when
it came, which is after the commit. Beside it, the same work with one commit a request (``bench/peers_ingest.py``). The
processor time that the server took for a batch is told, too: unlike the rest it hardly depends on who else is at work
on the machine.

``python -m bench.ingest [--quick]``
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session

from agent.seal import key_id, seal
from agent.wire import BATCH_TYPE, HEAD_TYPE, Beat, ExchangeHead, SpoolState, Stamp
from bench.load import post, run
from bench.postgres import postgres
from controller import migrate, pki
from controller.db import open_engine
from controller.tables import Agent, Commune, School
from controller.tokens import beat_token

CONNECTIONS = 100
TARGETS = {"batches_per_s": 1_000, "p99_ms": 250, "beats_per_s": 3_000}
WINDOWS_PER_BATCH = 16
MAX_ROUNDS = 20


class Boxes:
    """Keys of many boxes and what they send, prepared before the clock runs."""

    def __init__(self, count: int) -> None:
        self.keys = [Ed25519PrivateKey.generate() for _ in range(count)]
        self.ids = [key_id(key.public_key().public_bytes_raw()) for key in self.keys]
        self.random = random.Random(1)
        self.mono = 1_000_000.0
        self.seqs = [0] * count
        self.batch_bytes: list[int] = []

    def register(self, url: str) -> None:
        """Put a school and an accepted box for each key into an empty database."""
        engine = open_engine(url)
        migrate.prepare(engine)
        now = time.time()
        with Session(engine) as session:
            session.add(Commune(code="1", name="Cao Lãnh"))
            session.flush()
            schools = [School(code=f"S{n}", name=f"Trường {n}", commune_code="1") for n in range(len(self.keys))]
            session.add_all(schools)
            session.flush()
            for agent, school, key in zip(self.ids, schools, self.keys, strict=True):
                public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
                session.add(
                    Agent(id=agent, school_id=school.id or 0, state="accepted", public_key=public, created_at=now)
                )
            session.commit()
        engine.dispose()

    def stamp(self) -> dict[str, Any]:
        self.mono += 0.001
        return asdict(Stamp(wall=time.time(), mono=self.mono, boot="boot"))

    def exchange(self, box: int) -> bytes:
        """The body of one exchange with one batch: a quarter of an hour's windows, oldest first."""
        age = 900.0 * (MAX_ROUNDS - self.seqs[box])
        self.seqs[box] += 1
        head = ExchangeHead(
            v=1,
            agent=self.ids[box],
            now=Stamp(**self.stamp()),
            token="",
            epoch=1,
            next_seq=self.seqs[box] + 1,
            expects=1,
            version="0.1.0",
            accepts=[],
            spool=SpoolState(bytes=1, limit=2, unacknowledged=1),
        )
        batch = {
            "v": 1,
            "agent": self.ids[box],
            "seq": self.seqs[box],
            "sealed": self.stamp(),
            "items": [{"kind": "windows", "body": [self.window(n, age) for n in range(WINDOWS_PER_BATCH)]}],
        }
        sealed = seal(BATCH_TYPE, json.dumps(batch).encode(), self.keys[box])
        self.batch_bytes.append(len(sealed))
        return seal(HEAD_TYPE, json.dumps(asdict(head)).encode(), self.keys[box]) + b"\n" + sealed

    def window(self, target: int, age: float) -> dict[str, Any]:
        rtt = self.random.uniform(0.001, 0.1)
        return {
            "name": "rtt_seconds",
            "labels": {"target": f"domestic:{target}", "address": f"192.0.2.{target}", "method": "icmp"},
            "start": {**self.stamp(), "mono": self.mono - age},
            "seconds": 900.0,
            "count": 90,
            "lost": self.random.randrange(3),
            "min": rtt * self.random.random(),
            "median": rtt,
            "p95": rtt * (1 + self.random.random()),
            "max": rtt * (2 + self.random.random()),
            "jitter": rtt * self.random.random(),
        }


@contextmanager
def server(module: str, data: Path, url: str) -> Iterator[tuple[int, int]]:
    """A server process; yields its port and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "TRUONGNET_DATABASE": url,
        "TRUONGNET_DATA_DIR": str(data),
        "TRUONGNET_LOG_LEVEL": "warning",
    }
    child = subprocess.Popen(
        [sys.executable, "-m", module, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, child.pid
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(60)


def processor_seconds(process: int) -> float:
    """User and system time that a process has taken, all threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(module: str, database: str, boxes: int, rounds: int, beats: int) -> dict[str, Any]:
    """One server on one empty database: batches first, then beats."""
    with tempfile.TemporaryDirectory() as folder, postgres() if database == "postgresql" else nullcontext("") as url:
        data = Path(folder)
        address = url or f"sqlite:///{data / 'truongnet.sqlite'}"
        fleet = Boxes(boxes)
        fleet.register(address)
        keys = pki.load(data / "keys", "Tỉnh Đồng Tháp")
        sequences = [[post("/v1/exchange", fleet.exchange(box)) for _ in range(rounds)] for box in range(boxes)]
        with server(module, data, address) as (port, process):
            before = processor_seconds(process)
            batches = run(port, sequences, CONNECTIONS)
            answer: dict[str, Any] = {"batches": batches, "bytes": sum(fleet.batch_bytes) / len(fleet.batch_bytes)}
            answer["cpu_ms"] = 1000 * (processor_seconds(process) - before) / batches["requests"]
            if beats:
                key, now = keys.secret("box-tokens"), time.time()
                tokens = [beat_token(key, agent, now) for agent in fleet.ids]
                bodies = [
                    json.dumps(asdict(Beat(agent=agent, token=token, boot="boot", up=1.0, next_seq=2))).encode()
                    for agent, token in zip(fleet.ids, tokens, strict=True)
                ]
                sequence = [post("/v1/beat", body) for body in bodies]
                answer["beats"] = run(port, [sequence] * max(1, beats // boxes), 32)
        return answer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    boxes, rounds = (500, 6) if quick else (2_000, 10)
    figures: dict[str, Any] = {}
    for name, module, database, share in (
        ("sqlite", "controller", "sqlite", 1),
        ("postgresql", "controller", "postgresql", 1),
        ("sqlite commit per request", "bench.peers_ingest", "sqlite", 4),
        ("postgresql commit per request", "bench.peers_ingest", "postgresql", 4),
    ):
        measured = measure(module, database, boxes // share, rounds, 0 if share > 1 else boxes * 20)
        batches, beats = measured["batches"], measured.get("beats")
        bad = {status: count for status, count in batches["statuses"].items() if status != "200"}
        figures[name] = {
            "batches_per_s": round(batches["per_second"]),
            "p50_ms": round(batches["p50_ms"], 1),
            "p99_ms": round(batches["p99_ms"], 1),
            "not_200": sum(bad.values()),
            "cpu_ms_per_batch": round(measured["cpu_ms"], 3),
            "batch_bytes": round(measured["bytes"]),
            "beats_per_s": round(beats["per_second"]) if beats else None,
        }
        print(f"{name:<32}", *(f"{key} {value}" for key, value in figures[name].items()), sep="  ", flush=True)
    ours = [figures["sqlite"], figures["postgresql"]]
    met = all(
        one["batches_per_s"] >= TARGETS["batches_per_s"]
        and one["p99_ms"] <= TARGETS["p99_ms"]
        and one["beats_per_s"] >= TARGETS["beats_per_s"]
        and not one["not_200"]
        for one in ours
    )
    print(json.dumps({"bench": "ingest", "figures": figures, "targets": TARGETS, "met": met}))


if __name__ == "__main__":
    main()
