"""A province's boxes come back together after an outage of an hour: what the controller answers, and how soon.

When each comes is decided by the agent's own courier and the controller's own beats (``bench/herd_boxes.py``). For
real: 1,000 boxes of our own keys, each with batches of windows and a state change behind it, against one controller
process over HTTP; once at those moments with the time run ten times as fast, as dense as 10,000 would come, and once
all in the same second, as after a power cut. A box that is refused waits as ``Backoff`` says. What is acknowledged is
counted in the database, too.

Simulated: 41,000 couriers, and one process that has one processor and needs as much of it for a box as the real one
just did. With 41,000 in its database it needs somewhat more, so how many a second it would have to take is told, too
(``needs_per_s``). Beside them boxes that all come in the
second in which the line is back, and the load of both kinds' measurements (``bench/herd_measuring.py``).

``python -m bench.herd [--quick]``
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlmodel import Session, func, select

from agent.backoff import Backoff
from agent.courier import EXCHANGE_FIRST
from agent.link import READ_SECONDS
from agent.wire import Item, StateChange
from bench.fleet import Box, register
from bench.herd_boxes import BIN, Return, needed, returns, served, spread
from bench.herd_measuring import BOXES, LINE, SERVER_MBPS, giga_peak, measured, province
from bench.ingest import TARGETS as INGEST
from bench.ingest import processor_seconds, server
from bench.load import Connection, post
from controller import pki
from controller.db import open_engine
from controller.migrate import prepare
from controller.tables import SealedBatch

TARGETS = {
    "server_errors": 0,
    "not_acknowledged": 0,
    "all_acknowledged_s": 300,
    "peak_over_mean": 2.0,  # of the 1,000 in bins of ten seconds, of the 41,000 of one
    "beats_per_s": INGEST["beats_per_s"],
    "most_wait_s": READ_SECONDS,  # then a box hangs up, and its work is done twice
    "measuring_mbps": SERVER_MBPS,
}
OUTAGE = 3_600.0  # seconds
WINDOWS = 4  # batches that a box has waiting
FASTER = 10.0  # the real boxes' time is run so many times as fast
TRIES = 20


def prepared(count: int) -> list[Box]:
    """Boxes with what gathered while they were cut off."""
    boxes, now = [Box(number) for number in range(count)], time.time()
    for box in boxes:
        box.start(now - 10 * OUTAGE)
        for number in range(WINDOWS):
            at = now - 900 * (WINDOWS - number)
            change = StateChange(at=box.stamp(at), subject="target:controller", before="up", after="down")
            box.put(at, box.windows(at), Item(kind="state", body=asdict(change)))
    return boxes


class Herd:
    """Boxes that come to one port at their moments (seconds from the start), and come again when they are refused."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.statuses = Counter[int]()
        self.sent: list[float] = []
        self.waits: list[float] = []  # from the first try to the acknowledgement
        self.ended = 0.0  # the last acknowledgement
        self.late: list[float] = []  # from the planned moment to the first try: the bench's own delay

    async def run(self, boxes: Sequence[Box], moments: Sequence[float]) -> None:
        begun = asyncio.get_running_loop().time()
        await asyncio.gather(*(self._come(box, begun + at, begun) for box, at in zip(boxes, moments, strict=True)))

    async def _come(self, box: Box, at: float, begun: float) -> None:
        loop, backoff = asyncio.get_running_loop(), Backoff(first=EXCHANGE_FIRST)
        await asyncio.sleep(max(0.0, at - loop.time()))
        came = loop.time()
        self.sent.append(came - begun)
        self.late.append(came - at)
        for _ in range(TRIES):
            status = await self._call(post("/v1/exchange", box.exchange(time.time())))
            self.statuses[status] += 1
            if status == 200:
                self.waits.append(loop.time() - came)
                self.ended = loop.time() - begun
                return
            await asyncio.sleep(backoff.failed())

    async def _call(self, request: bytes) -> int:
        """The status; 0 when the line broke or the answer took longer than an agent waits for it."""
        try:
            _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self.port)
        except OSError:
            return 0
        try:
            return await asyncio.wait_for(connection.send(request), READ_SECONDS)
        except TimeoutError:
            return 0
        finally:
            if connection.transport is not None:
                connection.transport.close()


