"""An alert as text: a subject, a page for e-mail, a line for a telephone. Vietnamese first, English below."""

from __future__ import annotations

import unicodedata

from controller.alerts.alert import Alert, Both, one_line
from controller.alerts.order import Order, Phase
from controller.web.formats import Format

SMS = 300  # letters without accents: two messages of a telephone
STATE = {
    "firing": Both("CẢNH BÁO", "ALERT"),
    "ended": Both("ĐÃ HẾT", "RESOLVED"),
    "test": Both("GỬI THỬ", "TEST"),
}
SEVERITY = {
    "critical": Both("Nghiêm trọng", "Critical"),
    "warning": Both("Cảnh báo", "Warning"),
    "info": Both("Để biết", "For information"),
}
RULE = "-" * 40


def subject(order: Order) -> str:
    """Threads of mail programs hold together by what is the same in it."""
    state = STATE[order.phase].vi
    return one_line(f"[TruongNet] {state}: {order.alert.title.vi}", 180)


def page(order: Order) -> str:
    """The text of an e-mail."""
    return "\n".join([*_half(order, order.place.vi, 0), "", RULE, "", *_half(order, order.place.en, 1), ""])


def _half(order: Order, form: Format, language: int) -> list[str]:
    alert, english = order.alert, bool(language)
    lines = [f"{STATE[order.phase][language]}: {alert.title[language]}", ""]
    lines.append(f"{'Severity' if english else 'Mức độ'}: {SEVERITY[alert.severity][language]}")
    lines.append(f"{'Since' if english else 'Từ lúc'}: {form.moment(alert.started_at)}")
    if alert.ended_at is not None:
        lasted = form.duration(alert.ended_at - alert.started_at)
        words = ("Ended", "after") if english else ("Hết lúc", "kéo dài")
        lines.append(f"{words[0]}: {form.moment(alert.ended_at)} ({words[1]} {lasted})")
    lines += [fact[language] for fact in alert.facts]
    if alert.advice and order.phase != "ended":
        lines += ["", "What to do:" if english else "Việc cần làm:"]
        lines += [f"{number}. {one[language]}" for number, one in enumerate(alert.advice, 1)]
    lines += ["", f"{order.place.base_url}{alert.path}", order.place.province]
    return lines


def short(alert: Alert, phase: Phase, place_url: str) -> str:
    """For a telephone: what, and where to read more; the caller shortens and strips accents when it must."""
    return one_line(f"{STATE[phase].vi}: {alert.title.vi}. {place_url}{alert.path}", 480)


def plain_letters(text: str, limit: int = SMS) -> str:
    """Without Vietnamese accents, as gateways for short messages want it, and cut to ``limit``."""
    flat = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    ascii_only = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return one_line(ascii_only.encode("ascii", "replace").decode(), limit).encode("ascii", "replace").decode()
