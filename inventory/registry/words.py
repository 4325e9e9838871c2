"""The words that offices use, folded (lower case, no accents, signs as blanks), and what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from inventory.fold import fold

_SIGNS = re.compile(r"[^\w]+")


def plain(text: str) -> str:
    """ "TH & THCS" → "th thcs"; "Cáp-quang" → "cap quang"."""
    return _SIGNS.sub(" ", fold(text)).strip()


# What people read: key → (Vietnamese, English). The template's lists and the exports use the Vietnamese one.
SHOWN: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "level": {
            "preschool": ("Mầm non", "Preschool"),
            "primary": ("Tiểu học", "Primary"),
            "lower-secondary": ("THCS", "Lower secondary"),
            "upper-secondary": ("THPT", "Upper secondary"),
            "mixed": ("Nhiều cấp học", "Several levels"),
            "other": ("Khác", "Other"),
        },
        "medium": {
            "fibre": ("Cáp quang", "Fibre"),
            "copper": ("Cáp đồng", "Copper"),
            "cable": ("Cáp đồng trục", "Cable"),
            "mobile": ("Di động", "Mobile"),
            "satellite": ("Vệ tinh", "Satellite"),
            "radio": ("Vô tuyến", "Radio"),
            "other": ("Khác", "Other"),
        },
        "room-kind": {
            "classroom": ("Phòng học", "Classroom"),
            "computer-room": ("Phòng tin học", "Computer room"),
            "library": ("Thư viện", "Library"),
            "office": ("Văn phòng", "Office"),
            "server": ("Phòng máy chủ", "Server room"),
            "other": ("Khác", "Other"),
        },
        "role": {
            "province-admin": ("Quản trị tỉnh", "Province administrator"),
            "operator": ("Vận hành", "Operator"),
            "technician": ("Kỹ thuật", "Technician"),
            "auditor": ("Kiểm tra", "Auditor"),
            "commune-officer": ("Cán bộ xã", "Commune officer"),
            "school": ("Nhà trường", "School"),
        },
        "lang": {"vi": ("Tiếng Việt", "Vietnamese"), "en": ("Tiếng Anh", "English")},
        "flag": {"yes": ("có", "yes"), "no": ("không", "no")},
        "rule": {
            "qcvn34-2019": ("QCVN 34 (bản 2019)", "QCVN 34 (2019 edition)"),
            "province-contract": ("Mức của tỉnh", "The province's own"),
        },
    }
)


def _table(kind: str, words: Mapping[str, str]) -> Mapping[str, str]:
    """Folded word → key: the key itself, what people are shown, and other words, separated by "|"."""
    found = {}
    for key, others in words.items():
        for word in (key, *SHOWN[kind][key], *others.split("|")):
            found[plain(word)] = key
    return MappingProxyType(found)


LEVELS = _table(
    "level",
    {
        "preschool": "mầm non|mẫu giáo|nhà trẻ|mn|mg|trường mầm non|kindergarten|nursery",
        "primary": "tiểu học|th|cấp 1|cấp i|trường tiểu học|elementary",
        "lower-secondary": "thcs|trung học cơ sở|cấp 2|cấp ii|trường thcs|lower secondary|secondary",
        "upper-secondary": "thpt|trung học phổ thông|cấp 3|cấp iii|trường thpt|upper secondary|high school",
        "mixed": "th và thcs|th & thcs|th thcs|tiểu học và thcs|tiểu học và trung học cơ sở|thcs và thpt|thcs & thpt|"
        "thcs thpt|phổ thông nhiều cấp học|nhiều cấp|liên cấp|cấp 1 2|cấp 2 3|cấp 1 2 3",
        "other": "khác|gdtx|giáo dục thường xuyên|trung tâm gdtx|gdnn gdtx|trung tâm|chuyên biệt",
    },
)
# How a school's own name tells its level when the column is empty; the first that fits.
LEVEL_OF_NAME: tuple[tuple[str, str], ...] = (
    ("tieu hoc va thcs", "mixed"),
    ("tieu hoc va trung hoc co so", "mixed"),
    ("thcs va thpt", "mixed"),
    ("th thcs", "mixed"),
    ("thcs thpt", "mixed"),
    ("mam non", "preschool"),
    ("mau giao", "preschool"),
    ("tieu hoc", "primary"),
    ("thcs", "lower-secondary"),
    ("trung hoc co so", "lower-secondary"),
    ("thpt", "upper-secondary"),
    ("trung hoc pho thong", "upper-secondary"),
)
MEDIA = _table(
    "medium",
    {
        "fibre": "cáp quang|quang|ftth|fiber|fiber optic|gpon|leased line|kênh thuê riêng",
        "copper": "cáp đồng|adsl|vdsl|dsl|điện thoại",
        "cable": "cáp đồng trục|truyền hình cáp|docsis",
        "mobile": "di động|4g|5g|3g|lte|sim|dcom",
        "satellite": "vệ tinh|starlink|vsat",
        "radio": "vô tuyến|viba|wifi điểm điểm|sóng vô tuyến",
        "other": "khác",
    },
)
ROOM_KINDS = _table(
    "room-kind",
    {
        "classroom": "phòng học|lớp học|lớp|phòng học thông minh",
        "computer-room": "phòng tin học|tin học|phòng máy|phòng máy tính|computer room|lab",
        "library": "thư viện",
        "office": "văn phòng|phòng làm việc|hành chính|phòng giáo viên|phòng hiệu trưởng",
        "server": "phòng máy chủ|máy chủ|phòng thiết bị mạng|server room",
        "other": "khác",
    },
)
ROLES = _table(
    "role",
    {
        "province-admin": "quản trị tỉnh|quản trị viên|quản trị|admin",
        "operator": "vận hành|cán bộ vận hành",
        "technician": "kỹ thuật|kỹ thuật viên|cán bộ kỹ thuật",
        "auditor": "kiểm tra|thanh tra|kiểm toán",
        "commune-officer": "cán bộ xã|cán bộ phường|cán bộ xã phường|xã|phường",
        "school": "trường|nhà trường|hiệu trưởng",
    },
)
RULES = _table("rule", {"qcvn34-2019": "qcvn 34|qcvn34|qcvn 34:2019", "province-contract": "tỉnh|của tỉnh|province"})
LANGS = _table("lang", {"vi": "tiếng việt|việt|vietnamese", "en": "tiếng anh|anh|english"})
YES = frozenset(plain(word) for word in ("x", "có", "yes", "y", "1", "true", "đúng", "chính", "v"))
NO = frozenset(plain(word) for word in ("không", "no", "n", "0", "false", "sai", "dự phòng", "phụ", "ko", "k"))
PROVINCE = frozenset(plain(word) for word in ("toàn tỉnh", "tỉnh", "province", "cả tỉnh"))


def level_of_name(name: str) -> str:
    """The level that a school's name tells; "other" when it tells none."""
    words = f" {plain(name)} "
    return next((level for part, level in LEVEL_OF_NAME if f" {part} " in words), "other")
