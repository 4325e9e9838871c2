"""Incidents of invented schools, made of the spans in which something was wrong with them; all marked as samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlmodel import Session

from controller.samples.life import Life, Span
from controller.samples.plan import Plan
from controller.tables import Incident, IncidentSchool, IncidentStep

DAYS = 14
MANY = 400  # of a whole province's
SHORTEST = 300
# kind of span -> status, cause, how sure, evidence; the first of each pair while it lasts, the second afterwards
CAUSES: dict[str, tuple[str, tuple[str, float, tuple[str, ...]], tuple[str, float, tuple[str, ...]]]] = {
    "internet": (
        "down",
        ("isp-access", 0.9, ("gateway-there", "hop-lost")),
        ("isp-access", 0.9, ("gateway-there", "hop-lost")),
    ),
    "gateway": ("down", ("router", 0.85, ("gateway-lost", "link-held")), ("router", 0.85, ("gateway-lost",))),
    "dead": ("silent", ("power", 0.35, ("silent-since", "alone")), ("power", 0.85, ("unclean", "line-came-later"))),
}


def write(session: Session, schools: Iterable[tuple[int, Plan, Life]], now: float) -> int:
    """The incidents of the last two weeks; how many. The caller commits."""
    found = [
        (key, plan, span)
        for key, plan, life in schools
        for span in life.spans
        if plan.has_box and span.kind in CAUSES and span.end - span.start >= SHORTEST and span.end > now - DAYS * 86_400
    ]
    found.sort(key=lambda one: (one[2].end, one[0]))
    for key, plan, span in found[-MANY:]:
        _write(session, key, plan, span, is_open=span.end >= now - 900)
    return min(len(found), MANY)


def _write(session: Session, key: int, plan: Plan, span: Span, *, is_open: bool) -> None:
    status, first, last = CAUSES[span.kind]
    cause, sure, _ = first if is_open else last
    began, ended = float(span.start), None if is_open else float(span.end)
    incident = Incident(
        schools=1, opened_at=began + 140, began_at=began, ended_at=ended, commune_code=plan.commune_code,
        closed_at=None if ended is None else ended + 300, state="open" if is_open else "closed", cause=cause,
        confidence=sure, is_final=not is_open, provisional_cause=first[0], provisional_confidence=first[1],
        provider=plan.provider, is_sample=True,
    )  # fmt: skip
    session.add(incident)
    session.flush()
    number = incident.id or 0
    part = IncidentSchool(
        incident_id=number, school_id=key, status=status, began_at=began, ended_at=ended,
        provisional_cause=first[0], provisional_confidence=first[1],
        provisional_evidence=list(_evidence(first[2], began)),
    )  # fmt: skip
    if ended is not None:
        part.final_cause, part.final_confidence, part.final_at = last[0], last[1], ended + 60
        part.final_began_at, part.final_ended_at = began, ended
        part.final_evidence = list(_evidence(last[2], began))
    session.add(part)
    for at, kind, facts in _steps(began, ended, first, last):
        session.add(IncidentStep(incident_id=number, school_id=key, at=at, kind=kind, facts=facts))


def _evidence(codes: Iterable[str], at: float) -> Iterator[dict[str, Any]]:
    for code in codes:
        yield {"code": code, "at": at, "values": {"seconds": 95} if code == "line-came-later" else {}}


def _steps(began: float, ended: float | None, first: Any, last: Any) -> Iterator[tuple[float, str, dict[str, Any]]]:
    yield began + 140, "opened", {"schools": 1}
    yield began + 140, "provisional", {"cause": first[0], "confidence": first[1]}
    if ended is not None:
        yield ended, "back", {}
        yield ended + 60, "final", {"cause": last[0], "confidence": last[1]}
        yield ended + 300, "closed", {}
