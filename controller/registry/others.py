"""What is exported beside the registry: how schools are and were, what was measured and judged, boxes, machines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, SQLModel, col, select

from controller.scope import Scope
from controller.tables import (
    Agent,
    Asset,
    Day,
    Device,
    Event,
    Incident,
    IncidentSchool,
    Latest,
    Measurement,
    Room,
    School,
    SchoolMonth,
)

OPTIONS = {"yield_per": 1_000}
MAX_ROWS = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One more sheet, a line for each row of ``model``.

    ``columns``: heading, and an attribute of the model, a column of another table that ``narrow`` joins, or the path to
    a value in a JSON column. What is named in MOMENTS is shown as a moment in the province's time.
    """

    name: str
    vi: str
    permission: str
    model: Any
    columns: tuple[tuple[str, Any], ...]
    order: Callable[[Any], Any]
    narrow: Callable[[Any], Any] = lambda statement: statement

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
        narrow=lambda statement: statement.where(Event.kind != "raw"),  # raw samples around events are left out
        columns=(
            ("Lúc", "at"), ("Loại", "kind"), ("Đối tượng", "subject"), ("Trước", "before"), ("Sau", "after"),
            ("Chi tiết", "detail"), ("Thiết bị", "agent_id"), ("Số lô", "seq"),
        ),
    ),
    Export(
        name="measurements", vi="Lần đo", permission="measure.read", model=Measurement, order=lambda model: model.at,
        narrow=lambda statement: statement.where(col(Measurement.probe).in_(("speed", "second"))),
        columns=(
            ("Lúc", "at"), ("Loại", "probe"), ("Mức đo", ("body", "facts", "mode")), ("Kết quả", "outcome"),
            ("Lý do", "reason"), ("Hợp lệ", "is_valid"), ("Lý do không hợp lệ", ("body", "facts", "validity")),
            ("Ghi chú", ("body", "facts", "remarks")), ("Tải xuống (bit/s)", "down_bps"), ("Tải lên (bit/s)", "up_bps"),
            ("Độ trễ (s)", "rtt"), ("Phạm vi đo", "scope"), ("Thời gian (s)", "duration"), ("Thiết bị", "agent_id"),
            ("Số lô", "seq"),
        ),
    ),
    Export(
        name="incidents", vi="Sự cố", permission="incident.read", model=IncidentSchool, order=lambda model: model.id,
        narrow=lambda statement: statement.join(Incident, col(Incident.id) == IncidentSchool.incident_id),
        columns=(
            ("Số sự cố", "incident_id"), ("Loại", Incident.kind), ("Trạng thái", Incident.state),
            ("Mức", Incident.severity), ("Nhà cung cấp", Incident.provider), ("Từ lúc", "began_at"),
            ("Đến lúc", "ended_at"), ("Từ lúc, theo thiết bị", "final_began_at"),
            ("Đến lúc, theo thiết bị", "final_ended_at"), ("Số lần chập chờn", "flaps"),
            ("Nguyên nhân tạm thời", "provisional_cause"), ("Độ chắc tạm thời", "provisional_confidence"),
            ("Nguyên nhân", "final_cause"), ("Độ chắc", "final_confidence"), ("Đã nhận lúc", Incident.acknowledged_at),
            ("Người nhận", Incident.acknowledged_by), ("Số phiếu của nhà cung cấp", Incident.ticket),
            ("Đóng lúc", Incident.closed_at),
        ),
    ),
    Export(
        name="months", vi="Tháng", permission="overview.read", model=SchoolMonth, order=lambda model: model.month,
        columns=(
            ("Tháng", "month"), ("Kết luận theo hợp đồng", "contract"), ("Kết luận theo mục tiêu", "target"),
            ("Nguyên nhân", "cause"), ("Nhà cung cấp", "provider"), ("Hợp đồng tải xuống (bit/s)", "promised_down_bps"),
            ("Hợp đồng tải lên (bit/s)", "promised_up_bps"), ("Giá mỗi tháng (đồng)", "price_vnd"),
            ("Tải xuống trung vị (bit/s)", "down_median"), ("Tải xuống p10 (bit/s)", "down_low"),
            ("Tải lên trung vị (bit/s)", "up_median"), ("Tải lên p10 (bit/s)", "up_low"),
            ("Độ trễ trung vị (s)", "rtt_median"), ("Độ trễ p90 (s)", "rtt_high"), ("Độ khả dụng", "availability"),
            ("Số lần đo", "tests"), ("Cần (bit/s)", "need_bps"), ("Gói cần nâng (bit/s)", "upgrade_bps"),
            ("Thêm mỗi tháng (đồng)", "more_vnd"), ("Tính lúc", "at"),
        ),
    ),
    Export(
        name="assets", vi="Máy", permission="device.read", model=Asset, order=lambda model: model.id,
        narrow=lambda statement: statement.join(Room, col(Room.id) == Asset.room_id, isouter=True).where(
            col(Asset.merged_into).is_(None)
        ),
        columns=(
            ("Số", "id"), ("Nhãn", "tag"), ("Loại", "kind"), ("Trạng thái", "state"), ("Tên", "name"),
            ("Hãng", "vendor"), ("Mẫu", "model"), ("Số sê-ri", "serial"), ("Phòng", Room.name), ("Chỗ", "seat"),
            ("Nguồn", "source"), ("Thấy lần đầu", "first_seen"), ("Thấy lần cuối", "last_seen"),
        ),
    ),
)  # fmt: skip
MOMENTS = frozenset(
    {
        "at", "status_since", "first_seen", "last_seen", "speed_at", "created_at", "decided_at", "last_exchange_at",
        "began_at", "ended_at", "final_began_at", "final_ended_at", "acknowledged_at", "closed_at",
    }
)  # fmt: skip


def rows(session: Session, scope: Scope, export: Export, zone: ZoneInfo) -> Iterator[list[Any]]:
    """At most ``MAX_ROWS``; moments in the province's time. Read in parts, and only the columns that are shown."""
    model = export.model
    wanted = [_column(model, which) for _, which in export.columns]
    statement: Any = select(School.code, School.name, *wanted).select_from(model)
    statement = export.narrow(statement.join(School, col(School.id) == model.school_id))
    statement = scope.schools(statement).order_by(col(School.code), export.order(model)).limit(MAX_ROWS)
    names = [which if isinstance(which, str) else getattr(which, "key", "") for _, which in export.columns]
    with closing(session.execute(statement.execution_options(**OPTIONS))) as found:
        for code, name, *values in found:
            yield [code, name, *(_shown(which, value, zone) for which, value in zip(names, values, strict=True))]


def _column(model: Any, which: Any) -> Any:
    if isinstance(which, tuple):
        name, *path = which
        return getattr(model, name)[tuple(path)]
    column = getattr(model, which) if isinstance(which, str) else which
    return model if isinstance(column, property) else column  # what Python works out needs the whole row


def _shown(name: str, value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, SQLModel):
        value = getattr(value, name)
    if isinstance(value, list):
        return "; ".join(str(each) for each in value)
    if name in MOMENTS and value:
        return dt.datetime.fromtimestamp(value, zone).strftime("%Y-%m-%d %H:%M:%S")
    return value
