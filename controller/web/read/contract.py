"""A school's contract beside what it gave: the months that were judged, and the words for what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select

from controller.tables import School, SchoolMonth
from controller.web.i18n import N_
from monitoring.rules import RULES

MONTHS = 12
VERDICTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(  # word, kind of label, sign
    {
        "met": (N_("Đạt"), "success", "check"),
        "not-met": (N_("Không đạt"), "danger", "alert"),
        "not-enough": (N_("Chưa đủ số liệu"), "quiet", "clock"),
        "not-promised": (N_("Không có cam kết"), "quiet", ""),
    }
)
CLAUSES: Mapping[str, str] = MappingProxyType(
    {
        "down": N_("Tốc độ tải xuống"),
        "up": N_("Tốc độ tải lên"),
        "rtt": N_("Độ trễ trong nước"),
        "availability": N_("Độ khả dụng"),
    }
)
CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "line": N_("Đường truyền"),
        "contract": N_("Gói cước quá nhỏ"),
        "wifi": N_("Wi-Fi trong trường"),
        "device": N_("Thiết bị"),
        "fine": N_("Tải xuống ổn"),
        "unknown": N_("Chưa kết luận được"),
    }
)
# (cause, finer code) → what is so, and what to do.
SAID: Mapping[tuple[str, str], tuple[str, str]] = MappingProxyType(
    {
        ("line", ""): (
            N_("Đường truyền không cho tốc độ đã cam kết, đo bằng dây ngay tại bộ định tuyến."),
            N_("Gửi số liệu này cho nhà mạng và yêu cầu khắc phục; chưa cần mua gói lớn hơn."),
        ),
        ("contract", ""): (
            N_("Nhà mạng giao đúng cam kết, nhưng gói cước nhỏ hơn mức trường cần."),
            N_("Nâng gói cước theo bước nêu bên dưới."),
        ),
        ("contract", "no-contract"): (
            N_("Tốc độ đo được thấp hơn mức trường cần, và chưa ghi hợp đồng nào để so."),
            N_("Ghi hợp đồng hiện có; nếu đúng là gói nhỏ thì nâng gói."),
        ),
        ("wifi", ""): (
            N_("Tại bộ định tuyến đủ nhanh, qua Wi-Fi thì chậm hơn hẳn."),
            N_("Thêm hoặc dời điểm phát Wi-Fi, đổi kênh, hoặc nối dây cho máy cố định; đừng đổi gói cước."),
        ),
        ("device", ""): (
            N_("Đường truyền đủ nhanh, thiết bị mới là chỗ nghẽn."),
            N_("Đổi cổng mạng hoặc máy (cổng 100 Mbit/s, bộ xử lý quá bận); đừng đổi gói cước."),
        ),
        ("device", "only-device"): (
            N_("Hầu hết lần đo bị giới hạn bởi chính thiết bị đo, nên chưa biết đường truyền ra sao."),
            N_("Cắm thiết bị đo vào cổng nhanh hơn hoặc thay máy, rồi đợi các lần đo mới."),
        ),
        ("fine", ""): (N_("Tốc độ tải xuống đúng cam kết và đủ mức trường cần."), ""),
        ("fine", "no-contract"): (
            N_("Tốc độ đủ mức trường cần, nhưng chưa ghi hợp đồng để so."),
            N_("Ghi tốc độ và giá trong hợp đồng."),
        ),
        ("fine", "no-target"): (
            N_("Tốc độ tải xuống đúng cam kết; chưa biết mức cần vì thiếu số học sinh."),
            N_("Ghi số học sinh của trường."),
        ),
        ("unknown", "only-wifi"): (
            N_("Chỉ có số đo qua Wi-Fi, chưa nói được gì về đường truyền."),
            N_("Cắm thiết bị đo bằng dây vào bộ định tuyến."),
        ),
        ("unknown", "few-tests"): (
            N_("Chưa đủ lần đo hợp lệ bằng dây để kết luận."),
            N_("Đợi thêm vài ngày; nếu lần nào cũng không hợp lệ, hãy xem lý do ở từng lần đo."),
        ),
        ("unknown", "no-contract"): (
            N_("Chưa có hợp đồng và chưa biết mức cần, nên không có gì để so."),
            N_("Ghi hợp đồng và số học sinh của trường."),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """``shown``: the month that the page shows; ``months``: all that there are, newest first."""

    shown: SchoolMonth | None
    months: Sequence[str]

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.shown.facts if self.shown is not None else {}

    @property
    def clauses(self) -> Sequence[Mapping[str, Any]]:
        return self.facts.get("clauses") or ()

    @property
    def triangle(self) -> Mapping[str, Any]:
        return self.facts.get("triangle") or {}

    @property
    def said(self) -> tuple[str, str]:
        cause, why = self.triangle.get("cause", "unknown"), self.triangle.get("why", "")
        return SAID.get((cause, why)) or SAID.get((cause, "")) or SAID["unknown", "few-tests"]

    @property
    def broken(self) -> Sequence[str]:
        """Clauses that were not kept and that the sentence about the download does not speak of."""
        names = [clause["name"] for clause in self.clauses if clause["verdict"] == "not-met"]
        return [CLAUSES[name] for name in names if not (name == "down" and self.triangle.get("cause") == "line")]

    @property
    def also(self) -> Sequence[str]:
        return [CAUSES[cause] for cause in self.triangle.get("also") or () if cause in CAUSES]


def read_contract(session: Session, school: School, wanted: str = "") -> Contract:
    """The month that was asked for, else the newest that says something, else the newest."""
    query = select(SchoolMonth).where(SchoolMonth.school_id == school.id)
    rows = session.exec(query.order_by(col(SchoolMonth.month).desc()).limit(MONTHS)).all()
    asked = next((row for row in rows if row.month == wanted), None)
    telling = next((row for row in rows if row.target != "not-enough" or row.contract in ("met", "not-met")), None)
    return Contract(shown=asked or telling or next(iter(rows), None), months=[row.month for row in rows])


def rule_name(name: str, lang: str) -> str:
    rule = RULES.get(name)
    return "" if rule is None else rule.en if lang == "en" else rule.vi


@dataclass(frozen=True, slots=True)
class Bar:
    """One clause of a rate as a picture: places in percent of the axis."""

    name: str
    axis_bps: float
    median: float | None
    low: float | None
    high: float | None
    required: float | None
    promised: float | None
    need: float | None


def bars(contract: Contract) -> list[Bar]:
    """Down and up on one axis, so that both are seen at one scale."""
    clauses = [clause for clause in contract.clauses if clause["name"] in ("down", "up")]
    need = contract.shown.need_bps if contract.shown is not None else None
    known = [need or 0.0]
    for clause in clauses:
        known += [value or 0.0 for value in (clause["promised"], clause["all"]["median"], clause["all"]["high"])]
    axis = max(known) * 1.06
    if axis <= 0:
        return []

    def place(value: float | None) -> float | None:
        return None if value is None else round(min(100.0, 100 * value / axis), 2)

    return [
        Bar(
            clause["name"], axis, place(clause["all"]["median"]), place(clause["all"]["low"]),
            place(clause["all"]["high"]), place(clause["required"]), place(clause["promised"]),
            place(need) if clause["name"] == "down" else None,
        )
        for clause in clauses
    ]  # fmt: skip
