"""Events in sentences: what became another, and what to do about it where something is to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select

from controller.tables import Agent, Event
from controller.web.i18n import N_
from controller.web.read.school_lan import ROGUE, tell_rogue
from controller.web.read.school_words import Said, target
from controller.web.words import WORDS

GOOD, BAD, WARN, PLAIN = "good", "bad", "warn", "plain"
PAGE = 12
OF_BOX = ("agent", "box", "clock", "spool", "inventory", "power")


@dataclass(frozen=True, slots=True)
class Told:
    """One event. ``tone`` chooses icon and colour; ``seq`` is of the sealed batch that proves it."""

    id: int
    at: float
    tone: str
    said: Said
    advice: str
    seq: int | None
    agent_id: str


# What a refused joining asks of the operator (controller/join.py), and a clone.
ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "check-code-or-restore": N_("Không có mã ghép nối này. Kiểm tra mã đã nhập, hoặc tạo mã mới."),
        "compare-boxes-then-new-code": N_(
            "Mã đã được một thiết bị khác dùng. So hai thiết bị, rồi tạo mã mới cho đúng máy."
        ),
        "new-code": N_("Mã đã hết hạn. Tạo mã mới."),
        "copied-disk-reset-box-then-new-code": N_(
            "Có thể ổ đĩa đã bị sao chép. Trên máy này chạy: truongnet agent join MÃ --again, với một mã mới."
        ),
        "clone-suspected": N_(
            "Hai máy cùng dùng một danh tính: có thể ổ đĩa đã bị sao chép. Xem trang Thiết bị để biết cách xử lý."
        ),
        "compare-fingerprint": N_("So sáu từ trên thiết bị với sáu từ ở trang Thiết bị, rồi chấp nhận."),
    }
)
REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "code-unknown": N_("Từ chối ghép nối: mã không tồn tại"),
        "code-used": N_("Từ chối ghép nối: mã đã được dùng"),
        "code-expired": N_("Từ chối ghép nối: mã đã hết hạn"),
        "key-known": N_("Từ chối ghép nối: danh tính này đã có"),
    }
)
STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "pending": (WARN, N_("Thiết bị đo mới đang chờ duyệt")),
        "accepted": (GOOD, N_("Đã chấp nhận thiết bị đo")),
        "refused": (PLAIN, N_("Đã từ chối thiết bị đo")),
        "quarantined": (BAD, N_("Thiết bị đo bị cách ly")),
        "retired": (PLAIN, N_("Đã ngừng dùng thiết bị đo")),
    }
)
TONES = {"up": GOOD, "down": BAD, "degraded": WARN, "silent": BAD}


def newest_events(session: Session, school_id: int, offset: int = 0) -> tuple[list[Told], bool]:
    """One page, newest first, and whether there are more. Raw samples are evidence, not news."""
    statement = select(Event).where(Event.school_id == school_id, Event.kind != "raw")
    statement = statement.order_by(col(Event.at).desc(), col(Event.id).desc())
    rows = session.exec(statement.offset(offset).limit(PAGE + 1)).all()
    return [tell(row) for row in rows[:PAGE]], len(rows) > PAGE


def tell(event: Event) -> Told:
    tone, said, advice = _words(event)
    return Told(event.id or 0, event.at, tone, said, advice, event.seq, event.agent_id)


def _words(event: Event) -> tuple[str, Said, str]:
    after, (_, _, name) = event.after, event.subject.partition(":")
    if event.kind == "school":
        return TONES.get(after, PLAIN), _status(event), ""
    if event.kind == "target":
        text = N_("{what}: trả lời") if after == "up" else N_("{what}: không trả lời")
        return TONES.get(after, PLAIN), Said(text, {"what": target(name)}), ""
    if event.kind == "link":
        text = N_("Cổng mạng {name}: có tín hiệu") if after == "up" else N_("Cổng mạng {name}: mất tín hiệu")
        return TONES.get(after, PLAIN), Said(text, {"name": name}), ""
    if event.kind == "agent":
        return _agent(event)
    if event.subject == ROGUE:
        return tell_rogue(event)
    if event.kind in ("clock", "spool", "inventory", "box", "power"):
        return _box(event)
    return PLAIN, Said("{subject}: {before} → {after}", _plain(event)), ""


def _status(event: Event) -> Said:
    words = WORDS["status"]
    if event.after not in words:
        return Said("{subject}: {before} → {after}", _plain(event))
    reason = WORDS["reason"].get(event.detail, "")
    if reason and event.after != "up":
        return Said(N_("Trường: {status} – {reason}"), {"status": Said(words[event.after]), "reason": Said(reason)})
    return Said(N_("Trường: {status}"), {"status": Said(words[event.after])})


def _agent(event: Event) -> tuple[str, Said, str]:
    facts = event.facts
    advice = ADVICE.get(str(facts.get("advice") or event.detail), "")
    if event.subject.startswith("join:"):
        host = str(facts.get("hostname") or "?")[:80]
        text = REFUSALS.get(event.detail)
        said = Said("{what} ({host})", {"what": Said(text or STATES["refused"][1]), "host": host})
        return WARN, said, advice
    tone, text = STATES.get(event.after, (PLAIN, ""))
    return (tone, Said(text), advice) if text else (PLAIN, Said("{subject}: {before} → {after}", _plain(event)), advice)


def _box(event: Event) -> tuple[str, Said, str]:
    facts = event.facts
    if event.kind == "clock":
        seconds = facts.get("skew_seconds")
        shown = f"{seconds:+.0f}" if isinstance(seconds, int | float) else "?"
        return WARN, Said(N_("Đồng hồ của thiết bị đo lệch {seconds} giây"), {"seconds": shown}), ""
    if event.kind == "spool":
        return WARN, Said(N_("Bộ nhớ chờ gửi đầy: đã bỏ bớt {n} số đo cũ nhất"), {"n": facts.get("records", "?")}), ""
    if event.kind == "inventory":
        if facts.get("full"):
            return PLAIN, Said(N_("Đã nhận toàn bộ kiểm kê phần cứng")), ""
        names = ", ".join(str(one) for one in _list(facts.get("sections"))[:8])
        if not names:
            return PLAIN, Said(N_("Đã nhận kiểm kê phần cứng")), ""
        return PLAIN, Said(N_("Phần cứng thay đổi: {names}"), {"names": names}), ""
    if event.kind == "power" and event.after in ("battery", "down"):
        return WARN, Said(N_("Mất điện lưới, chạy bằng pin")), ""
    if event.kind == "box":
        if event.after != "up":
            return PLAIN, Said(N_("Thiết bị đo dừng")), ""
        if facts.get("clean") is False:
            return WARN, Said(N_("Thiết bị đo khởi động lại sau khi tắt đột ngột (mất điện?)")), ""
        return PLAIN, Said(N_("Thiết bị đo khởi động")), ""
    return PLAIN, Said("{subject}: {before} → {after}", _plain(event)), ""


def _plain(event: Event) -> Mapping[str, str]:
    return {"subject": event.subject or event.kind, "before": event.before or "–", "after": event.after or "–"}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def of_box(session: Session, agent: Agent) -> list[Event]:
    """What concerns one box, newest first."""
    statement = select(Event).where(
        Event.school_id == agent.school_id, Event.agent_id == agent.id, col(Event.kind).in_(OF_BOX)
    )
    return list(session.exec(statement.order_by(col(Event.at).desc(), col(Event.id).desc()).limit(PAGE)))
