"""Boxes for their pages: who waits, who is quarantined and why, how the others are; join codes; what was not taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from controller.api.common import ordered, searched
from controller.deps import Caller
from controller.tables import Agent, Event, JoinCode, Rejected, School
from controller.web.i18n import N_
from controller.web.read.school import seen
from controller.web.read.school_hardware import summary

PAGE = 25
MAX_WAITING = 50
WEEK = 604_800.0
STATES = ("pending", "accepted", "quarantined", "refused", "retired")
SORTS = ("created_at", "last_beat_at", "version", "clock_skew", "spool_bytes", "state", "school")
CLOCK_OFF = 300.0  # seconds; as controller/admit.py tells it
SPOOL_FULL = 0.8  # of its limit

# Why a box is quarantined or refused, and what a person does then.
QUARANTINE: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "clone-suspected": (
            N_("Hai máy cùng dùng danh tính này: có thể ổ đĩa đã bị sao chép hoặc được khôi phục từ bản cũ."),
            (
                N_("Hỏi trường: gần đây có ai sao chép hoặc thay ổ đĩa của thiết bị đo không?"),
                N_("Tắt máy sao chép. Chỉ giữ lại một máy."),
                N_("Bấm «Gỡ cách ly»: danh tính cũ bị bỏ hẳn, bạn nhận một mã mới."),
                N_("Trên máy giữ lại, chạy: truongnet agent join MÃ --again"),
            ),
        ),
        "by-hand": (
            N_("Một người đã cách ly thiết bị này để kiểm tra."),
            (
                N_("Kiểm tra thiết bị tại trường."),
                N_("Nếu ổn, bấm «Gỡ cách ly» và ghép lại bằng mã mới; nếu không dùng nữa, bấm «Ngừng dùng»."),
            ),
        ),
    }
)
OTHER_QUARANTINE = (
    N_("Thiết bị này bị cách ly."),
    (N_("Kiểm tra thiết bị tại trường, rồi gỡ cách ly và ghép lại bằng mã mới."),),
)
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "refused": N_("Không nêu lý do"),
        "unknown-box": N_("Không biết thiết bị này"),
        "wrong-school": N_("Nhầm trường"),
        "wrong-fingerprint": N_("Sáu từ không khớp"),
    }
)
MACHINE: Mapping[str, str] = MappingProxyType(
    {
        "vendor": N_("Hãng"),
        "product": N_("Máy"),
        "serial": N_("Số sê-ri"),
        "mac": "MAC",
        "macs": "MAC",
        "cpu": N_("Bộ xử lý"),
        "memory": N_("Bộ nhớ"),
        "os": N_("Hệ điều hành"),
    }
)
REJECTED: Mapping[str, str] = MappingProxyType(
    {
        "too-old": N_("Cũ hơn thời hạn lưu trữ"),
        "unknown-kind": N_("Loại bản ghi chưa biết (thiết bị mới hơn máy chủ?)"),
        "bad-shape": N_("Cấu trúc không đúng"),
        "not-finite": N_("Có số không hợp lệ (NaN, vô cực)"),
        "too-deep": N_("Lồng nhau quá sâu"),
        "too-long": N_("Đoạn chữ quá dài"),
        "too-large": N_("Quá lớn"),
        "too-many-samples": N_("Quá nhiều số đo"),
        "too-many-labels": N_("Quá nhiều nhãn"),
        "out-of-range": N_("Giá trị ngoài khoảng cho phép"),
        "not-json": N_("Không đọc được (không phải JSON)"),
        "version": N_("Phiên bản mới hơn máy chủ hiểu được"),
        "foreign-agent": N_("Ghi tên thiết bị khác"),
        "bad-seal": N_("Chữ ký không đúng"),
    }
)


@dataclass(frozen=True, slots=True)
class Box:
    agent: Agent
    school: School
    seen: float | None  # newest beat or exchange
    may_decide: bool = False

    @property
    def words(self) -> list[str]:
        return self.agent.fingerprint.split("-") if self.agent.fingerprint else []

    @property
    def machine(self) -> str:
        """Its maker and product, as it said when it asked to join."""
        return summary({"system": self.agent.machine})

    @property
    def is_clock_off(self) -> bool:
        return self.agent.clock_skew is not None and abs(self.agent.clock_skew) > CLOCK_OFF

    @property
    def spool_ratio(self) -> float | None:
        used, limit = self.agent.spool_bytes, self.agent.spool_limit
        return used / limit if used is not None and limit else None

    @property
    def is_spool_full(self) -> bool:
        return (self.spool_ratio or 0.0) >= SPOOL_FULL

    @property
    def quarantine(self) -> tuple[str, tuple[str, ...]]:
        return QUARANTINE.get(self.agent.reason, OTHER_QUARANTINE)


@dataclass(frozen=True, slots=True)
class Code:
    row: JoinCode
    school: School


@dataclass(frozen=True, slots=True)
class Left:
    """A rejected item."""

    row: Rejected
    school: School | None

    @property
    def why(self) -> str:
        return REJECTED.get(self.row.reason, self.row.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    rows: tuple[Box, ...]
    total: int
    by_state: Mapping[str, int]
    q: str
    state: str
    sort: str
    page: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads within one person's scope of ``agent.read``; what needs more asks for the scope of that."""

    session: Session
    who: Caller
    heard: Mapping[str, float]  # newest sign of life in this process's memory
    now: float

    def waiting(self, state: str) -> list[Box]:
        """Pending or quarantined, the newest first."""
        statement = self._boxes().where(Agent.state == state).order_by(col(Agent.created_at).desc(), col(Agent.id))
        return [self._box(agent, school) for agent, school in self.session.exec(statement.limit(MAX_WAITING))]

    def table(self, *, q: str, state: str, sort: str, page: int) -> Table:
        count = self.who.scope.schools(
            select(Agent.state, func.count()).join(School, col(School.id) == Agent.school_id).group_by(Agent.state)
        )
        statement = searched(self._boxes(), q)
        if state:
            statement = statement.where(Agent.state == state)
        names = ("created_at", "last_beat_at", "version", "clock_skew", "spool_bytes", "state")
        columns = {name: col(getattr(Agent, name)) for name in names} | {"school": col(School.name)}
        total = self.session.exec(select(func.count()).select_from(statement.subquery())).one()
        found = self.session.exec(ordered(statement, sort, columns, Agent.id).offset((page - 1) * PAGE).limit(PAGE))
        return Table(
            rows=tuple(self._box(agent, school) for agent, school in found),
            total=total,
            by_state=dict(iter(self.session.exec(count))),
            q=q,
            state=state,
            sort=sort,
            page=page,
        )

    def box(self, agent: Agent, school: School) -> Box:
        return self._box(agent, school)

    def codes(self, *, school: School | None = None) -> list[Code]:
        """Open ones, the newest first."""
        if not self.who.can("join.create"):
            return []
        statement = select(JoinCode, School).join(School, col(School.id) == JoinCode.school_id)
        statement = self.who.scope_of("join.create").schools(statement)
        statement = statement.where(col(JoinCode.used_at).is_(None), JoinCode.expires_at > self.now)
        if school is not None:
            statement = statement.where(JoinCode.school_id == school.id)
        found = self.session.exec(statement.order_by(col(JoinCode.created_at).desc(), col(JoinCode.id)).limit(PAGE))
        return [Code(row, its_school) for row, its_school in found]

    def rejected(self, agent_id: str = "") -> tuple[list[Left], int]:
        """The newest, and how many there are in all."""
        if not self.who.can("rejected.read"):
            return [], 0
        scope = self.who.scope_of("rejected.read")
        statement = select(Rejected, School).join(School, col(School.id) == Rejected.school_id, isouter=True)
        statement = scope.limit(statement, col(Rejected.school_id))
        if agent_id:
            statement = statement.where(Rejected.agent_id == agent_id)
        total = self.session.exec(
            select(func.count()).select_from(statement.with_only_columns(col(Rejected.id)).subquery())
        )
        found = self.session.exec(statement.order_by(col(Rejected.id).desc()).limit(PAGE))
        return [Left(row, school) for row, school in found], total.one()

    def strangers(self) -> list[Event]:
        """Joinings refused in the last week whose school nobody knows; the province's alone to see."""
        if not self.who.scope.is_all:
            return []
        statement = select(Event).where(
            col(Event.school_id).is_(None),
            Event.kind == "agent",
            Event.after == "refused",
            Event.at > self.now - WEEK,
        )
        return list(self.session.exec(statement.order_by(col(Event.at).desc()).limit(PAGE)))

    def schools(self, q: str, count: int = 20) -> Sequence[School]:
        """For choosing one to make a code for."""
        statement = self.who.scope_of("join.create").schools(select(School).where(col(School.is_sample).is_(False)))
        return self.session.exec(searched(statement, q).order_by(col(School.name), col(School.code)).limit(count)).all()

    def _boxes(self) -> Any:
        return self.who.scope.schools(select(Agent, School).join(School, col(School.id) == Agent.school_id))

    def _box(self, agent: Agent, school: School) -> Box:
        return Box(agent, school, seen(agent, self.heard), self._may_decide(school))

    def _may_decide(self, school: School) -> bool:
        return self.who.can("agent.decide") and self.who.scope_of("agent.decide").holds(school)
