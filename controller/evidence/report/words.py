"""Words of the report: Vietnamese, with English where the summary needs it. Numbers as Vietnamese writes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from zoneinfo import ZoneInfo

Words = tuple[str, str]  # Vietnamese, English

VERDICTS: Mapping[str, Words] = MappingProxyType(
    {
        "met": ("Đạt", "Met"),
        "not-met": ("Không đạt", "Not met"),
        "not-enough": ("Chưa đủ số liệu", "Not enough data"),
        "not-promised": ("Không cam kết", "Not promised"),
    }
)
CONCLUSIONS: Mapping[str, Words] = MappingProxyType(
    {
        "met": ("Đường truyền đạt mọi cam kết của hợp đồng trong kỳ.", "The line gave what the contract promises."),
        "not-met": (
            "Đường truyền không đạt cam kết của hợp đồng trong kỳ.",
            "The line did not give what the contract promises.",
        ),
        "not-enough": (
            "Chưa đủ số liệu để kết luận về hợp đồng trong kỳ.",
            "Too little was measured to judge the contract.",
        ),
        "not-promised": (
            "Không có cam kết nào để đối chiếu: hợp đồng chưa có trong sổ đăng ký.",
            "There is no promise to judge by: the registry has no contract.",
        ),
    }
)
CLAUSES: Mapping[str, Words] = MappingProxyType(
    {
        "down": ("Tốc độ tải xuống", "Download"),
        "up": ("Tốc độ tải lên", "Upload"),
        "rtt": ("Độ trễ", "Latency"),
        "availability": ("Độ khả dụng", "Availability"),
    }
)
STATISTICS: Mapping[str, Words] = MappingProxyType({"mean": ("trung bình", "mean"), "median": ("trung vị", "median")})
WHY: Mapping[str, str] = MappingProxyType(
    {
        "failed": "đo không thành công",
        "skipped": "bỏ qua lượt đo",
        "invalid": "không hợp lệ",
        "loopback": "đo trong chính máy này",
        "other-box": "thiết bị khác trong trường, không cắm tại bộ định tuyến",
        "mode-light": "lượt đo nhẹ, không dùng để kết luận",
        "wifi": "đo qua Wi-Fi",
        "nic-slow": "cổng mạng của thiết bị chậm hơn đường truyền",
        "cpu-bound": "bộ xử lý của thiết bị bận",
        "server-limited": "máy chủ đo bận",
        "receiver-limited": "bên nhận không theo kịp",
        "cross-traffic": "có người dùng mạng trong lúc đo",
        "short": "thời gian đo quá ngắn",
        "unsteady": "tốc độ thất thường",
        "others-unseen": "không thấy được máy khác có dùng mạng hay không",
        "backup-line": "đang dùng đường dự phòng",
        "server-unreachable": "không tới được máy chủ đo",
        "server-busy": "máy chủ đo đang phục vụ trường khác",
        "no-token": "tỉnh chưa cho phép lượt đo",
        "stalled": "quá ít dữ liệu đến nơi",
        "deadline": "quá thời hạn",
        "tls": "máy chủ đo không chứng minh được là của tỉnh",
    }
)
NO_RAW: Mapping[str, str] = MappingProxyType(
    {
        "first-look": "là lần nhìn đầu tiên sau khi thiết bị khởi động",
        "not-sampled": "thuộc loại không lấy mẫu (thiết bị, đồng hồ)",
        "none": "lẽ ra phải có nhưng không có trong hồ sơ",
    }
)
GAPS: Mapping[str, str] = MappingProxyType(
    {
        "no-word": "không có tin từ thiết bị (tắt, mất điện, hoặc chưa lắp)",
        "thinned": "thiết bị đã phải bỏ bớt vì đầy bộ nhớ",
    }
)
SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "target:gateway": "bộ định tuyến của trường",
        "target:isp-hop": "chặng đầu của nhà mạng",
        "target:dns": "máy chủ tên miền",
        "target:controller": "máy chủ của tỉnh",
        "box": "thiết bị",
        "power": "nguồn điện",
    }
)
STATES: Mapping[str, str] = MappingProxyType(
    {"up": "thông", "down": "mất", "unknown": "chưa rõ", "started": "khởi động", "stopped": "dừng"}
)


def number(value: float, digits: int = 1) -> str:
    """ "1.234,5": points between thousands, a comma before the fraction."""
    text = f"{value:,.{digits}f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def mega(bps: float | None) -> str:
    return "–" if bps is None else f"{number(bps / 1e6)} Mbit/s"


def milli(seconds: float | None) -> str:
    return "–" if seconds is None else f"{number(seconds * 1e3)} ms"


def percent(ratio: float | None, digits: int = 2) -> str:
    return "–" if ratio is None else f"{number(ratio * 100, digits)} %"


def figure(clause: str, value: float | None) -> str:
    """A clause's figure in its own unit."""
    if clause == "rtt":
        return milli(value)
    return percent(value) if clause == "availability" else mega(value)


def duration(seconds: float) -> str:
    """ "2 ngày 3 giờ", "14 phút"."""
    minutes = round(seconds / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    pieces = [f"{days} ngày" if days else "", f"{hours} giờ" if hours else "", f"{rest} phút" if rest else ""]
    return " ".join([piece for piece in pieces if piece][:2]) or "dưới 1 phút"


def reason(code: str) -> str:
    return WHY.get(code, code)


def subject(name: str) -> str:
    if name in SUBJECTS:
        return SUBJECTS[name]
    kind, _, rest = name.partition(":")
    return f"đích {rest}" if kind == "target" else f"cổng {rest}" if kind == "link" else name


@dataclass(frozen=True, slots=True)
class Days:
    """Moments as the province's clock has them."""

    zone: ZoneInfo

    def day(self, at: float) -> str:
        return f"{dt.datetime.fromtimestamp(at, self.zone):%d/%m/%Y}"

    def moment(self, at: float) -> str:
        return f"{dt.datetime.fromtimestamp(at, self.zone):%d/%m/%Y %H:%M}"

    def short(self, at: float) -> str:
        return f"{dt.datetime.fromtimestamp(at, self.zone):%d/%m %H:%M}"

    def period(self, start: float, end: float) -> str:
        """Whole days as days, with the last one included."""
        first, past = (dt.datetime.fromtimestamp(at, self.zone) for at in (start, end))
        if first.time() == past.time() == dt.time():
            return f"{first:%d/%m/%Y} – {past - dt.timedelta(days=1):%d/%m/%Y}"
        return f"{self.moment(start)} – {self.moment(end)}"
