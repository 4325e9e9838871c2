"""What the page of the audit log shows: rows with who, what and when, filtered by what a person typed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import func
from sqlmodel import Session, col, select

from controller.api.audit import Wanted
from controller.api.common import MAX_COUNT
from controller.scope import Scope
from controller.tables import Audit, School
from controller.web.i18n import N_
from controller.web.tables import PAGE_SIZE, Listing

WORD = re.compile(r"^[\w.:@-]{0,100}$")
MAX_ACTIONS = 200
# The deeds that have a name; a new one is shown by its code until it gets one here.
DEEDS: Mapping[str, str] = MappingProxyType(
    {
        "agent.accept": N_("Chấp nhận thiết bị"),
        "agent.refuse": N_("Từ chối thiết bị"),
        "agent.release": N_("Đưa thiết bị ra khỏi cách ly"),
        "agent.retire": N_("Ngừng dùng thiết bị"),
        "agent.quarantine": N_("Cách ly thiết bị"),
        "asset.apart": N_("Xác nhận hai máy khác nhau"),
        "asset.join": N_("Gộp hai bản ghi của một máy"),
        "asset.new": N_("Ghi một máy mới"),
        "asset.same": N_("Bổ sung cho một máy đã biết"),
        "asset.transfer": N_("Chuyển máy và phòng của trường sáp nhập"),
        "asset.transfer-undo": N_("Trả máy và phòng về trường cũ"),
        "asset.undo": N_("Hoàn tác câu trả lời về hai máy"),
        "asset.update": N_("Sửa thông tin máy"),
        "commune.remove": N_("Xoá xã, phường"),
        "commune.update": N_("Sửa xã, phường"),
        "contact.create": N_("Thêm một người liên hệ"),
        "contact.remove": N_("Xoá người liên hệ"),
        "contact.update": N_("Sửa thông tin người liên hệ"),
        "device.update": N_("Sửa tên thiết bị trong mạng"),
        "alert-route.create": N_("Thêm nơi nhận cảnh báo"),
        "alert-route.remove": N_("Xoá nơi nhận cảnh báo"),
        "alert-route.test": N_("Gửi thử cảnh báo"),
        "alert-route.update": N_("Sửa nơi nhận cảnh báo"),
        "evidence.check": N_("Kiểm tra một hồ sơ bằng chứng"),
        "evidence.make": N_("Lập hồ sơ bằng chứng"),
        "export": N_("Xuất dữ liệu"),
        "grant.add": N_("Cấp vai trò"),
        "grant.remove": N_("Thu hồi vai trò"),
        "import.apply": N_("Nhập dữ liệu từ tệp"),
        "join-code.create": N_("Tạo mã gia nhập"),
        "join-code.revoke": N_("Huỷ mã gia nhập"),
        "kit.create": N_("Tạo bộ cài USB"),
        "link.create": N_("Thêm một đường truyền"),
        "link.remove": N_("Xoá đường truyền"),
        "link.update": N_("Sửa thông tin đường truyền"),
        "login": N_("Đăng nhập vào hệ thống"),
        "login.code": N_("Nhập mã xác thực"),
        "logout": N_("Đăng xuất"),
        "logout.everywhere": N_("Tự đăng xuất mọi nơi"),
        "measure.ask": N_("Yêu cầu đo tốc độ"),
        "password": N_("Đổi mật khẩu của mình"),
        "room.count": N_("Đếm thiết bị trong phòng"),
        "room.create": N_("Thêm một phòng"),
        "room.remove": N_("Xoá phòng"),
        "room.update": N_("Sửa thông tin phòng"),
        "samples.load": N_("Nạp dữ liệu mẫu"),
        "samples.remove": N_("Gỡ dữ liệu mẫu"),
        "school-link.create": N_("Tạo địa chỉ riêng cho một trường"),
        "school-link.revoke": N_("Thu hồi địa chỉ riêng của trường"),
        "school.create": N_("Tạo một trường"),
        "school.import": N_("Nhập trường từ tệp"),
        "school.remove": N_("Xoá trường"),
        "school.update": N_("Sửa thông tin trường"),
        "settings.boxes": N_("Đổi cài đặt đo"),
        "settings.calendar": N_("Đặt lịch cho nhiều trường"),
        "settings.calendar-default": N_("Đặt lịch mặc định của tỉnh"),
        "settings.measuring": N_("Đổi giới hạn đo tốc độ"),
        "survey.apply": N_("Đưa phiếu khảo sát vào hồ sơ"),
        "survey.dismiss": N_("Bỏ qua phiếu khảo sát"),
        "survey.send": N_("Gửi phiếu khảo sát"),
        "settings.plan": N_("Đổi quy chuẩn và mục tiêu của kế hoạch"),
        "settings.mail": N_("Đổi máy chủ thư"),
        "token.create": N_("Tạo một mã API"),
        "token.revoke": N_("Huỷ mã API"),
        "totp.off": N_("Tắt xác thực hai bước của mình"),
        "totp.on": N_("Bật xác thực hai bước của mình"),
        "user.create": N_("Tạo một tài khoản"),
        "user.end-sessions": N_("Kết thúc phiên của người khác"),
        "user.first-admin": N_("Tạo quản trị viên đầu tiên"),
        "user.import": N_("Nhập tài khoản từ tệp"),
        "user.reset-password": N_("Đặt lại mật khẩu của người khác"),
        "user.reset-second-factor": N_("Tắt xác thực hai bước của người khác"),
        "user.unlock": N_("Mở khoá tài khoản"),
        "user.update": N_("Sửa tài khoản"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    id: int
    at: float
    actor: str
    action: str
    object: str
    school: str  # name of the school it concerned, or empty
    outcome: str
    detail: Sequence[tuple[str, str]]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """As typed; ``wrong`` names the fields that could not be understood."""

    actor: str = ""
    action: str = ""
    object: str = ""
    since: str = ""  # ISO date and time in the province's zone, as <input type="datetime-local"> gives it
    until: str = ""
    wrong: frozenset[str] = frozenset()

    @property
    def params(self) -> dict[str, str]:
        names = ("actor", "action", "object", "since", "until")
        return {name: str(getattr(self, name)) for name in names}

    @property
    def is_empty(self) -> bool:
        return not any(self.params.values())


def filter_of(given: Mapping[str, str], zone: ZoneInfo) -> tuple[Filter, Wanted]:
    """What to show and what to ask the database for; what cannot be understood finds everything and is named."""
    typed = {name: given.get(name, "").strip()[:100] for name in ("actor", "action", "object", "since", "until")}
    wrong = {name for name in ("actor", "action", "object") if not WORD.match(typed[name])}
    times = {name: moment(typed[name], zone) for name in ("since", "until")}
    wrong |= {name for name in times if typed[name] and times[name] is None}
    words = {name: "" if name in wrong else typed[name] for name in ("actor", "action", "object")}
    wanted = Wanted(words["actor"].casefold(), words["action"], words["object"], times["since"], times["until"])
    return Filter(**typed, wrong=frozenset(wrong)), wanted


def moment(text: str, zone: ZoneInfo) -> float | None:
    """Unix seconds of a local date and time; None for what is none, or lies outside 1970 to 2100."""
    try:
        local = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1971 <= local.year < 2100:
        return None
    return (local if local.tzinfo else local.replace(tzinfo=zone)).timestamp()


def export_url(wanted: Wanted) -> str:
    """The same rows as CSV."""
    given = {
        "actor": wanted.actor,
        "action": wanted.action,
        "object": wanted.object,
        "since": wanted.since,
        "until": wanted.until,
    }
    kept = {name: value for name, value in given.items() if value not in ("", None)}
    return "/api/v1/audit.csv" + (f"?{urlencode(kept)}" if kept else "")


def listing(session: Session, scope: Scope, shown: Filter, wanted: Wanted, number: int) -> Listing:
    statement = wanted.statement(scope)
    counted = statement.order_by(None).limit(MAX_COUNT).subquery()
    total = session.exec(select(func.count()).select_from(counted)).one()
    rows: Sequence[Audit] = session.exec(statement.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    schools = _schools(session, scope, {row.school_id for row in rows if row.school_id is not None})
    lines = [_line(row, schools.get(row.school_id or 0, "")) for row in rows]
    return Listing(id="audit", url="/audit", rows=lines, total=total, page=number, params=shown.params)


def _schools(session: Session, scope: Scope, numbers: set[int]) -> dict[int, str]:
    if not numbers:
        return {}
    statement = scope.schools(select(School.id, School.name).where(col(School.id).in_(numbers)))
    return {number: name for number, name in session.exec(statement) if number is not None}


def _line(row: Audit, school: str) -> Line:
    return Line(
        id=row.id or 0,
        at=row.at,
        actor=row.actor,
        action=row.action,
        object=row.object,
        school=school,
        outcome=row.outcome,
        detail=tuple((name, _plain(value)) for name, value in row.detail.items()),
        hash=row.hash,
    )


def _plain(value: object) -> str:
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(one)}" for name, one in value.items() if one not in ("", None))
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def actions(session: Session, scope: Scope) -> list[str]:
    """Every kind of deed that was ever recorded here, for the filter."""
    statement = scope.limit(select(Audit.action).distinct(), col(Audit.school_id))
    return list(session.exec(statement.order_by(col(Audit.action)).limit(MAX_ACTIONS)))
