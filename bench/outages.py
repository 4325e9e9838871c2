"""Is the cause of an outage right, and its beginning and end: scripted cases through the code that decides.

``python -m bench.outages [FAMILY]``: more than 300 cases, by replay. The boxes are played by ``bench.outage_world``,
which sends what a real one would, through the agent's own decisions; what the province decides, also of incidents that
are closed by then, is decided by the code that runs in the controller (``bench.outage_province``). A cause is right
when both the school and the whole incident have it. The real ones, on real hosts, are in ``tests/lab/test_causes.py``.
One thing is told here and not found: whether a box went on measuring in the middle of an
outage, which the controller reads from the windows that it stored (``controller.incidents.gather.has_measured``).

The peer beside us is what Giga's documents let one say of a silent school: nothing more than that it may be powered
off, crashed or cut off; an outage is known to its 15 minutes.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bench.outage_case import Case
from bench.outage_cases import cases
from bench.outage_province import Found, Province
from monitoring.causes import OF_PROVIDER

ALLOWED = 35.0  # seconds
TARGETS = {"cause_right_ratio": 0.95, "worst_start_seconds": 35.0, "worst_end_seconds": 35.0, "power_blamed_on_isp": 0}


@dataclass(slots=True)
class Score:
    family: str
    cause: str
    said: str
    first: str
    is_right: bool
    start: float | None
    end: float | None
    incidents: int
    incidents_right: bool
    blamed: int  # schools whose power cut was laid on the provider, at any time


def score(case: Case, found: Sequence[Found]) -> Score:
    real = [one for one in found if one.known.kind == "province" or one.parts]
    count_right = len(real) == case.incidents or case.incidents < 0
    if case.cause == "" or (case.incidents < 0 and not real):
        causes = {one.whole.cause for one in real if one.whole is not None} - {""}
        is_right = count_right and not causes
        return Score(case.family, case.cause, ", ".join(causes), "", is_right, None, None, len(real), count_right, 0)
    province = next((one for one in real if one.known.kind == "province"), None)
    if province is not None:
        ended = province.known.ended
        return Score(
            case.family, case.cause, "controller", "controller", case.cause == "controller",
            province.known.began - case.start, None if ended is None else ended - case.end, len(real), count_right, 0,
        )  # fmt: skip
    mine = [one for one in real if case.victims[0] in one.parts]
    part = mine[0].parts[case.victims[0]] if mine else None
    said = part.last if part is not None else None
    whole = mine[0].whole if mine else None
    blamed = 0
    if case.cause == "power":
        for one in real:
            for each in one.parts.values():
                causes = each.blamed | ({each.last.cause} if each.last else set())
                blamed += bool(causes & OF_PROVIDER)
    began, ended = (said.began, said.ended) if said is not None else (None, None)
    if part is not None and part.member.flaps:  # of many short outages each is told; the incident has the whole
        began, ended = part.member.began, ended
    return Score(
        family=case.family,
        cause=case.cause,
        said=said.cause if said else "",
        first=part.first.cause if part and part.first else "",
        is_right=said is not None and whole is not None and said.cause == whole.cause == case.cause,
        start=None if began is None else began - case.start,
        end=None if ended is None else ended - case.end,
        incidents=len(real),
        incidents_right=count_right,
        blamed=blamed,
    )


def worst(values: Sequence[float | None]) -> float | None:
    known = [abs(value) for value in values if value is not None]
    return max(known) if known else None


def show(scores: Sequence[Score]) -> None:
    families: dict[str, list[Score]] = defaultdict(list)
    for one in scores:
        families[one.family].append(one)
    print(
        f"{'family':26} {'cases':>5} {'cause right':>11} {'first right':>11} {'one incident':>12} "
        f"{'start, worst s':>14} {'end, worst s':>12}  said instead"
    )
    for family, some in families.items():
        others = sorted({one.said or "nothing" for one in some if not one.is_right})
        first = sum(one.first == one.cause for one in some if one.first)
        start, end = worst([one.start for one in some]), worst([one.end for one in some])
        print(
            f"{family:26} {len(some):5} {sum(one.is_right for one in some):8}/{len(some):<2} "
            f"{first:8}/{sum(bool(one.first) for one in some):<2} "
            f"{sum(one.incidents_right for one in some):9}/{len(some):<2} "
            f"{'' if start is None else f'{start:14.0f}':>14} {'' if end is None else f'{end:12.0f}':>12}  "
            f"{', '.join(others)}"
        )


def main(argv: list[str]) -> int:
    scores = []
    for case, chance in cases():
        if argv and not case.family.startswith(argv[0]):
            continue
        scores.append(score(case, Province(case, chance).run()))
    show(scores)
    judged = [one for one in scores if one.cause]
    timed = [one for one in judged if one.start is not None and one.end is not None]
    within = [one for one in timed if max(abs(one.start or 0.0), abs(one.end or 0.0)) <= ALLOWED]
    figures = {
        "cases": len(scores),
        "cause_right_ratio": round(sum(one.is_right for one in scores) / max(len(scores), 1), 4),
        "provisional_right_ratio": round(
            sum(one.first == one.cause for one in judged if one.first) / max(sum(bool(one.first) for one in judged), 1),
            4,
        ),
        "one_incident_ratio": round(sum(one.incidents_right for one in scores) / max(len(scores), 1), 4),
        "timed": len(timed),
        "within_35_seconds_ratio": round(len(within) / max(len(timed), 1), 4),
        "worst_start_seconds": round(worst([one.start for one in judged]) or 0.0, 1),
        "worst_end_seconds": round(worst([one.end for one in judged]) or 0.0, 1),
        "untimed": len(judged) - len(timed),
        "power_blamed_on_isp": sum(one.blamed for one in scores),
    }
    met = (
        figures["cause_right_ratio"] >= TARGETS["cause_right_ratio"]
        and figures["worst_start_seconds"] <= TARGETS["worst_start_seconds"]
        and figures["worst_end_seconds"] <= TARGETS["worst_end_seconds"]
        and figures["power_blamed_on_isp"] == 0
        and figures["cases"] >= 200
    )
    print(json.dumps({"bench": "outages", "figures": figures, "targets": TARGETS, "met": met}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
