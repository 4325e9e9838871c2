"""Beside a school's tests: what a light one says against the recent full ones, a second opinion, and what real use
proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select

from controller.tables import Hour, Measurement
from controller.web.i18n import N_
from monitoring.light import RECENT, REFERENCES, Verdict, reference, verdict
from monitoring.passive import Proven, proven

NEAR = 6 * 3_600.0  # seconds before or after a test in which a second opinion stands beside it
HOUR = 3_600.0

VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "whole": N_("Đường truyền vẫn như thường ngày."),
        "halved": N_("Đường truyền chỉ còn khoảng một nửa hoặc ít hơn so với các lần đo đầy đủ gần đây."),
        "unclear": N_("Chưa đủ rõ để kết luận; cần một lần đo đầy đủ ngoài giờ học."),
        "no-reference": N_("Chưa có lần đo đầy đủ nào gần đây để so sánh."),
    }
)
MODES: Mapping[str, str] = MappingProxyType(
    {
        "full": N_("Đầy đủ"),
        "short": N_("Ngắn: ít dữ liệu, sai số rộng hơn"),
        "light": N_("Nhẹ: dưới 1 MB, chỉ ước lượng"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """One direction of a light measurement; rates in bit/s."""

    way: str
    bps: float | None
    half_width: float | None
    is_bound: bool
    by: str
    packets: float | None
    usual: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What another tool found near the same time; never mixed with ours."""

    at: float
    method: str
    down_bps: float | None
    up_bps: float | None


def guesses(session: Session, row: Measurement) -> tuple[Guess, ...]:
    """Down and up; empty when this was no light measurement."""
    facts = row.body.get("facts")
    if not isinstance(facts, dict) or facts.get("mode") != "light":
        return ()
    recent = session.exec(
        select(Measurement.down_bps, Measurement.up_bps)
        .where(
            Measurement.school_id == row.school_id,
            Measurement.probe == "speed",
            Measurement.scope == row.scope,
            col(Measurement.is_valid),
            col(Measurement.down_bps).is_not(None),
            Measurement.at < row.at,
            Measurement.at > row.at - RECENT,
        )
        .order_by(col(Measurement.at).desc())
        .limit(REFERENCES)
    ).all()
    return tuple(
        _guess(way, facts.get(f"light_{way}"), [pair[n] for pair in recent if pair[n] is not None], row.is_valid)
        for n, way in enumerate(("down", "up"))
    )


def _guess(way: str, facts: Any, recent: list[Any], is_valid: bool) -> Guess:
    found = facts if isinstance(facts, dict) else {}
    bps, width = _number(found.get("bits_per_second")), _number(found.get("confidence_ratio"))
    is_bound = found.get("is_bound") is True or not is_valid  # what is not valid proves no loss, and never blames
    known: Verdict = "unclear"
    if bps is not None:
        known = verdict(bps, 1.0 if width is None else width, is_bound=is_bound, recent=recent)
    return Guess(
        way=way,
        bps=bps,
        half_width=width,
        is_bound=found.get("is_bound") is True,
        by=str(found.get("by") or "")[:20],
        packets=_number(found.get("packets")),
        usual=reference(recent),
        verdict=known,
    )


def second_opinion(session: Session, row: Measurement) -> Second | None:
    """The nearest one in time."""
    statement = select(Measurement).where(
        Measurement.school_id == row.school_id,
        Measurement.probe == "second",
        Measurement.outcome == "ok",
        Measurement.at > row.at - NEAR,
        Measurement.at < row.at + NEAR,
    )
    found = min(session.exec(statement).all(), key=lambda one: abs(one.at - row.at), default=None)
    return _second(found) if found is not None else None


def _second(row: Measurement) -> Second:
    facts, samples = row.body.get("facts"), row.body.get("samples")
    values = {
        sample.get("name"): _number(sample.get("value"))
        for sample in (samples if isinstance(samples, list) else [])
        if isinstance(sample, dict)
    }
    method = facts.get("method") if isinstance(facts, dict) else ""
    down, up = values.get("second_down_bits_per_second"), values.get("second_up_bits_per_second")
    return Second(at=row.at, method=str(method or "")[:60], down_bps=down, up_bps=up)


def real_use(session: Session, school_id: int, start: float, end: float) -> tuple[tuple[str, Proven], ...]:
    """What the busiest moments of a time proved; down and up, as far as a card counted."""
    rows = session.exec(
        select(Hour.windows).where(
            Hour.school_id == school_id, Hour.hour_at >= int(start // HOUR * HOUR), Hour.hour_at < end
        )
    ).all()
    windows = [window for some in rows for window in some if start <= window["at"] < end]
    found = ((way, proven(windows, way)) for way in ("down", "up"))
    return tuple((way, best) for way, best in found if best is not None)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
