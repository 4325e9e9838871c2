"""How much is measured, and why, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from controller.web.i18n import N_

MODES: Mapping[str, str] = MappingProxyType(
    {
        "full": N_("đo đầy đủ"),
        "short": N_("đo ngắn"),
        "light": N_("đo nhẹ, dưới 1 MB"),
        "passive": N_("chỉ theo dõi, không đo"),
    }
)
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "quiet": N_("Ngoài giờ học và còn dung lượng: mỗi ngày một lần đo đầy đủ."),
        "recent": N_("Đã đo đầy đủ trong ngày, nên lần này chỉ cần ngắn."),
        "doubt": N_("Kết quả gần nhất dưới 80 % hợp đồng: đo đầy đủ để chắc chắn."),
        "pace": N_("Giữ nhịp dung lượng để đủ dùng tới cuối tháng."),
        "budget": N_("Dung lượng đo của tháng đã gần hết hoặc đã hết."),
        "lesson": N_("Rơi vào giờ học: không làm chậm mạng của lớp."),
        "exam": N_("Ngày thi: cả ngày chỉ đo nhẹ."),
        "crowded": N_("Đường dùng chung hoặc nhà mạng đang kín lượt đo nặng."),
        "full-up": N_("Máy chủ đo đang kín lượt."),
        "asked": N_("Có người yêu cầu."),
    }
)
