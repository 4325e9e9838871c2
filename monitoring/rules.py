"""Rules by which a line is judged, as data: what a contract must give, and what a school needs. One literal table.

Each rule names its edition and its source, and says whether the figures were seen there. A rule whose figures were not
seen judges nothing. The province's own rule is one of these with its figures changed (``with_own``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

MEGA = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``kind`` "contract": what a provider must deliver of what it sold; "target": what a school needs.

    Shares and ratios from 0 to 1, rates in bit/s, times in seconds. ``statistic`` is the figure that is held against
    the bound; the median and the worse tail are shown beside it whatever it is.
    """

    id: str
    kind: str
    vi: str
    en: str
    edition: str
    source: str
    note_vi: str = ""
    note_en: str = ""
    is_seen: bool = True  # the figures were read in the edition named
    # of a contract
    speed_share: float | None = None  # of the contract's rate, down and up alike
    statistic: str = "median"  # "mean" or "median" of the tests
    rtt: float | None = None  # at most
    availability: float | None = None  # at least
    hours: str = "all"  # "all" or "school" (of speeds: open hours): which hours decide
    # of a target
    per_school_bps: float = 0.0  # at least this much
    per_pupil_bps: float = 0.0
    above_pupils: int = 0  # per pupil only when the school has more than this
    of_shift: bool = False  # pupils of the busiest shift instead of all
    # how much must be measured before anything is judged
    min_tests: int = 10
    min_days: int = 5
    min_hours: float = 100.0  # of measured time


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            Rule(
                id="qcvn34-2019", kind="contract", vi="QCVN 34 (bản 2019)", en="QCVN 34 (2019 edition)",
                edition="QCVN 34:2019/BTTTT",
                source="Quy chuẩn kỹ thuật quốc gia về chất lượng dịch vụ truy nhập Internet băng rộng cố định mặt đất",
                note_vi="Tốc độ trung bình ≥ 0,8 mức hợp đồng, độ trễ ≤ 50 ms, độ khả dụng ≥ 99,5 %. Bản 2022 có hiệu "
                "lực từ 01/07/2023; các con số của bản đó chưa được đối chiếu, nên ở đây dùng con số của bản 2019.",
                note_en="Average rate ≥ 0.8 of the contract, latency ≤ 50 ms, availability ≥ 99.5 %. The 2022 edition "
                "is in force since 1 July 2023; its figures were not seen, so those of the 2019 edition are used here.",
                speed_share=0.8, statistic="mean", rtt=0.050, availability=0.995,
            ),
            Rule(
                id="qcvn34-2022", kind="contract", vi="QCVN 34 (bản 2022)", en="QCVN 34 (2022 edition)",
                edition="QCVN 34:2022/BTTTT", source="hiệu lực từ 01/07/2023", is_seen=False,
                note_vi="Các con số của bản này chưa được đối chiếu: chưa dùng để đánh giá.",
                note_en="The figures of this edition were not seen: nothing is judged by it yet.",
            ),
            Rule(
                id="province-contract", kind="contract", vi="Mức của tỉnh cho hợp đồng",
                en="The province's own for contracts",
                edition="", source="Cài đặt của tỉnh / the province's settings",
                note_vi="Trung vị theo con số mà tỉnh đặt: tốc độ trong giờ trường mở cửa (lúc học chỉ đo nhẹ), độ "
                "trễ và độ khả dụng trong giờ học.",
                note_en="The median by the figures that the province has set: speed in open hours (in lessons "
                "measuring is light), latency and availability in school hours.",
                speed_share=0.8, rtt=0.050, availability=0.995, hours="school",
            ),
            Rule(
                id="un-itu", kind="target", vi="LHQ/ITU 2030", en="UN/ITU 2030",
                edition="UN OSET/ITU, mục tiêu 2030 / 2030 targets",
                source="Achieving universal and meaningful digital connectivity",
                note_vi="20 Mbit/s mỗi trường, hoặc 50 kbit/s mỗi học sinh khi có trên 400 học sinh.",
                note_en="20 Mbit/s per school, or 50 kbit/s per pupil above 400 pupils.",
                per_school_bps=20 * MEGA, per_pupil_bps=50e3, above_pupils=400,
            ),
            Rule(
                id="brazil", kind="target", vi="Brasil: 1 Mbit/s mỗi học sinh", en="Brazil: 1 Mbit/s per pupil",
                edition="ENEC/FUST", source="Estratégia Nacional de Escolas Conectadas, as Giga's documents give it",
                note_vi="1 Mbit/s mỗi học sinh của ca đông nhất.",
                note_en="1 Mbit/s per pupil of the busiest shift.",
                per_pupil_bps=1 * MEGA, of_shift=True,
            ),
            Rule(
                id="province-target", kind="target", vi="Mục tiêu của tỉnh", en="The province's own target",
                edition="", source="Cài đặt của tỉnh / the province's settings",
                note_vi="Theo con số mà tỉnh đặt ở trang Cài đặt.",
                note_en="By the figures that the province has set on the settings page.",
                per_school_bps=50 * MEGA, per_pupil_bps=100e3, above_pupils=400,
            ),
        )
    }
)  # fmt: skip
FIRST_CONTRACT, FIRST_TARGET = "qcvn34-2019", "un-itu"
OWN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "province-contract": ("speed_share", "statistic", "rtt", "availability", "hours"),
        "province-target": ("per_school_bps", "per_pupil_bps", "above_pupils", "of_shift"),
    }
)
SHARED = ("min_tests", "min_days", "min_hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The rules in force: one for contracts that name none, one for what schools need, and all by their ids."""

    contract: Rule
    target: Rule
    rules: Mapping[str, Rule]

    def of(self, name: str) -> Rule:
        """The rule of a contract; one that is not known, or whose figures were not seen, is the province's choice."""
        rule = self.rules.get(name)
        return rule if rule is not None and rule.kind == "contract" and rule.is_seen else self.contract


def chosen(stored: Mapping[str, Any] | None = None) -> Chosen:
    """The rules with the province's settings laid over them; what is odd in the settings is left as it comes."""
    stored = stored or {}
    rules = {name: with_own(rule, stored) for name, rule in RULES.items()}
    contract, target = rules.get(stored.get("contract", "")), rules.get(stored.get("target", ""))
    return Chosen(
        contract=contract if contract and contract.kind == "contract" and contract.is_seen else rules[FIRST_CONTRACT],
        target=target if target and target.kind == "target" and target.is_seen else rules[FIRST_TARGET],
        rules=MappingProxyType(rules),
    )


def with_own(rule: Rule, stored: Mapping[str, Any]) -> Rule:
    """``rule`` with the figures that the province has set for it."""
    given = stored.get(rule.id)
    values: dict[str, Any] = {}
    for names, source in ((OWN.get(rule.id, ()), given), (SHARED, stored.get("enough"))):
        if isinstance(source, Mapping):
            values |= {name: source[name] for name in names if _fits(rule, name, source.get(name))}
    return replace(rule, **values)


def _fits(rule: Rule, name: str, value: Any) -> bool:
    if name == "statistic":
        return value in ("mean", "median")
    if name == "hours":
        return value in ("all", "school")
    if name == "of_shift":
        return isinstance(value, bool)
    whole = next(field for field in fields(rule) if field.name == name).type == "int"
    return isinstance(value, int if whole else int | float) and not isinstance(value, bool) and value >= 0


def need(target: Rule, pupils: int | None, shifts: int = 1) -> float | None:
    """What a school needs, bit/s down; None when that depends on pupils and nobody knows how many there are."""
    if target.per_pupil_bps and pupils is None and not target.per_school_bps:
        return None
    counted = pupils or 0
    if target.of_shift and shifts > 1:
        counted = -(-counted // shifts)  # nobody knows how they are spread: the shifts are taken as equal
    by_pupils = target.per_pupil_bps * counted if counted > target.above_pupils else 0.0
    return max(target.per_school_bps, by_pupils) or None
