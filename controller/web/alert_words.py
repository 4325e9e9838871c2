"""Words for what alerts are about, whom they go to, and how the telling goes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from controller.web.i18n import N_

CHANNELS: Mapping[str, str] = MappingProxyType(
    {
        "alertmanager": N_("Alertmanager"),
        "email": N_("Thư điện tử"),
        "webhook": N_("Webhook"),
        "zalo": N_("Zalo OA"),
        "sms": N_("Tin nhắn SMS"),
    }
)
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "outage": N_("Trường mất mạng"),
        "degraded": N_("Mạng kém"),
        "province": N_("Sự cố phía tỉnh"),
        "rogue-dhcp": N_("Máy cấp DHCP lạ"),
    }
)
SEVERITIES: Mapping[str, str] = MappingProxyType(
    {
        "info": N_("Mọi mức, kể cả để biết"),
        "warning": N_("Từ mức cảnh báo"),
        "critical": N_("Chỉ mức nghiêm trọng"),
    }
)
PHASES: Mapping[str, str] = MappingProxyType(
    {"firing": N_("Mới xảy ra"), "ended": N_("Đã hết"), "digest": N_("Bản tin sáng")}
)
STATES: Mapping[str, str] = MappingProxyType(
    {
        "waiting": N_("Đang chờ gửi"),
        "lasting": N_("Đã báo, nhắc lại đều"),
        "sent": N_("Đã gửi"),
        "failed": N_("Không gửi được"),
        "dropped": N_("Bỏ vì quá nhiều"),
    }
)
