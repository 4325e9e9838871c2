"""Causes, evidence, steps and advice in plain words, for the pages of incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from controller.web.formats import Format
from controller.web.i18n import N_, Translate
from controller.web.read.school_words import say, target
from monitoring.causes import LIKELY, SURE

CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "power": N_("Mất điện"),
        "lan": N_("Dây hoặc bộ chia mạng trong trường"),
        "router": N_("Bộ định tuyến của trường"),
        "isp-access": N_("Đường truyền của nhà mạng đến trường"),
        "isp-core": N_("Mạng lõi của nhà mạng"),
        "international": N_("Tuyến quốc tế"),
        "dns": N_("Máy chủ tên miền (DNS)"),
        "controller": N_("Phía máy chủ của tỉnh"),
        "box": N_("Thiết bị đo của trường"),
        "": N_("Chưa rõ nguyên nhân"),
    }
)

ADVICE: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "power": (
            N_("Hỏi trường có điện không; xem lịch cắt điện của điện lực."),
            N_("Không cần gọi nhà mạng. Có điện lại, thiết bị tự báo về."),
            N_("Nếu mất điện thường xuyên: đề nghị bộ lưu điện cho bộ định tuyến và thiết bị đo."),
        ),
        "lan": (
            N_("Nhờ trường xem dây từ thiết bị đo đến bộ định tuyến: cắm chặt, đèn cổng mạng sáng."),
            N_("Nếu qua bộ chia: xem bộ chia có điện; thử cổng hoặc dây khác."),
        ),
        "router": (
            N_("Nhờ trường rút nguồn bộ định tuyến 10 giây rồi cắm lại, đợi 3 phút."),
            N_("Nếu lặp lại: ghi kiểu máy, đề nghị thay bộ định tuyến."),
        ),
        "isp-access": (
            N_("Gọi nhà mạng: nêu mã hợp đồng, giờ bắt đầu và bằng chứng ở trang này; ghi lại mã phiếu của họ."),
            N_("Nhờ trường xem đèn quang (PON/LOS) trên bộ phát: LOS đỏ là đứt cáp."),
            N_("Nhờ trường xem bộ phát của nhà mạng có điện không."),
        ),
        "isp-core": (
            N_("Gọi nhà mạng: sự cố nằm trong mạng của họ, không ở trường."),
            N_("Trường có đường dự phòng: chuyển sang đường đó."),
        ),
        "international": (
            N_("Trang trong nước vẫn dùng được; báo các trường dùng kho học liệu của tỉnh."),
            N_("Theo dõi tin của nhà mạng về cáp biển; không cần đến trường."),
        ),
        "dns": (
            N_("Đặt DNS của bộ định tuyến sang máy chủ khác còn trả lời, hoặc gọi nhà mạng."),
            N_("Tên miền không mở được dù đường truyền tốt: giáo viên sẽ thấy như mất mạng."),
        ),
        "controller": (
            N_("Kiểm tra đường truyền và máy chủ của tỉnh trước; trường không có lỗi."),
            N_("Các thiết bị giữ lại số liệu và tự gửi khi liên lạc lại được."),
        ),
        "box": (
            N_("Hỏi trường: thiết bị đo có bị rút điện hoặc tắt không? Mạng của trường có thể vẫn tốt."),
            N_("Nếu nó tự treo nhiều lần: lên lịch thay thiết bị."),
        ),
        "": (
            N_("Gọi trường để biết họ thấy gì: có điện không, máy khác vào mạng được không."),
            N_("Có điện mà cả trường không vào được mạng: xem bộ định tuyến, rồi gọi nhà mạng."),
            N_("Khi thiết bị báo về, nguyên nhân sẽ rõ hơn."),
        ),
    }
)

STEPS: Mapping[str, str] = MappingProxyType(
    {
        "opened": N_("Hệ thống mở sự cố"),
        "joined": N_("Thêm một trường cùng sự cố"),
        "back": N_("Đã có lại, đang theo dõi thêm"),
        "again": N_("Lại mất"),
        "widened": N_("Nhiều trường cùng mất: gộp thành một sự cố"),
        "merged": N_("Đã gộp vào sự cố khác"),
        "closed": N_("Sự cố kết thúc"),
        "provisional": N_("Nhận định tạm: {cause} ({sure})"),
        "final": N_("Thiết bị đã kể lại: {cause} ({sure})"),
        "acknowledged": N_("Đã nhận xử lý"),
        "comment": N_("Ghi chú"),
        "muted": N_("Tạm tắt cảnh báo đến {moment}"),
        "unmuted": N_("Bật lại cảnh báo"),
        "ticket": N_("Mã phiếu của nhà mạng: {number}"),
        "reported": N_("Trường báo sự cố"),
        "reported-asked": N_("Trường báo sự cố; đã xin đo tốc độ"),
        "reported-recent": N_("Trường báo sự cố; không xin đo thêm vì vừa đo hoặc vừa xin trong 30 phút"),
    }
)
REPORTED: Mapping[str, str] = MappingProxyType({"asked": "reported-asked", "recent": "reported-recent"})

EVIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "silent-since": N_("Lần cuối nghe được thiết bị là lúc {moment}."),
        "our-side": N_("Hầu hết các trường cùng im lặng, hoặc đường truyền của chính tỉnh bị đứt."),
        "mains-lost": N_("Thiết bị chạy bằng pin và báo mất điện lưới lúc {moment}."),
        "others-dark": N_("{gone} trong {of} trường cùng xã, dùng nhà mạng khác, cũng mất cùng lúc."),
        "others-lit": N_("{of} trường cùng xã, dùng nhà mạng khác, vẫn hoạt động."),
        "others-some": N_("{gone} trong {of} trường cùng xã, dùng nhà mạng khác, mất cùng lúc."),
        "same-provider": N_("{gone} trong {of} trường khác cùng xã, cùng nhà mạng, mất cùng lúc."),
        "provider-elsewhere": N_("{gone} trong {of} trường cùng nhà mạng ở xã khác mất cùng lúc."),
        "no-other-provider": N_("Trong xã không có trường dùng nhà mạng khác để so sánh."),
        "near-closing": N_("Mất ngay trước giờ tan trường: có thể trường đã ngắt điện sớm."),
        "alone": N_("Không trường nào khác mất cùng lúc: chưa phân biệt được."),
        "box-died": N_("Thiết bị ngừng chạy lúc {moment}."),
        "box-started": N_("Thiết bị khởi động lúc {moment}."),
        "clean-stop": N_("Thiết bị được tắt đúng cách: có người tắt."),
        "agent-stopped": N_("Phần mềm đo bị dừng, máy vẫn chạy."),
        "agent-ended": N_("Phần mềm đo bị ngắt đột ngột, máy vẫn chạy."),
        "unclean": N_("Thiết bị tắt đột ngột, không kịp ghi lời chào."),
        "line-was-there": N_(
            "Mạng đã có sẵn ngay khi thiết bị khởi động xong ({seconds} giây): bộ định tuyến không mất điện."
        ),
        "line-came-later": N_("Thiết bị chạy lại trước, mạng có sau ({seconds} giây): bộ định tuyến cũng mất điện."),
        "box-lost-nothing": N_("Trong lúc đó thiết bị không thấy gì hỏng ở trường."),
        "box-stood-still": N_("Thiết bị không đo gì trong lúc đó: nó bị treo."),
        "box-died-later": N_("Sau đó thiết bị cũng mất điện lúc {moment}."),
        "targets-lost": N_("Mất cùng lúc: {targets}."),
        "gateway-there": N_("Bộ định tuyến của trường vẫn trả lời."),
        "gateway-lost": N_("Bộ định tuyến của trường không trả lời."),
        "link-held": N_("Dây mạng của thiết bị vẫn có tín hiệu."),
        "link-lost": N_("Dây mạng {link} mất tín hiệu lúc {moment}."),
        "gateway-after-link": N_(
            "Dây có tín hiệu lại rồi {seconds} giây sau bộ định tuyến mới trả lời: nó khởi động lại."
        ),
        "hop-there": N_("Chặng đầu của nhà mạng vẫn trả lời, phía sau thì không."),
        "hop-lost": N_("Chặng đầu của nhà mạng không trả lời."),
        "hop-mute": N_("Chặng đầu của nhà mạng không bao giờ trả lời phép đo, nên không phân biệt được xa hay gần."),
        "outside-some": N_("{lost} trong {of} đích bên ngoài không tới được."),
        "outside-there": N_("Cả {of} đích bên ngoài vẫn trả lời."),
        "outside-unresolved": N_("Không tra được tên các đích, nên không đo được chúng."),
        "domestic-there": N_("Các đích trong nước vẫn trả lời."),
    }
)


def cause_word(translate: Translate, cause: str) -> str:
    return translate(CAUSES.get(cause, CAUSES[""]))


def sure_word(translate: Translate, confidence: float) -> str:
    """How sure we are, as people say it."""
    if confidence >= SURE:
        return translate(N_("gần như chắc chắn"))
    return translate(N_("nhiều khả năng")) if confidence >= LIKELY else translate(N_("chưa chắc, mới là khả năng"))


def advice_texts(cause: str, confidence: float) -> Sequence[str]:
    """What to do next. A mere possibility keeps nobody from calling the provider."""
    return ADVICE.get(cause if confidence >= LIKELY else "", ADVICE[""])


def advice_of(translate: Translate, cause: str, confidence: float) -> list[str]:
    return [translate(text) for text in advice_texts(cause, confidence)]


def evidence_text(translate: Translate, fmt: Format, one: Mapping[str, Any]) -> str:
    """One line of evidence. A code of a newer release is shown as it is."""
    text = EVIDENCE.get(one["code"])
    if text is None:
        return str(one["code"])
    values = dict(one.get("values") or {})
    if "targets" in values:
        values["targets"] = ", ".join(say(translate, target(str(name))) for name in values["targets"])
    at = one.get("at")
    moment = f"{fmt.local(at):%H:%M:%S} {fmt.day(at)}" if at is not None else ""
    return translate(text, **{"moment": moment, "gone": 0, "of": 0, "lost": 0, "seconds": 0, "link": "", **values})


def step_text(translate: Translate, fmt: Format, kind: str, facts: Mapping[str, Any]) -> str:
    text = STEPS.get(REPORTED.get(str(facts.get("test")), kind) if kind == "reported" else kind)
    if text is None:
        return kind
    return translate(
        text,
        cause=cause_word(translate, str(facts.get("cause", ""))),
        sure=sure_word(translate, float(facts.get("confidence") or 0.0)),
        moment=fmt.moment(facts.get("until")),
        number=str(facts.get("number") or "–"),
    )
