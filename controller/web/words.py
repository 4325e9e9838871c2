"""Words for the codes that the database holds: statuses, reasons, levels, roles and the like."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from controller.web.i18n import N_, Translate

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "status": {
            "up": N_("Hoạt động"),
            "degraded": N_("Suy giảm"),
            "down": N_("Mất mạng"),
            "silent": N_("Im lặng"),
            "expected-off": N_("Nghỉ theo lịch"),
            "no-box": N_("Chưa có thiết bị"),
        },
        "status-help": {
            "up": N_("Thiết bị đang báo về và đường Internet bình thường"),
            "degraded": N_("Có Internet nhưng chậm, mất gói, hoặc một số đích không tới được"),
            "down": N_("Thiết bị đang báo về nhưng trường không ra được Internet hoặc mạng trong trường hỏng"),
            "silent": N_("Thiết bị không báo về trong giờ lẽ ra phải hoạt động"),
            "expected-off": N_("Thiết bị tắt ngoài giờ, cuối tuần hoặc ngày nghỉ theo lịch của trường"),
            "no-box": N_("Trường chưa có thiết bị được chấp nhận, hoặc thiết bị chưa từng báo về"),
        },
        "reason": {
            "": "",
            "waiting": N_("đã chấp nhận thiết bị, đang chờ nó báo về lần đầu"),
            "calendar": N_("ngoài giờ hoặc ngày nghỉ theo lịch của trường"),
            "maintenance": N_("đang bảo trì theo lịch"),
            "province": N_("phía tỉnh đang mất liên lạc; trạng thái là của lần nghe cuối"),
            "no-beat": N_("thiết bị không còn báo về: mất điện, mất mạng hoặc hỏng"),
            "gateway": N_("thiết bị không thấy bộ định tuyến của trường"),
            "internet": N_("bộ định tuyến trả lời nhưng không đích Internet nào tới được"),
            "dns": N_("không phân giải được tên miền (DNS)"),
            "targets": N_("một số đích Internet không tới được"),
            "loss": N_("mất nhiều gói tin"),
            "latency": N_("độ trễ cao"),
        },
        "reason-short": {
            "": "",
            "waiting": N_("chờ báo về lần đầu"),
            "calendar": N_("theo lịch của trường"),
            "maintenance": N_("đang bảo trì"),
            "province": N_("phía tỉnh mất liên lạc"),
            "no-beat": N_("thiết bị không báo về"),
            "gateway": N_("mất bộ định tuyến"),
            "internet": N_("không ra Internet"),
            "dns": N_("lỗi tên miền (DNS)"),
            "targets": N_("một số đích không tới được"),
            "loss": N_("mất gói"),
            "latency": N_("độ trễ cao"),
        },
        "level": {
            "preschool": N_("Mầm non"),
            "primary": N_("Tiểu học"),
            "lower-secondary": N_("THCS"),
            "upper-secondary": N_("THPT"),
            "mixed": N_("Liên cấp"),
            "other": N_("Khác"),
        },
        "role": {
            "province-admin": N_("Quản trị tỉnh"),
            "operator": N_("Vận hành"),
            "technician": N_("Kỹ thuật viên"),
            "auditor": N_("Kiểm toán"),
            "commune-officer": N_("Cán bộ xã, phường"),
            "school": N_("Nhà trường"),
        },
        "scope": {"province": N_("Toàn tỉnh"), "commune": N_("Xã, phường"), "school": N_("Trường")},
        "box": {
            "pending": N_("Chờ duyệt"),
            "accepted": N_("Đã chấp nhận"),
            "refused": N_("Đã từ chối"),
            "quarantined": N_("Cách ly"),
            "retired": N_("Đã ngừng dùng"),
        },
        "medium": {
            "fibre": N_("Cáp quang"),
            "copper": N_("Cáp đồng"),
            "cable": N_("Truyền hình cáp"),
            "mobile": N_("Di động (4G/5G)"),
            "satellite": N_("Vệ tinh"),
            "radio": N_("Vô tuyến"),
            "other": N_("Khác"),
        },
    }
)


def word(translate: Translate, kind: str, code: str) -> str:
    """The word for ``code``; a code that has none yet is shown as it is."""
    text = WORDS[kind].get(code)
    return code if text is None else translate(text) if text else ""
