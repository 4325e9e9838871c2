"""Stable codes in plain words, beyond the single words of ``controller/web/words.py``.

A sentence with values in it is a :class:`Said`, put together only after translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from controller.web.i18n import N_, Translate
from controller.web.words import word


@dataclass(frozen=True, slots=True)
class Said:
    """``text`` is translated first, then filled; a value may be a Said itself. Values never are format strings."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


def say(translate: Translate, said: Said | str) -> str:
    if isinstance(said, str):
        return translate(said) if said else ""
    filled = {name: say(translate, value) if isinstance(value, Said) else value for name, value in said.values.items()}
    return translate(said.text, **filled)


@dataclass(frozen=True, slots=True)
class Why:
    """A status in words: what is wrong, and what to do next (may be empty)."""

    text: str
    advice: str = ""


WHY: Mapping[tuple[str, str], Why] = MappingProxyType(
    {
        ("up", ""): Why(N_("Đường truyền tốt và thiết bị đo vẫn báo về đều.")),
        ("down", "gateway"): Why(
            N_("Bộ định tuyến của trường không trả lời: mất mạng ngay trong trường."),
            N_("Hỏi trường: bộ định tuyến có điện không, dây mạng có bị rút không? Rút nguồn 10 giây rồi cắm lại."),
        ),
        ("down", "internet"): Why(
            N_("Bộ định tuyến của trường trả lời, nhưng không đích nào trên Internet trả lời: đứt đường truyền."),
            N_("Gọi nhà mạng, nêu số hợp đồng và giờ bắt đầu mất kết nối ghi ở đây."),
        ),
        ("degraded", "dns"): Why(
            N_("Máy chủ tên miền (DNS) không trả lời: phần lớn trang web không mở được."),
            N_("Kiểm tra địa chỉ DNS trên bộ định tuyến, hoặc báo nhà mạng."),
        ),
        ("degraded", "targets"): Why(
            N_("Một phần đích trên Internet không trả lời, các đích khác vẫn tốt."),
            N_("Thường do tuyến quốc tế hoặc do chính đích đó; theo dõi thêm trước khi báo nhà mạng."),
        ),
        ("degraded", "loss"): Why(
            N_("Mất gói từ 5 % trở lên: học trực tuyến và gọi hình sẽ giật."),
            N_("Kiểm tra dây và Wi-Fi trong trường; nếu vẫn mất gói, báo nhà mạng kèm số liệu bên dưới."),
        ),
        ("degraded", "latency"): Why(
            N_("Độ trễ từ 300 ms trở lên: đường truyền bị nghẽn hoặc đi vòng."),
            N_("Xem biểu đồ độ trễ để biết giờ nghẽn; nếu kéo dài, báo nhà mạng."),
        ),
        ("silent", "no-beat"): Why(
            N_("Thiết bị đo không còn báo về. Chưa biết là mất điện, mất mạng hay thiết bị hỏng."),
            N_("Hỏi trường xem thiết bị đo có điện không. Khi có mạng lại, nó tự gửi những gì đã đo."),
        ),
        ("expected-off", "calendar"): Why(
            N_("Ngoài giờ hoạt động theo lịch của trường: thiết bị đo tắt là bình thường.")
        ),
        ("expected-off", "maintenance"): Why(N_("Đang trong giờ bảo trì đã lên lịch.")),
        **{
            (status, "province"): Why(
                N_("Phía tỉnh đang không nghe được hầu hết các trường. Trạng thái ghi ở đây là của lần nghe cuối."),
                N_("Kiểm tra đường truyền và máy chủ của tỉnh; trường không có lỗi."),
            )
            for status in ("up", "degraded", "down")
        },
        ("no-box", "waiting"): Why(
            N_("Thiết bị đo đã được chấp nhận nhưng chưa báo về lần nào."),
            N_("Chờ một phút. Nếu vẫn chưa có gì, xem thiết bị có điện và mạng không."),
        ),
        ("no-box", ""): Why(
            N_("Trường chưa có thiết bị đo."), N_("Tạo mã ghép nối rồi lắp thiết bị: nó sẽ tự đo và gửi kết quả.")
        ),
    }
)
OTHER = Why(N_("Chưa rõ lý do."))


def why(status: str, reason: str) -> Why:
    return WHY.get((status, reason)) or WHY.get((status, "")) or OTHER


TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "gateway": N_("Bộ định tuyến của trường"),
        "isp-hop": N_("Chặng đầu của nhà mạng"),
        "dns": N_("Máy chủ tên miền (DNS)"),
        "controller": N_("Máy chủ của tỉnh"),
        "domestic": N_("Trong nước"),
        "international": N_("Quốc tế"),
    }
)


def target(name: str) -> Said:
    """ "domestic:vnix" and its like."""
    kind, _, rest = name.partition(":")
    words = Said(TARGETS[kind]) if kind in TARGETS else Said("{name}", {"name": kind})
    return Said("{kind} ({name})", {"kind": words, "name": rest}) if rest else words


ROOM_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "classroom": N_("Phòng học"),
        "computer-room": N_("Phòng máy"),
        "library": N_("Thư viện"),
        "office": N_("Văn phòng"),
        "server": N_("Phòng thiết bị"),
        "other": N_("Phòng khác"),
    }
)


UNKNOWN = N_("Không có dữ liệu")


def status_word(translate: Translate, status: str) -> str:
    """Also for "unknown", which is no status that a school can have now."""
    return translate(UNKNOWN) if status == "unknown" else word(translate, "status", status)
