"""Causes of an outage in words, and what a person should do about each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from controller.alerts.alert import Both

UNKNOWN = Both("chưa rõ", "not known yet")
NAMES: Mapping[str, Both] = MappingProxyType(
    {
        "power": Both("mất điện ở trường", "the school has no power"),
        "lan": Both("mạng trong trường", "the school's own network"),
        "router": Both("bộ định tuyến của trường", "the school's router"),
        "isp-access": Both("đường truyền của nhà mạng tới trường", "the provider's line to the school"),
        "isp-core": Both("mạng của nhà mạng", "the provider's network"),
        "international": Both("đường quốc tế", "international links"),
        "dns": Both("phân giải tên miền (DNS)", "name resolution (DNS)"),
        "controller": Both("máy chủ của tỉnh", "the province's server"),
        "box": Both("thiết bị TruongNet ở trường", "TruongNet's box at the school"),
    }
)
CALL_SCHOOL = Both(
    "Gọi trường: có điện không, đèn của bộ định tuyến có sáng không.",
    "Call the school: is there power, do the router's lights burn?",
)
CALL_PROVIDER = Both(
    "Báo nhà mạng, ghi số phiếu vào trang sự cố.", "Report it to the provider; note the ticket's number on the page."
)
ADVICE: Mapping[str, tuple[Both, ...]] = MappingProxyType(
    {
        "power": (
            Both(
                "Gọi trường hỏi điện; nếu cả khu vực mất điện thì hỏi điện lực, không báo nhà mạng.",
                "Ask the school about power; if the whole area is dark, ask the power company, not the provider.",
            ),
        ),
        "lan": (
            Both(
                "Nhờ người ở trường xem dây mạng và bộ chia giữa thiết bị và bộ định tuyến.",
                "Have someone check the cable and the switch between the box and the router.",
            ),
        ),
        "router": (
            Both(
                "Nhờ người ở trường tắt bộ định tuyến, chờ một phút rồi bật lại.",
                "Have someone switch the router off, wait a minute and switch it on again.",
            ),
            CALL_PROVIDER,
        ),
        "isp-access": (CALL_PROVIDER,),
        "isp-core": (
            Both(
                "Báo nhà mạng một lần cho mọi trường; không cần gọi từng trường.",
                "Report it to the provider once for all schools; no school needs a call.",
            ),
        ),
        "international": (
            Both(
                "Không sửa được ở tỉnh: báo các trường rằng dịch vụ trong nước vẫn dùng được.",
                "Nothing to mend here: tell the schools that services inside the country work.",
            ),
        ),
        "dns": (
            Both(
                "Đổi máy chủ DNS của bộ định tuyến, hoặc báo nhà mạng.",
                "Set another DNS server in the router, or tell the provider.",
            ),
        ),
        "controller": (
            Both(
                "Xem đường truyền và máy chủ của tỉnh; không trường nào có lỗi.",
                "Look at the province's own uplink and server; no school is at fault.",
            ),
        ),
        "box": (
            Both(
                "Mạng của trường có thể vẫn tốt: hỏi trường, rồi rút điện thiết bị và cắm lại.",
                "The school's network may be fine: ask them, then unplug the box and plug it in again.",
            ),
        ),
    }
)


def name_of(cause: str) -> Both:
    return NAMES.get(cause, Both(cause, cause) if cause else UNKNOWN)


def advice_for(cause: str) -> tuple[Both, ...]:
    return ADVICE.get(cause, (CALL_SCHOOL, CALL_PROVIDER))
