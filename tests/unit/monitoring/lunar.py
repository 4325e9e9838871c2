"""The Vietnamese lunar calendar from astronomy, to check a table of dates against.

After Hồ Ngọc Đức, "Computing the Vietnamese lunar calendar" (formulas of J. Meeus, Astronomical Algorithms, 1998): a
month begins on the day, in UTC+7, of a new moon; the eleventh holds the winter solstice; a year of thirteen months has
its leap month where the sun enters no new sign.
"""

from __future__ import annotations

import datetime as dt
from math import floor, pi, sin

ZONE = 7 / 24  # days
RADIAN = pi / 180


def _julian(day: dt.date) -> int:
    return day.toordinal() + 1_721_425


def _date(julian: int) -> dt.date:
    return dt.date.fromordinal(julian - 1_721_425)


def _new_moon(k: int) -> float:
    """Julian date of the k-th new moon after 1 January 1900."""
    t = k / 1236.85
    mean = 2415020.75933 + 29.53058868 * k + 0.0001178 * t**2 - 0.000000155 * t**3
    mean += 0.00033 * sin((166.56 + 132.87 * t - 0.009173 * t**2) * RADIAN)
    m = (359.2242 + 29.10535608 * k - 0.0000333 * t**2 - 0.00000347 * t**3) * RADIAN
    p = (306.0253 + 385.81691806 * k + 0.0107306 * t**2 + 0.00001236 * t**3) * RADIAN
    f = (21.2964 + 390.67050646 * k - 0.0016528 * t**2 - 0.00000239 * t**3) * RADIAN
    c = (0.1734 - 0.000393 * t) * sin(m) + 0.0021 * sin(2 * m) - 0.4068 * sin(p) + 0.0161 * sin(2 * p)
    c += -0.0004 * sin(3 * p) + 0.0104 * sin(2 * f) - 0.0051 * sin(m + p) - 0.0074 * sin(m - p)
    c += 0.0004 * sin(2 * f + m) - 0.0004 * sin(2 * f - m) - 0.0006 * sin(2 * f + p) + 0.0010 * sin(2 * f - p)
    c += 0.0005 * sin(2 * p + m)
    return mean + c - (-0.000278 + 0.000265 * t + 0.000262 * t**2)


def _month_start(k: int) -> int:
    return floor(_new_moon(k) + 0.5 + ZONE)


def _sign(julian: int) -> int:
    """Which twelfth of its circle the sun is in at midnight."""
    t = (julian - 0.5 - ZONE - 2451545.0) / 36525
    m = (357.5291 + 35999.0503 * t - 0.0001559 * t**2) * RADIAN
    longitude = 280.46645 + 36000.76983 * t + 0.0003032 * t**2
    longitude += (1.9146 - 0.004817 * t) * sin(m) + (0.019993 - 0.000101 * t) * sin(2 * m) + 0.00029 * sin(3 * m)
    return floor(longitude % 360 / 30)


def _eleventh(year: int) -> int:
    """Day on which the month of the winter solstice begins."""
    k = floor((_julian(dt.date(year, 12, 31)) - 2415021) / 29.530588853)
    start = _month_start(k)
    return _month_start(k - 1) if _sign(start) >= 9 else start


def _leap(eleventh: int) -> int:
    k = floor((eleventh - 2415021.076998695) / 29.530588853 + 0.5)
    return next(i for i in range(1, 14) if _sign(_month_start(k + i)) == _sign(_month_start(k + i + 1)))


def solar_of(day: int, month: int, year: int) -> dt.date:
    """The date of a lunar day (not of a leap month)."""
    first, second = (_eleventh(year - 1), _eleventh(year)) if month < 11 else (_eleventh(year), _eleventh(year + 1))
    offset = (month - 11) % 12
    if second - first > 365 and offset >= _leap(first):
        offset += 1
    k = floor(0.5 + (first - 2415021.076998695) / 29.530588853)
    return _date(_month_start(k + offset) + day - 1)
