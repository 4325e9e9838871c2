"""What is exported beside the registry: how schools are, their boxes, devices, days and events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from controller.scope import Scope
from controller.tables import Agent, Day, Device, Event, Latest, School

OPTIONS = {"yield_per": 1_000}
MAX_ROWS = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One more sheet. ``columns``: (heading, attribute); an attribute that ends in "_at" or is "at" is a moment."""

    name: str
    vi: str
    permission: str
    model: Any
    columns: tuple[tuple[str, str], ...]
    order: Callable[[Any], Any]

    @property
    def headings(self) -> list[str]:
        return ["Mã trường", "Tên trường", *(heading for heading, _ in self.columns)]


EXPORTS: tuple[Export, ...] = (
    Export(
        name="status", vi="Tình trạng", permission="school.read", model=Latest, order=lambda model: model.school_id,
        columns=(
            ("Tình trạng", "status"), ("Từ lúc", "status_since"), ("Lý do", "status_reason"),
            ("Tải xuống (bit/s)", "down_bps"), ("Tải lên (bit/s)", "up_bps"), ("Đo lúc", "speed_at"),
            ("Phạm vi đo", "speed_scope"), ("Độ trễ (s)", "rtt"), ("Tỉ lệ mất gói", "loss_ratio"),
        ),
    ),
    Export(
        name="boxes", vi="Thiết bị", permission="agent.read", model=Agent, order=lambda model: model.id,
        columns=(
            ("Mã thiết bị", "id"), ("Trạng thái", "state"), ("Lý do", "reason"), ("Vân tay", "fingerprint"),
            ("Tên máy", "hostname"), ("Phiên bản", "version"), ("Tạo lúc", "created_at"),
            ("Quyết định lúc", "decided_at"), ("Người quyết định", "decided_by"), ("Liên lạc lúc", "last_exchange_at"),
            ("Lệch giờ (s)", "clock_skew"), ("Bộ đệm (byte)", "spool_bytes"),
        ),
    ),
    Export(
        name="devices", vi="Thiết bị", permission="device.read", model=Device, order=lambda model: model.id,
        columns=(
            ("MAC", "mac"), ("IP", "ip"), ("Hãng", "vendor"), ("MAC riêng tư", "is_private_mac"), ("Tên", "name"),
            ("Tên tự xưng", "heard_name"), ("Loại", "kind"),
            ("Thấy lần đầu", "first_seen"), ("Thấy lần cuối", "last_seen"),
        ),
    ),
    Export(
        name="days", vi="Ngày", permission="measure.read", model=Day, order=lambda model: model.day,
        columns=(
            ("Ngày", "day"), ("Có mạng (s)", "up_seconds"), ("Mất mạng (s)", "down_seconds"),
            ("Không rõ (s)", "unknown_seconds"), ("Tải xuống trung vị (bit/s)", "down_bps_median"),
            ("Tải lên trung vị (bit/s)", "up_bps_median"), ("Độ trễ trung vị (s)", "rtt_median"),
            ("Tỉ lệ mất gói", "loss_ratio"), ("Số lần đo", "tests"), ("Số lần đo hợp lệ", "tests_valid"),
        ),
    ),
    Export(
        name="events", vi="Sự kiện", permission="event.read", model=Event, order=lambda model: model.id,
        columns=(
            ("Lúc", "at"), ("Loại", "kind"), ("Đối tượng", "subject"), ("Trước", "before"), ("Sau", "after"),
            ("Chi tiết", "detail"), ("Thiết bị", "agent_id"), ("Số lô", "seq"),
        ),
    ),
)  # fmt: skip
MOMENTS = ("at", "status_since", "first_seen", "last_seen", "speed_at", "created_at", "decided_at", "last_exchange_at")


def rows(session: Session, scope: Scope, export: Export, zone: ZoneInfo) -> Iterator[list[Any]]:
    """At most ``MAX_ROWS``; moments in the province's time. Raw samples around events are left out."""
    model = export.model
    statement: Any = select(model, School.code, School.name).join(School, col(School.id) == model.school_id)
    if export.name == "events":
        statement = statement.where(Event.kind != "raw")
    statement = scope.schools(statement).order_by(col(School.code), export.order(model)).limit(MAX_ROWS)
    with closing(session.exec(statement.execution_options(**OPTIONS))) as found:
        for row, code, name in found:
            yield [code, name, *(_shown(attribute, getattr(row, attribute), zone) for _, attribute in export.columns)]
            session.expunge(row)


def _shown(attribute: str, value: Any, zone: ZoneInfo) -> Any:
    if attribute in MOMENTS and value:
        return dt.datetime.fromtimestamp(value, zone).strftime("%Y-%m-%d %H:%M:%S")
    return value
