"""How long it takes to make and to check a school's evidence file of 30 days, and how much memory.

A real database is filled with what a box seals: a batch of windows each quarter of an hour, speed tests, and an outage
a day with its raw samples. Each figure is a process of its own, so memory is that of the whole command. Beside ours
stand the tools that people check files with, ``sha256sum`` and ``unzip -t``, which say only that the bytes are those of
before. A number of changed bits is tried as well; each must be found.

``python -m bench.evidence [--quick] [--days 30]``
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlmodel import Session
from starlette.testclient import TestClient

from controller import audit
from controller.config import load
from controller.evidence.verify import verify
from controller.main import create_app
from controller.tables import Agent
from tests.integration.controller.conftest import Clock, Province, add_schools
from tests.integration.evidence import made

TARGETS = {"verify_s": 5.0, "missed_bits": 0}
QUARTER = 900.0
TARGETS_MEASURED = ("gateway", "isp-hop", "dns", "controller", "domestic:vnix", "domestic:vnnic", "international:a")


def fill(data: Path, days: int) -> float:
    """A province whose school reported for so many days; the moment when it began."""
    clock = Clock()
    app = create_app(load(None, {}, data_dir=data), clock)
    with Session(app.state.services.engine) as session:
        add_schools(session, clock())
    with TestClient(app) as client:
        province = Province(app, client, clock)
        made.with_contract(province)
        box, start = made.accepted(province), clock()
        for step in range(int(days * 96)):
            clock.now = now = start + (step + 1) * QUARTER
            batches = [box.batch(now, [box.windows(now - QUARTER, *TARGETS_MEASURED, rtt=0.01 + step % 7 / 1e3)])]
            items = [box.speed(now - 30, down=95e6 - step * 1e3, up=48e6)] if step % 24 == 0 else []
            if step % 96 == 50:
                items += [box.state(now - 600, "target:gateway", "up", "down"), made.raw(box, now - 600)]
                items += [box.state(now - 300, "target:gateway", "down", "up")]
            if items:
                batches.append(box.batch(now, items))
            province.exchange(box, *batches)
        with province.session() as session:
            row = session.get(Agent, box.id)
            assert row is not None
            audit.record(session, "bench", "bench", "file:bench", row.school_id, now=clock())
            session.commit()
    return start


def timed(*command: str) -> tuple[float, float]:
    """(seconds, megabytes at most) of one process; it must be content."""
    code = (
        "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode; "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
    )
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr[-500:]}")
    return time.monotonic() - begun, int(done.stdout.split()[-1]) / 1024


def missed(data: bytes, tries: int) -> int:
    """Changed bits, anywhere in the file, that the check did not find."""
    chance = random.Random(3)
    found = 0
    for _ in range(tries):
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        found += bool(verify(bytes(changed)).findings)
    return tries - found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--days", type=int, default=30)
    arguments = parser.parse_args()
    days = 3 if arguments.quick else arguments.days
    with tempfile.TemporaryDirectory() as directory:
        answer = measure(Path(directory), days, 50 if arguments.quick else 300)
    is_good = answer["verify_s"] <= TARGETS["verify_s"] and answer["missed_bits"] == 0
    print(json.dumps({"bench": "evidence", "targets": TARGETS, "met": is_good, **answer}))
    return 0 if is_good else 1


def measure(directory: Path, days: int, tries: int) -> dict[str, Any]:
    data, file = directory / "data", directory / "evidence.zip"
    start = fill(data, days)
    first, last = (time.strftime("%Y-%m-%d", time.gmtime(start + 7 * 3600 + n * 86_400)) for n in (0, days))
    truongnet = (sys.executable, "-m", "truongnet")
    make = ("--data-dir", str(data), "evidence", "82001", "--from", first, "--to", last, "--out", str(file))
    make_s, make_mb = timed(*truongnet, *make)
    verify_s, verify_mb = timed(*truongnet, "verify", str(file), "--ca", str(data / "keys" / "root-1.pem"))
    facts = verify(file.read_bytes()).facts
    peers = {}
    for name, command in (("sha256sum", ("sha256sum", str(file))), ("unzip -t", ("unzip", "-t", "-q", str(file)))):
        if shutil.which(command[0]):
            peers[name] = round(timed(*command)[0], 2)
    answer = {
        "days": days,
        "file_mb": round(file.stat().st_size / 1e6, 2),
        "seals": facts["seals"],
        "records": facts["records"],
        "make_s": round(make_s, 2),
        "make_mb": round(make_mb),
        "verify_s": round(verify_s, 2),
        "verify_mb": round(verify_mb),
        "tried_bits": tries,
        "missed_bits": missed(file.read_bytes(), tries),
        "peers_s": peers,
        "own_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(f"{days} days: {answer['seals']} seals, {answer['file_mb']} MB")
    print(f"make    {make_s:6.2f} s  {make_mb:5.0f} MB")
    print(f"verify  {verify_s:6.2f} s  {verify_mb:5.0f} MB   every seal, every value, verdict, PDF")
    for name, seconds in peers.items():
        print(f"{name:<9} {seconds:4.2f} s             only that the bytes are those of before")
    return answer


if __name__ == "__main__":
    raise SystemExit(main())
