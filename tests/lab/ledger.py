"""What a box says it made against what the province says it has: nothing lost, nothing double.

The truth is the box's own spool, where all batches stay for seven days after their acknowledgement. Batch by batch the
province must hold the same sealed bytes, and row by row each result, state change and window exactly once.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64decode
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.lab.api import until
from tests.lab.hosts import Host
from tests.lab.lab import BOX_DATA, Lab, School

DUMP = """
import base64, json, sqlite3
spool = sqlite3.connect("file:%s/spool.sqlite?mode=ro", uri=True, timeout=20)
rows = spool.execute("SELECT seq, acked IS NOT NULL, envelope FROM batch ORDER BY seq").fetchall()
waiting = [kind for (kind,) in spool.execute("SELECT kind FROM record")]
following = spool.execute("SELECT value FROM meta WHERE key = 'next_seq'").fetchone()[0]
print(json.dumps([waiting, following, [[seq, acked, base64.b64encode(body).decode()] for seq, acked, body in rows]]))
"""


@dataclass(frozen=True, slots=True)
class Made:
    """What is in a box's spool."""

    waiting: tuple[str, ...]  # kinds of the records that no batch holds yet
    next_seq: int
    acked: frozenset[int]
    envelopes: dict[int, bytes]  # by batch number

    @property
    def digests(self) -> dict[int, str]:
        return {seq: hashlib.sha256(envelope).hexdigest() for seq, envelope in self.envelopes.items()}

    def items(self) -> list[tuple[int, int, dict[str, Any]]]:
        """Batch number, place in it, item."""
        found = []
        for seq, envelope in self.envelopes.items():
            document = json.loads(gzip.decompress(b64decode(json.loads(envelope)["payload"])))
            found += [(seq, place, item) for place, item in enumerate(document["items"])]
        return found

    def count(self, kind: str) -> int:
        """Records of this kind, sealed or not."""
        return len(self.of(kind)) + self.waiting.count(kind)

    def of(self, kind: str) -> list[tuple[int, int]]:
        return sorted((seq, place) for seq, place, item in self.items() if item["kind"] == kind)


def made(host: Host) -> Made:
    waiting, following, rows = json.loads(host.run("/opt/truongnet/bin/python", "-c", DUMP % BOX_DATA))
    return Made(
        waiting=tuple(waiting),
        next_seq=following,
        acked=frozenset(seq for seq, acked, _ in rows if acked),
        envelopes={seq: b64decode(body) for seq, _, body in rows},
    )


def held(lab: Lab, agent: str) -> dict[int, str]:
    """Digest by number of the batches that the province holds."""
    rows = lab.sql(f"SELECT seq, digest FROM sealed_batch WHERE agent_id = '{agent}'")  # noqa: S608 - our own id
    return {int(seq): digest for seq, digest in rows}


def everything_arrived(lab: Lab, school: School, agent: str) -> bool:
    """Whether the province holds all that the box had sealed a moment ago."""
    digests = made(school.host).digests
    return bool(digests) and digests.items() <= held(lab, agent).items()


def settle(lab: Lab, school: School, agent: str, seconds: float = 90.0) -> Made:
    """Wait until the province holds everything, then look for anything that is missing or there twice.

    Gives what the box made. Raises AssertionError with what differs.
    """
    until(partial(everything_arrived, lab, school, agent), f"all batches of {school.code} are at the province", seconds)
    box = made(school.host)
    known = held(lab, agent)
    sealed = set(box.envelopes)
    assert sealed == set(range(min(sealed), box.next_seq)), "the box's own numbers have no gap"
    sent = {seq: digest for seq, digest in box.digests.items() if seq in known}
    assert sent.items() <= known.items(), "the province holds the very bytes that the box sealed"
    assert set(range(1, max(known) + 1)) == set(known), "no number is missing at the province"
    rows_are_there_once(lab, agent, box, max(known))
    return box


def rows_are_there_once(lab: Lab, agent: str, box: Made, last: int) -> None:
    """``last``: the newest batch that is judged; what came after the look at the box is not."""
    within = f"agent_id = '{agent}' AND seq BETWEEN {min(box.envelopes)} AND {last}"
    for kind, query in (
        ("result", f"SELECT seq, item FROM measurement WHERE {within}"),  # noqa: S608
        ("state", f"SELECT seq, item FROM event WHERE {within} AND kind NOT IN ('raw', 'spool')"),  # noqa: S608
    ):
        rows = Counter((int(seq), int(item)) for seq, item in lab.sql(query) if item)
        twice = [key for key, count in rows.items() if count > 1]
        assert not twice, f"{kind}s that are there twice: {twice}"
        missing = {key for key in box.of(kind) if key[0] <= last} - set(rows)
        assert not missing, f"{kind}s that are missing: {sorted(missing)}"
    told = Counter(_key(item) for _, _, item in box.items() if item["kind"] in ("result", "state"))
    assert max(told.values()) == 1, "the box itself told nothing twice"
    windows_are_there_once(lab, agent, box, last)


def windows_are_there_once(lab: Lab, agent: str, box: Made, last: int) -> None:
    query = f"SELECT windows FROM hour WHERE school_id = (SELECT school_id FROM agent WHERE id = '{agent}')"  # noqa: S608
    rows = [window for (text,) in lab.sql(query) for window in json.loads(text) if window["agent"] == agent]
    there = Counter(_window(window) for window in rows)
    made_by_box = Counter(
        _window(window)
        for seq, _, item in box.items()
        if item["kind"] == "windows" and seq <= last
        for window in item["body"]
    )
    missing = made_by_box - there
    assert not missing, f"windows that are missing: {missing}"
    twice = [window for window, count in there.items() if count > max(1, made_by_box[window])]
    assert not twice, f"windows that are there twice: {twice}"


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _window(window: dict[str, Any]) -> str:
    """What makes one window this one; its time is told by two clocks, so it is left out."""
    names = ("name", "labels", "seconds", "count", "lost", "min", "median", "p95", "max", "jitter")
    return _key([window[name] for name in names])
