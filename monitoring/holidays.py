"""Public holidays of Viet Nam, 2026 to 2030, as data.

Which days: article 112 of the Labour Code 2019 (no. 45/2019/QH14): New Year's Day, five days of Tết, the Hùng Kings'
commemoration (10th of the third lunar month), 30 April, 1 May, and two days around 2 September. Lunar dates are those
of the Vietnamese calendar (UTC+7), computed by the method of Hồ Ngọc Đức, "Computing the Vietnamese lunar calendar"
(after Jean Meeus, Astronomical Algorithms); a test computes them again. In 2030 Tết is one day before the Chinese New
Year.

The law leaves open each year which fifth day Tết gets and whether 1 or 3 September is free; the government decides in
the autumn before, and weekends are made up for by days that it names too. Such days have ``is_sure`` False: they are
shown as to be confirmed, and count only when a person enters them. (A day taken for free by mistake would let a full
test run into a lesson.) The same holds for 24 November, the Day of Vietnamese Culture, which the Politburo's
resolution 80-NQ/TW of 2026 makes a paid holiday.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

FIRST_YEAR, LAST_YEAR = 2026, 2030

# First day of the lunar year, and the 10th of its third month.
LUNAR: Mapping[int, tuple[tuple[int, int], tuple[int, int]]] = MappingProxyType(
    {
        2026: ((2, 17), (4, 26)),
        2027: ((2, 6), (4, 16)),
        2028: ((1, 26), (4, 4)),
        2029: ((2, 13), (4, 23)),
        2030: ((2, 2), (4, 12)),
    }
)


@dataclass(frozen=True, slots=True)
class Holiday:
    date: dt.date
    vi: str
    en: str
    is_sure: bool = True  # False: to be confirmed each year by the government's decision


def holidays_of(year: int) -> tuple[Holiday, ...]:
    """In order; empty for a year that is not known here."""
    return tuple(sorted(_of(year), key=lambda holiday: holiday.date)) if year in LUNAR else ()


def _of(year: int) -> Iterator[Holiday]:
    tet, kings = (dt.date(year, *day) for day in LUNAR[year])
    yield Holiday(dt.date(year, 1, 1), "Tết Dương lịch", "New Year's Day")
    yield Holiday(tet - dt.timedelta(days=2), "Trước Tết Nguyên đán", "Before Tết", is_sure=False)
    yield Holiday(tet - dt.timedelta(days=1), "Giao thừa Tết Nguyên đán", "Eve of Tết")
    for number in range(1, 4):
        yield Holiday(tet + dt.timedelta(days=number - 1), f"Mùng {number} Tết Nguyên đán", f"Tết, day {number}")
    yield Holiday(tet + dt.timedelta(days=3), "Mùng 4 Tết Nguyên đán", "Tết, day 4", is_sure=False)
    yield Holiday(kings, "Giỗ Tổ Hùng Vương", "Hùng Kings' commemoration")
    yield Holiday(dt.date(year, 4, 30), "Ngày Giải phóng miền Nam", "Reunification Day")
    yield Holiday(dt.date(year, 5, 1), "Quốc tế Lao động", "Labour Day")
    yield Holiday(dt.date(year, 9, 1), "Trước Quốc khánh", "Before National Day", is_sure=False)
    yield Holiday(dt.date(year, 9, 2), "Quốc khánh", "National Day")
    yield Holiday(dt.date(year, 9, 3), "Sau Quốc khánh", "After National Day", is_sure=False)
    yield Holiday(dt.date(year, 11, 24), "Ngày Văn hóa Việt Nam", "Day of Vietnamese Culture", is_sure=False)


@lru_cache(maxsize=8)
def sure_days(year: int) -> frozenset[dt.date]:
    """The days of a year that are free by law, whatever the government decides."""
    return frozenset(holiday.date for holiday in holidays_of(year) if holiday.is_sure)