def real(boxes: list[Box], moments: Sequence[float], faster: float, width: float) -> dict[str, Any]:
    """``moments`` in the boxes' time, counted in bins of ``width`` seconds of it; seconds of waiting are real ones."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        url = f"sqlite:///{data / 'truongnet.sqlite'}"
        engine = open_engine(url)
        prepare(engine)
        register(engine, boxes, time.time(), calendar={}, provider="VNPT", down_bps=LINE)
        pki.load(data / "keys", "Tỉnh Đồng Tháp")
        with server("controller", data, url) as (port, process):
            herd, before = Herd(port), processor_seconds(process)
            asyncio.run(herd.run(boxes, [at / faster for at in moments]))
            taken = processor_seconds(process) - before
        with Session(engine) as session:
            stored = session.exec(select(func.count()).select_from(SealedBatch)).one()
        engine.dispose()
    waits = sorted(herd.waits)
    return {
        "boxes": len(boxes),
        "faster": faster,
        "statuses": {str(status): count for status, count in sorted(herd.statuses.items())},
        "server_errors": sum(count for status, count in herd.statuses.items() if status >= 500 or status == 0),
        "not_acknowledged": len(boxes) * WINDOWS - min(stored, len(waits) * WINDOWS),
        **spread([at * faster for at in sorted(herd.sent)], width),
        "p99_wait_s": round(waits[int(len(waits) * 0.99) - 1], 2),
        "most_wait_s": round(waits[-1], 2),
        "all_acknowledged_s": round(max(moments) + waits[-1], 1),  # no box later than this
        "bench_late_s": round(max(herd.late), 2),
        "per_second": round(len(waits) / herd.ended, 1),
        "per_processor_s": round(len(waits) / taken, 1),
    }


def simulated(found: Return, per_second: float) -> dict[str, Any]:
    moments, count = found.moments, len(found.moments)
    naive = [number / count for number in range(count)]
    ours: dict[str, Any] = {"boxes": count, **spread(moments, 1.0), "beats_per_s": found.beats_per_s}
    theirs: dict[str, Any] = {"boxes": count, **spread(naive, 1.0)}
    theirs["peak_over_mean"] = round(theirs["peak_per_s"] / ours["mean_per_s"], 1)  # of ours: its own second is full
    for one, times in ((ours, moments), (theirs, naive)):
        one |= served(times, per_second)
        one["needs_per_s"] = needed(times, TARGETS["all_acknowledged_s"], TARGETS["most_wait_s"])
    return {"simulated": ours, "no_spacing": theirs}


def measuring(moments: Sequence[float]) -> dict[str, Any]:
    """The load of the tests that some boxes make in the half hour after ``moments``, beside Giga Meter's way."""
    with tempfile.TemporaryDirectory() as folder:
        engine = province(Path(folder), len(moments))
        found = measured(engine, moments, 0.5)
        engine.dispose()
    giga = giga_peak([number / len(moments) for number in range(len(moments))], random.Random(3))
    return {"boxes": len(moments), **found, "giga_like_mbps": round(giga)}


def is_met(figures: dict[str, Any]) -> bool:
    """The spread is judged where the agent's spacing is at work; all in one second is there for what it breaks."""
    spaced, at_once, many = figures["spaced"], figures["at_once"], figures["simulated"]
    return (
        all(
            one[name] <= TARGETS[name]
            for one in (spaced, at_once)
            for name in ("server_errors", "not_acknowledged", "all_acknowledged_s", "most_wait_s")
        )
        and all(one["peak_over_mean"] <= TARGETS["peak_over_mean"] for one in (spaced, many))
        and all(many[name] <= TARGETS[name] for name in ("all_acknowledged_s", "most_wait_s", "beats_per_s"))
        and figures["measuring"]["peak_mbps"] <= TARGETS["measuring_mbps"]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100 boxes for real and 4,100 simulated: too few to judge")
    quick = parser.parse_args().quick
    count, many = (100, 4_100) if quick else (1_000, 41_000)
    at_once = real(prepared(count), [0.0] * count, 1.0, 1.0)
    spaced = real(prepared(count), returns(count, OUTAGE, seed=2).moments, FASTER, BIN)
    found = returns(many, OUTAGE, seed=1)
    figures = {"at_once": at_once, "spaced": spaced, **simulated(found, at_once["per_processor_s"])}
    figures["measuring"] = measuring(found.moments[:: len(found.moments) // BOXES])
    for name, row in figures.items():
        print(f"{name:<12}", *(f"{key} {value}" for key, value in row.items()), sep="  ", flush=True)
    print(json.dumps({"bench": "herd", "figures": figures, "targets": TARGETS, "met": is_met(figures)}))


if __name__ == "__main__":
    main()
