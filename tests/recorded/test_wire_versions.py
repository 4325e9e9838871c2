"""Every WIRE_VERSION ever released is kept as a box sent it, and the controller still understands it.

A case is a folder ``wire/<version>/``: ``join.json``, ``exchange.jsonl``, ``beat.json`` as they went over the wire, the
box's ``public_key.txt``, and ``expected.json``: the rows that the controller makes of it.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from agent.wire import WIRE_VERSION, Beat, fingerprint
from controller import exchange, join, seal
from controller.records import Rows, Source, add_batch
from monitoring.clock import BoxClock, Timeline, observe

CASES = Path(__file__).parent / "wire"
RECEIVED = 1_795_496_400.0


def understood(case: Path) -> dict[str, Any]:
    """What the controller makes of a recorded case, as plain JSON."""
    public_key = base64.b64decode((case / "public_key.txt").read_text())
    agent = seal.keyid(public_key)
    parcel = exchange.read((case / "exchange.jsonl").read_bytes(), agent, public_key, RECEIVED)
    request, key = join.read((case / "join.json").read_bytes())
    beat = TypeAdapter(Beat).validate_json((case / "beat.json").read_bytes())
    rows = Rows()
    source = Source(agent=agent, school_id=1, now=RECEIVED, oldest_window=0.0, oldest_record=0.0)
    timeline = Timeline(observe(BoxClock(), parcel.head.now, RECEIVED, None), RECEIVED)
    problems = [problem for line in parcel.lines for problem in add_batch(rows, source, line.decoded, timeline)]
    said = {
        "join": [request.code_id, request.hostname, request.machine, fingerprint(key)],
        "head": [parcel.head.agent, parcel.head.next_seq, parcel.head.version, parcel.head.spool.limit],
        "beat": [beat.agent, beat.next_seq],
        "sequences": [line.decoded.seq for line in parcel.lines],
        "problems": problems,
        "unreadable": len(parcel.unreadable),
        "measurements": rows.measurements,
        "events": rows.events,
        "hours": [[school, hour, windows] for (school, hour), windows in sorted(rows.hours.items())],
        "devices": list(rows.devices.values()),
        "inventories": [
            [change.body.full, change.body.base, change.body.digest, change.sections, change.body.removed]
            for changes in rows.inventories.values()
            for change in changes
        ],
    }
    plain: dict[str, Any] = json.loads(json.dumps(said))
    return plain


def test_every_version_has_its_case() -> None:
    assert sorted(int(case.name) for case in CASES.iterdir()) == list(range(1, WIRE_VERSION + 1))


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: f"version {case.name}")
def test_a_recorded_version_is_understood_as_it_always_was(case: Path) -> None:
    assert understood(case) == json.loads((case / "expected.json").read_text("utf-8"))
