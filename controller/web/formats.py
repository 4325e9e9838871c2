"""Numbers, times and rates as people of either language write them. ``None`` is always an en dash: no figure."""

from __future__ import annotations

import datetime as dt
import math
from zoneinfo import ZoneInfo

from controller.web.i18n import N_, Translate

NOTHING = "–"
UNITS = (
    (86_400, N_("{n} ngày")),
    (3_600, N_("{n} giờ")),
    (60, N_("{n} phút")),
    (1, N_("{n} giây")),
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = (
    N_("Thứ Hai"), N_("Thứ Ba"), N_("Thứ Tư"), N_("Thứ Năm"), N_("Thứ Sáu"), N_("Thứ Bảy"), N_("Chủ Nhật"),
)  # fmt: skip


class Format:
    def __init__(self, translate: Translate, zone: ZoneInfo, now: float) -> None:
        self._, self.zone, self.now = translate, zone, now

    @property
    def lang(self) -> str:
        return self._.lang

    def number(self, value: float | None, digits: int = 0) -> str:
        """1.234,5 in Vietnamese, 1,234.5 in English."""
        if value is None or not math.isfinite(value):
            return NOTHING
        text = f"{value:,.{digits}f}"
        return text if self.lang == "en" else text.translate(str.maketrans(",.", ".,"))

    def short(self, value: float | None) -> str:
        """Two or three significant digits."""
        if value is None:
            return NOTHING
        size = abs(value)
        return self.number(value, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.005 else 0)

    def percent(self, part: float | None, whole: float | None = 1.0, digits: int = 1) -> str:
        """``part`` of ``whole``; nothing of nothing is no figure."""
        if part is None or not whole:
            return NOTHING
        return f"{self.number(100 * part / whole, digits)}\N{NO-BREAK SPACE}%"

    def mbps(self, bits_per_second: float | None) -> str:
        """Bits a second as Mbit/s."""
        if bits_per_second is None:
            return NOTHING
        return f"{self.short(bits_per_second / 1e6)}\N{NO-BREAK SPACE}Mbit/s"

    def ms(self, seconds: float | None) -> str:
        if seconds is None:
            return NOTHING
        return f"{self.short(seconds * 1000)}\N{NO-BREAK SPACE}ms"

    def size(self, count: float | None) -> str:
        """Bytes, in powers of 1000."""
        if count is None:
            return NOTHING
        for unit in ("B", "kB", "MB", "GB", "TB"):
            if abs(count) < 1000 or unit == "TB":
                return f"{self.number(count) if unit == 'B' else self.short(count)}\N{NO-BREAK SPACE}{unit}"
            count /= 1000
        return NOTHING

    def local(self, at: float) -> dt.datetime:
        return dt.datetime.fromtimestamp(at, self.zone)

    def day(self, at: float | None) -> str:
        if at is None:
            return NOTHING
        return self._day(self.local(at))

    def iso_day(self, day: str) -> str:
        """ "2026-11-25" as people write it."""
        return self._day(dt.date.fromisoformat(day))

    def _day(self, day: dt.date) -> str:
        if self.lang == "en":
            return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        return f"{day.day:02}/{day.month:02}/{day.year}"

    def clock(self, at: float | None) -> str:
        return NOTHING if at is None else f"{self.local(at):%H:%M}"

    def moment(self, at: float | None) -> str:
        """25/11/2026 17:05, or 25 Nov 2026 17:05."""
        return NOTHING if at is None else f"{self.day(at)} {self.clock(at)}"

    def weekday(self, at: float) -> str:
        return self._(WEEKDAYS[self.local(at).weekday()])

    def iso(self, at: float | None) -> str:
        """For the ``datetime`` attribute."""
        return "" if at is None else self.local(at).isoformat(timespec="seconds")

    def duration(self, seconds: float | None) -> str:
        """The two largest units: "3 ngày 4 giờ"."""
        if seconds is None:
            return NOTHING
        rest = max(0, round(seconds))
        if rest >= 600:
            rest -= rest % 60  # nobody counts seconds after ten minutes
        parts: list[str] = []
        for size, text in UNITS:
            count, rest = divmod(rest, size)
            if count or (size == 1 and not parts):
                parts.append(self._.count(text, count))
            elif parts:
                break  # "3 days", not "3 days 12 seconds"
            if len(parts) == 2:
                break
        return " ".join(parts)

    def ago(self, at: float | None) -> str:
        """How long since; a moment ahead of us counts as now."""
        if at is None:
            return NOTHING
        if self.now - at < 10:
            return self._(N_("vừa xong"))
        seconds = self.now - at
        if seconds >= 60:
            seconds -= seconds % 60
        return self._(N_("{duration} trước"), duration=self.duration(seconds))
