"""What an evidence file does not prove, said as openly: gaps, what was excluded and why, lost seals. Pure.

"missing": times of which no box said anything. "excluded": tests by which no provider may be judged, with the reasons
that the box itself sealed. "seals": how many records rest on a seal that is in the file. "states_without_raw": changes
around whose moment no raw samples are in the file.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from controller.evidence.derive import KINDS, Record, Records
from controller.evidence.verdict import main_of, test_of
from monitoring.boxes import is_at_router

SEAM = 60.0  # seconds: windows follow each other, but for the time that it takes to close one
MAX_GAPS = 1_000
RAW_AROUND = 600.0  # seconds before and after a change of which a box keeps the raw samples (agent/raw.py)
SAMPLED = ("target:", "link:", "power:")  # of these changes; how a box or its clock fares has no samples
CLOCK_OFF = 5.0  # seconds; a box's clock more wrong than this is worth a word


def coverage(statement: Mapping[str, Any], records: Records) -> dict[str, Any]:
    start, end = statement["period"]["start"], statement["period"]["end"]
    until = min(end, statement["made_at"])
    gaps = missing(records.windows, start, until)
    return {
        "seconds": max(0.0, until - start),
        "missing_seconds": round(sum(past - first for first, past in gaps), 3),
        "gaps": len(gaps),
        "missing": [
            {"start": first, "end": past, "why": _why(records.thinned, first, past)} for first, past in gaps[:MAX_GAPS]
        ],
        "excluded": excluded(records.results, main_of(statement)),
        "states_without_raw": without_raw(records),
        "thinned": records.thinned,
        "unreadable": records.bad,
        "seals": {kind: _sealed(records.of(kind)) for kind in KINDS},
        "unsealed": _span([record for kind in KINDS for record in records.of(kind) if not record["sealed"]]),
        "clocks": clocks(records),
        "numbers": numbers(records),
        "batches_with_devices": records.with_devices,
    }


def missing(windows: Iterable[Record], start: float, end: float) -> list[tuple[float, float]]:
    """Times longer than ``SEAM`` that no window covers."""
    gaps, at = [], start
    for first, past in sorted((window["at"], window["at"] + window["seconds"]) for window in windows):
        if first - at > SEAM:
            gaps.append((at, min(first, end)))
        at = max(at, past)
    if end - at > SEAM:
        gaps.append((at, end))
    return gaps


def _why(thinned: Sequence[Record], first: float, past: float) -> str:
    """ "thinned": the box said that it had to drop some of that time; else nobody knows more than that nothing came."""
    ends = [(record["oldest"], record["newest"]) for record in thinned]
    is_thinned = any(None not in (old, new) and old < past and new >= first for old, new in ends)
    return "thinned" if is_thinned else "no-word"


def excluded(results: Iterable[Record], main: Collection[str]) -> list[Record]:
    """Each test that decides nothing, with why."""
    found = []
    for record in results:
        why = reasons(record, main)
        if why:
            found.append({name: record[name] for name in ("at", "agent", "seq", "item", "sealed")} | {"why": why})
    return found


def reasons(record: Record, main: Collection[str]) -> list[str]:
    """Codes; none: the test counts. ``main``: ids of the boxes at the router."""
    if record["outcome"] != "ok":
        return [record["outcome"], *([record["reason"]] if record["reason"] else [])]
    found = list(record["validity"])
    if not is_at_router(record["agent"], main):
        found.append("other-box")
    if record["scope"] == "loopback":
        found.append("loopback")
    if record["mode"] not in ("full", "short"):
        found.append(f"mode-{record['mode']}")
    return found or ([] if test_of(record).counts else ["invalid"])


def without_raw(records: Records) -> list[Record]:
    """Each change of state without raw samples, with why: "first-look" (a box that starts finds it well), "not-sampled"
    (nothing of the kind is sampled), "none" (they should be there: lost, thinned, or from outside the period).

    Changes that lie close together share their samples, so it is their moment that must be covered, not their name.
    """
    moments: dict[str, list[float]] = {}
    for raw in records.raw:
        moments.setdefault(raw["agent"], []).append(raw["at"])
    for some in moments.values():
        some.sort()
    found = []
    for record in records.states:
        near = moments.get(record["agent"], [])
        at = bisect_left(near, record["at"] - RAW_AROUND)
        if at == len(near) or near[at] > record["at"] + RAW_AROUND:
            names = ("at", "agent", "seq", "item", "sealed", "subject")
            found.append({name: record[name] for name in names} | {"why": _why_no_raw(record)})
    return found


def _why_no_raw(record: Record) -> str:
    if not record["subject"].startswith(SAMPLED):
        return "not-sampled"
    return "first-look" if (record["before"], record["after"]) == ("unknown", "up") else "none"


def _sealed(records: Sequence[Record]) -> dict[str, int]:
    return {"records": len(records), "sealed": sum(record["sealed"] for record in records)}


def _span(records: Sequence[Record]) -> dict[str, float] | None:
    if not records:
        return None
    return {"first": min(record["at"] for record in records), "last": max(record["at"] for record in records)}


def clocks(records: Records) -> list[dict[str, Any]]:
    """Of each box the largest distance between its own clock, as sealed, and the province's times, in seconds."""
    worst: dict[str, float] = {}
    for record in (*records.results, *records.windows, *records.states):
        box_at = record.get("box_at")
        if box_at is not None and record["sealed"]:
            off = box_at - record["at"]
            if abs(off) >= abs(worst.get(record["agent"], 0.0)):
                worst[record["agent"]] = off
    return [
        {"agent": agent, "worst_seconds": round(off, 3), "is_off": abs(off) > CLOCK_OFF}
        for agent, off in sorted(worst.items())
    ]


def numbers(records: Records) -> list[dict[str, Any]]:
    """Of each box the batches in the file: a box numbers them without a gap, so what was left out can be counted."""
    seqs: dict[str, set[int]] = {}
    for kind in KINDS:
        for record in records.of(kind):
            if record["sealed"]:
                seqs.setdefault(record["agent"], set()).add(record["seq"])
    return [
        {
            "agent": agent,
            "first": min(some),
            "last": max(some),
            "in_file": len(some),
            "left_out": max(some) - min(some) + 1 - len(some),
        }
        for agent, some in sorted(seqs.items())
    ]
