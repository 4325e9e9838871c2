"""Whether a contract's numbers can be: each check with its own plain message. Pure; one place for forms, API and files.

A check looks at values that are each of the right kind already; it speaks of those that do not fit together, or that
only a slip of the pen makes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from inventory.registry.issues import Said

Values = Mapping[str, Any]
Found = Iterator[tuple[str, Said]]
SLOWEST, FASTEST = 128e3, 100e9  # bit/s
MAX_TERM_DAYS = 20 * 366
EARLIEST, LATEST = "1995-01-01", "2100-01-01"
FREE_OF_CHARGE_BELOW = 10_000  # VND: less is a price in thousands
DEAREST_PER_MBIT = 5_000_000  # VND a month for 1 Mbit/s; a satellite costs a tenth of it
LEAST_CAP = 1e9  # bytes


def problems(link: Values) -> Found:
    """(field, why) of everything that cannot be; ``link`` has the fields of a contract, missing ones are unknown."""
    for check in CHECKS:
        yield from check(link)


def _rates(link: Values) -> Found:
    for name in ("down_bps", "up_bps"):
        rate = link.get(name)
        if rate is not None and rate < SLOWEST:
            yield (
                name,
                Said(
                    "too-slow",
                    "chậm hơn 128 kbit/s: có phải bạn định ghi Mbit/s?",
                    "below 128 kbit/s: did you mean Mbit/s?",
                ),
            )
        if rate is not None and rate > FASTEST:
            yield (
                name,
                Said(
                    "too-fast",
                    "nhanh hơn 100 Gbit/s: không đường nào như vậy",
                    "above 100 Gbit/s: there is no such line",
                ),
            )


def _ways(link: Values) -> Found:
    down, up = link.get("down_bps"), link.get("up_bps")
    if not down or not up:
        return
    if up > down * 100:
        yield (
            "up_bps",
            Said(
                "up-against-down",
                "tải lên gấp hơn 100 lần tải xuống: có phải ghi nhầm đơn vị hoặc nhầm cột?",
                "upload above 100 times download: a wrong unit or column?",
            ),
        )
    if down > up * 1000:
        yield (
            "up_bps",
            Said(
                "down-against-up",
                "tải xuống gấp hơn 1.000 lần tải lên: có phải ghi nhầm đơn vị?",
                "download above 1,000 times upload: a wrong unit?",
            ),
        )


def _price(link: Values) -> Found:
    price, down = link.get("price_vnd"), link.get("down_bps")
    if price is None:
        return
    if price < 0:
        yield "price_vnd", Said("negative", "giá không thể là số âm", "a price cannot be negative")
    elif 0 < price < FREE_OF_CHARGE_BELOW:
        yield (
            "price_vnd",
            Said(
                "in-thousands",
                "dưới 10.000 đồng một tháng: có phải bạn ghi theo nghìn đồng?",
                "below 10,000 đồng a month: did you write thousands?",
            ),
        )
    elif down and price / (down / 1e6) > DEAREST_PER_MBIT:
        yield (
            "price_vnd",
            Said(
                "too-dear",
                "trên 5 triệu đồng một tháng cho mỗi Mbit/s: hãy xem lại giá và tốc độ",
                "above 5 million đồng a month for each Mbit/s: check price and rate",
            ),
        )


def _term(link: Values) -> Found:
    start, end = link.get("starts_on"), link.get("ends_on")
    for name, day in (("starts_on", start), ("ends_on", end)):
        if day and not EARLIEST <= day < LATEST:
            yield name, Said("year", "năm phải từ 1995 đến 2099", "the year must be from 1995 to 2099")
            return
    if start and end and end < start:
        yield "ends_on", Said("ends-first", "hợp đồng hết hạn trước khi có hiệu lực", "the term ends before it begins")
    elif start and end and (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days > MAX_TERM_DAYS:
        yield "ends_on", Said("too-long", "thời hạn dài hơn 20 năm", "a term of more than 20 years")


def _service(link: Values) -> Found:
    availability, rtt = link.get("availability"), link.get("max_rtt")
    if availability is not None and availability < 0.5:
        yield (
            "availability",
            Said(
                "share", "ghi theo phần trăm, từ 50 đến 100, ví dụ 99,5", "write percent, from 50 to 100, such as 99.5"
            ),
        )
    if availability is not None and availability > 1:
        yield "availability", Said("above-all", "không thể quá 100 %", "cannot be above 100 %")
    if rtt is not None and not 0.001 <= rtt <= 2.0:
        yield "max_rtt", Said("rtt", "độ trễ phải từ 1 đến 2.000 ms", "a latency must be from 1 to 2,000 ms")


def _cap(link: Values) -> Found:
    cap = link.get("data_cap_bytes")
    if cap is not None and cap < LEAST_CAP:
        yield (
            "data_cap_bytes",
            Said("small-cap", "dưới 1 GB một tháng: có phải ghi nhầm đơn vị?", "below 1 GB a month: a wrong unit?"),
        )


def _excluded(link: Values) -> Found:
    """Maintenance that leaves nothing to be held against anyone."""
    hours = 0.0
    for entry in link.get("excluded") or ():
        if len(entry) == 3:
            first, past = (int(text[:2]) + int(text[3:5]) / 60 for text in entry[1:])
            hours += (past - first) * (7 if entry[0] == "daily" else 1)
    if hours > 84:
        yield (
            "excluded",
            Said(
                "too-much",
                "giờ bảo trì chiếm hơn nửa tuần: hợp đồng như vậy không còn cam kết gì",
                "maintenance of more than half a week: such a contract promises nothing",
            ),
        )


CHECKS: tuple[Callable[[Values], Found], ...] = (_rates, _ways, _price, _term, _service, _cap, _excluded)
FIELDS = (
    "down_bps", "up_bps", "price_vnd", "starts_on", "ends_on", "availability", "max_rtt", "data_cap_bytes", "excluded",
)  # fmt: skip
