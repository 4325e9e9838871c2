"""The sheets and columns of the registry, with every heading by which they are recognised. One literal table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from inventory.registry.words import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    name: str  # of the value in a record
    kind: str  # of ``cells.KINDS``
    vi: str  # heading in the template and in exports
    en: str
    others: str = ""  # more headings, separated by "|"
    required: bool = False
    help_vi: str = ""
    help_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    name: str
    vi: str
    en: str
    others: str  # more names of the sheet
    key: tuple[str, ...]  # what makes two rows the same thing
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def _school() -> Column:
    return Column(
        name="school", kind="code", vi="Mã trường", en="School code", required=True,
        others="mã định danh|mã số trường|ma truong|code|mã đơn vị|school|mã định danh trường",
        help_vi="mã trong bảng Trường", help_en="a code of the sheet Trường",
    )  # fmt: skip


SCHOOLS = Sheet(
    name="schools", vi="Trường", en="Schools", key=("code",),
    others="danh sách trường|ds trường|schools|truong hoc|trường học|school",
    columns=(
        Column(name="code", kind="code", vi="Mã trường", en="School code", required=True,
               others="mã định danh|mã số trường|mã|code|mã đơn vị|school|mã định danh trường",
               help_vi="mã của ngành; chữ, số, dấu chấm, gạch; không trùng", help_en="the sector's code; unique"),
        Column(name="name", kind="name", vi="Tên trường", en="School name", required=True,
               others="tên đơn vị|tên|name|trường|đơn vị|tên cơ sở giáo dục"),
        Column(name="level", kind="level", vi="Cấp học", en="Level",
               others="loại hình|loại trường|bậc học|cấp|type", help_vi="để trống: đoán theo tên",
               help_en="empty: told by the name"),
        Column(name="commune", kind="commune", vi="Xã/phường", en="Commune", required=True,
               others="xã|phường|xã phường|xã phường đặc khu|đơn vị hành chính|địa bàn|ward|commune code|mã xã|tên xã",
               help_vi="tên hoặc mã, sau sáp nhập 2025", help_en="name or code, after the merger of 2025"),
        Column(name="address", kind="text", vi="Địa chỉ", en="Address", others="đ c|dia chi"),
        Column(name="lat", kind="lat", vi="Vĩ độ", en="Latitude", others="lat|vi do|y", help_vi="ví dụ 10,4569",
               help_en="such as 10.4569"),
        Column(name="lon", kind="lon", vi="Kinh độ", en="Longitude", others="lon|long|lng|kinh do|x",
               help_vi="ví dụ 105,6325", help_en="such as 105.6325"),
        Column(name="pupils", kind="count", vi="Số học sinh", en="Pupils",
               others="học sinh|số hs|sĩ số|tổng số học sinh|số trẻ|students"),
        Column(name="teachers", kind="count", vi="Số giáo viên", en="Teachers",
               others="giáo viên|số gv|cbgv|số cán bộ giáo viên|tổng số giáo viên|staff"),
        Column(name="shifts", kind="shifts", vi="Số ca học", en="Shifts", others="ca học|số ca|buổi|số buổi",
               help_vi="1, 2 hoặc 3", help_en="1, 2 or 3"),
    ),
)  # fmt: skip
LINKS = Sheet(
    name="links", vi="Đường truyền", en="Links", key=("school", "name"),
    others="đường mạng|internet|links|lines|đường truyền internet|kết nối",
    columns=(
        _school(),
        Column(name="name", kind="link-name", vi="Đường số", en="Line",
               others="tên đường truyền|stt đường|đường truyền|name|link|số thứ tự đường|tên đường",
               help_vi="để trống: 1", help_en="empty: 1"),
        Column(name="provider", kind="text", vi="Nhà mạng", en="Provider", others="nhà cung cấp|isp|đơn vị cung cấp"),
        Column(name="medium", kind="medium", vi="Loại đường truyền", en="Medium",
               others="công nghệ|loại kết nối|hình thức|loại|loại đường"),
        Column(name="down_bps", kind="speed", vi="Tải xuống (Mbit/s)", en="Down (Mbit/s)",
               others="tốc độ|băng thông|download|tốc độ tải xuống|tải xuống|down|gói cước|speed|tốc độ đường truyền",
               help_vi="theo hợp đồng; 100, 100 Mbps, 1 Gbps", help_en="what the contract says; 100, 100 Mbps, 1 Gbps"),
        Column(name="up_bps", kind="speed", vi="Tải lên (Mbit/s)", en="Up (Mbit/s)",
               others="upload|tốc độ tải lên|tải lên|up"),
        Column(name="price_vnd", kind="price", vi="Giá cước (đồng/tháng)", en="Price (VND a month)",
               others="giá cước|cước|chi phí|giá|đơn giá|price|cước phí|thành tiền"),
        Column(name="contract", kind="text", vi="Số hợp đồng", en="Contract", others="hợp đồng|mã hợp đồng|số hđ"),
        Column(name="is_primary", kind="flag", vi="Đường chính", en="Primary", others="chính|là đường chính|primary",
               help_vi="có / không", help_en="yes / no"),
        Column(name="starts_on", kind="date", vi="Hiệu lực từ", en="Valid from",
               others="ngày hiệu lực|từ ngày|ngày bắt đầu|ngày ký", help_vi="01/09/2026", help_en="01/09/2026"),
        Column(name="ends_on", kind="date", vi="Hiệu lực đến", en="Valid until",
               others="ngày hết hạn|đến ngày|hết hạn|ngày kết thúc", help_vi="kể cả ngày này",
               help_en="this day included"),
        Column(name="availability", kind="share", vi="Độ khả dụng cam kết (%)", en="Availability (%)",
               others="độ khả dụng|sla|slo|độ sẵn sàng|cam kết khả dụng", help_vi="ví dụ 99,5",
               help_en="such as 99.5"),
        Column(name="max_rtt", kind="millis", vi="Độ trễ tối đa (ms)", en="Latency at most (ms)",
               others="độ trễ|độ trễ cam kết|latency", help_vi="ví dụ 50", help_en="such as 50"),
        Column(name="data_cap_bytes", kind="volume", vi="Dung lượng tháng (GB)", en="Data cap (GB a month)",
               others="dung lượng|giới hạn dung lượng|data cap|cap", help_vi="để trống: không giới hạn",
               help_en="empty: no cap"),
        Column(name="excluded", kind="downtime", vi="Giờ bảo trì", en="Maintenance",
               others="bảo trì|giờ ngừng được trừ|thời gian loại trừ",
               help_vi="được trừ khỏi độ khả dụng; CN 00:00-05:00; 01/12/2026 22:00 - 02/12/2026 04:00",
               help_en="left out of availability; sun 00:00-05:00; 01/12/2026 22:00 - 02/12/2026 04:00"),
        Column(name="provider_phone", kind="phone", vi="Điện thoại nhà mạng", en="Provider phone",
               others="sđt nhà mạng|hỗ trợ nhà mạng|tổng đài|đường dây nóng"),
        Column(name="rule", kind="rule", vi="Đánh giá theo", en="Judged by", others="quy chuẩn|tiêu chuẩn",
               help_vi="để trống: theo cài đặt của tỉnh", help_en="empty: by the province's settings"),
    ),
)  # fmt: skip
ROOMS = Sheet(
    name="rooms", vi="Phòng", en="Rooms", key=("school", "code"), others="phòng học|danh sách phòng|rooms",
    columns=(
        _school(),
        Column(name="code", kind="code", vi="Mã phòng", en="Room code", required=True,
               others="phòng|số phòng|room|mã số phòng|ký hiệu"),
        Column(name="name", kind="text", vi="Tên phòng", en="Room name", others="tên|name"),
        Column(name="kind", kind="room-kind", vi="Loại phòng", en="Kind", others="loại|chức năng|mục đích|type"),
        Column(name="seats", kind="count", vi="Số chỗ", en="Seats", others="chỗ ngồi|số chỗ ngồi|sức chứa|số máy"),
    ),
)  # fmt: skip
CONTACTS = Sheet(
    name="contacts", vi="Liên hệ", en="Contacts", key=("school", "name"),
    others="danh bạ|người liên hệ|contacts|đầu mối",
    columns=(
        _school(),
        Column(name="name", kind="name", vi="Họ tên", en="Name", required=True,
               others="họ và tên|tên|người liên hệ|contact|đầu mối"),
        Column(name="role", kind="text", vi="Chức vụ", en="Post", others="chức danh|vai trò|role|vị trí"),
        Column(name="phone", kind="phone", vi="Điện thoại", en="Phone",
               others="sđt|số điện thoại|đt|di động|tel|mobile|số đt"),
        Column(name="email", kind="email", vi="Thư điện tử", en="E-mail", others="email|mail|hộp thư|địa chỉ email"),
    ),
)  # fmt: skip
USERS = Sheet(
    name="users", vi="Tài khoản", en="Users", key=("login", "role", "scope"), others="người dùng|users|accounts",
    columns=(
        Column(name="login", kind="login", vi="Tên đăng nhập", en="Login", required=True,
               others="tài khoản|username|user|account|ten dang nhap",
               help_vi="chữ thường không dấu, số, . - _; 3 đến 64 ký tự",
               help_en="lower case letters, digits, . - _; 3 to 64"),
        Column(name="name", kind="text", vi="Họ tên", en="Name", others="họ và tên|tên"),
        Column(name="email", kind="email", vi="Thư điện tử", en="E-mail", others="email|mail|hộp thư"),
        Column(name="lang", kind="lang", vi="Ngôn ngữ", en="Language", others="lang"),
        Column(name="role", kind="role", vi="Vai trò", en="Role", others="quyền|chức năng|nhóm quyền"),
        Column(name="scope", kind="scope", vi="Phạm vi", en="Scope", others="địa bàn|đơn vị|xã phường|mã trường",
               help_vi="để trống: toàn tỉnh; hoặc tên, mã xã; hoặc mã trường",
               help_en="empty: the province; or a commune's name or code; or a school's code"),
    ),
)  # fmt: skip
SHEETS: tuple[Sheet, ...] = (SCHOOLS, LINKS, ROOMS, CONTACTS, USERS)
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")


def heading(text: object) -> str:
    """A heading as it is compared: folded, without what stands in brackets, without stars and signs."""
    return plain(_BRACKETS.sub(" ", str(text))) or plain(str(text))


def columns_of(sheet: Sheet, cells: Sequence[object]) -> dict[int, Column]:
    """Which of a row's cells are headings of ``sheet``: position → column, each column once, the exact ones first."""
    found: dict[int, Column] = {}
    for exact in (True, False):
        for at, cell in enumerate(cells):
            folded = heading(cell) if cell not in (None, "") else ""
            if not folded or at in found:
                continue
            for column in sheet.columns:
                names = (column.vi, column.en, column.name) if exact else tuple(column.others.split("|"))
                if column not in found.values() and folded in {heading(name) for name in names if name}:
                    found[at] = column
                    break
    return found


def sheet_named(text: str) -> Sheet | None:
    """The sheet that a tab or a file of this name holds."""
    name = plain(text)
    for sheet in SHEETS:
        if name in {plain(one) for one in (sheet.name, sheet.vi, sheet.en, *sheet.others.split("|"))}:
            return sheet
    return None
