"""Words that invented schools, rooms and devices are named with: plants, birds and weather of the Mekong delta."""

from __future__ import annotations

NAMES = (
    "Sen Hồng", "Sen Trắng", "Súng Tím", "Điên Điển", "Tràm Xanh", "Cò Trắng", "Sếu Đầu Đỏ", "Lúa Vàng", "Phù Sa",
    "Mây Trắng", "Nắng Mai", "Bình Minh", "Hướng Dương", "Mai Vàng", "Ban Mai", "Sông Xanh", "Bến Dừa", "Vườn Xoài",
    "Quýt Hồng", "Cánh Diều", "Hải Âu", "Sao Mai", "Vành Khuyên", "Họa Mi", "Sơn Ca", "Bồ Câu", "Tuổi Thơ", "Măng Non",
    "Phượng Đỏ", "Bằng Lăng", "Ô Môi", "Dừa Nước", "Lục Bình", "Chim Én", "Cầu Vồng", "Nắng Hồng", "Trăng Rằm",
    "Mùa Xuân", "Hoa Cau", "Vú Sữa", "Thanh Long", "Bưởi Hồng", "Tre Xanh", "Hoa Lúa", "Cánh Đồng", "Bến Phà",
    "Gió Chướng", "Nước Nổi", "Hạt Ngọc", "Chuồn Chuồn",
)  # fmt: skip

KINDS = {
    "preschool": "Trường Mầm non",
    "primary": "Trường Tiểu học",
    "lower-secondary": "Trường THCS",
    "upper-secondary": "Trường THPT",
    "mixed": "Trường Tiểu học và THCS",
    "other": "Trung tâm Giáo dục thường xuyên",
}

PROVIDERS = ("VNPT", "Viettel", "FPT Telecom", "MobiFone")  # drawn evenly: no provider is better than another here

ROOMS = (
    ("TH1", "Phòng Tin học 1", "computer-room", 35),
    ("A101", "Phòng học 1A", "classroom", 38),
    ("A102", "Phòng học 1B", "classroom", 36),
    ("TV", "Thư viện", "library", 30),
    ("VP", "Văn phòng", "office", 8),
    ("MC", "Phòng máy chủ", "server", None),
    ("A201", "Phòng học thông minh", "classroom", 40),
    ("TH2", "Phòng Tin học 2", "computer-room", 35),
)

# (first three bytes of the MAC, vendor, name, kind)
DEVICES = (
    ("50:c7:bf", "TP-Link", "AP tầng 1", "access-point"),
    ("00:1b:21", "Intel", "PC văn phòng", "computer"),
    ("00:1e:0b", "Hewlett Packard", "Máy in văn phòng", "printer"),
    ("64:16:66", "Samsung", "TV phòng học", "display"),
    ("b4:2e:99", "Giga-Byte", "PC phòng Tin học", "computer"),
    ("e0:d5:5e", "Giga-Byte", "PC phòng Tin học", "computer"),
    ("bc:32:5f", "Dahua", "Camera cổng", "camera"),
    ("00:0c:42", "MikroTik", "Bộ định tuyến", "router"),
)
