"""What was measured: three charts, every speed test, every change of state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from reportlab.platypus import Flowable, KeepTogether

from controller.evidence.coverage import reasons
from controller.evidence.derive import Record
from controller.evidence.report import charts, layout
from controller.evidence.report.layout import NOTE, gap, heading, text
from controller.evidence.report.material import Material
from controller.evidence.report.words import NO_RAW, STATES, milli, number, reason, subject
from controller.evidence.verdict import main_of
from monitoring.boxes import is_at_router

MAX_TESTS = 400
MAX_STATES = 200


def measured(material: Material) -> Iterator[Flowable]:
    yield from heading("Biểu đồ")
    for title, drawing in _charts(material):
        yield KeepTogether([text(title, NOTE), drawing, gap(8)])
    yield from _tests(material)
    yield from _states(material)


def _charts(material: Material) -> Iterator[tuple[str, Flowable]]:
    main = main_of(material.statement)
    zone, start = ZoneInfo(material.statement["zone"]), material.start
    end = max(start + 3600, min(material.end, material.statement["made_at"]))
    lines = [
        (side, name, value)
        for way, name in (("down", "xuống"), ("up", "lên"))
        for side, value in (
            ("hợp đồng", material.promise.get(f"{way}_bps")),
            ("quy tắc", material.clause(way)["required"]),
        )
        if value is not None
    ]
    across: dict[tuple[str, float], str] = {}
    for side, name, value in lines:  # down and up promise the same often: one line, one name
        across[side, value] = f"{across[side, value]}, {name}" if (side, value) in across else f"{side}: {name}"
    results = [record for record in material.records.results if record["outcome"] == "ok"]
    yield (
        "Tốc độ của từng lần đo / throughput of each test",
        charts.throughput(results, main, [(name, value) for (_, value), name in across.items()], start, end, zone),
    )
    windows = [window for window in material.records.windows if is_at_router(window["agent"], main)]
    yield (
        "Độ trễ tới các đích đại diện cho đường truyền / latency",
        charts.latency(windows, material.clause("rtt")["required"], start, end, zone),
    )
    yield (
        "Độ khả dụng từng ngày, trên thời gian đo được / availability of each day",
        charts.days(windows, material.clause("availability")["required"], start, end, zone),
    )


def _tests(material: Material) -> Iterator[Flowable]:
    results = material.records.results
    yield from heading(f"Các lần đo tốc độ ({len(results)})")
    if not results:
        yield text("Không có lần đo nào trong kỳ.")
        return
    rows = [_test(material, record) for record in results[:MAX_TESTS]]
    head = ("Lúc", "Xuống Mbit/s", "Lên Mbit/s", "Độ trễ", "Tính?", "Lý do không tính", "Gói niêm phong")
    yield layout.table(head, rows, (14, 13, 12, 11, 9, 24, 18), right=" rrr")
    unseen = sum("others-unseen" in record["remarks"] for record in results)
    if unseen:
        yield text(
            f"Trong {unseen} lần đo, bộ định tuyến của trường không cho biết lưu lượng, nên không rõ lúc đó máy khác "
            "trong trường có dùng mạng hay không.",
            NOTE,
        )
    if len(results) > MAX_TESTS:
        yield text(f"Còn {len(results) - MAX_TESTS} lần đo nữa trong results.csv.", NOTE)


def _test(material: Material, record: Record) -> Sequence[object]:
    why = reasons(record, main_of(material.statement))
    rates = [_rate(record[name]) for name in ("down_bps", "up_bps")]
    return (
        material.days.short(record["at"]),
        *rates,
        milli(record["rtt"]),
        "không" if why else "có",
        ", ".join(reason(code) for code in why),
        seal_of(record),
    )


def _rate(bps: float | None) -> str:
    return "–" if bps is None else number(bps / 1e6)


def seal_of(record: Record) -> str:
    return f"{record['agent'][:8]}… số {record['seq']}" if record["sealed"] else "không còn niêm phong"


def _states(material: Material) -> Iterator[Flowable]:
    states = material.records.states
    yield from heading(f"Thay đổi trạng thái ({len(states)})")
    if not states:
        yield text("Thiết bị không ghi nhận thay đổi trạng thái nào trong kỳ.")
        return
    yield text(_raw_words(len(material.records.raw), material.coverage["states_without_raw"]), NOTE)
    rows = [
        (
            material.days.short(record["at"]),
            subject(record["subject"]),
            f"từ {_state(record['before'])} sang {_state(record['after'])}",
            record["detail"][:120],
            seal_of(record),
        )
        for record in states[:MAX_STATES]
    ]
    yield layout.table(("Lúc", "Cái gì", "Thay đổi", "Chi tiết", "Gói niêm phong"), rows, (14, 26, 22, 22, 18))
    if len(states) > MAX_STATES:
        yield text(f"Còn {len(states) - MAX_STATES} thay đổi nữa trong states.csv.", NOTE)


def _raw_words(parts: int, without: Sequence[Record]) -> str:
    """What raw samples there are, and of how many changes there are none, and why."""
    said = f"Mẫu thô của mười phút trước và sau các thay đổi ({parts} đoạn) nằm trong raw.json và raw.csv."
    counts = Counter(one["why"] for one in without)
    if not counts:
        return f"{said} Mọi thay đổi đều có."
    whys = ", ".join(f"{counts[code]} {words}" for code, words in NO_RAW.items() if counts[code])
    return f"{said} {len(without)} thay đổi không có mẫu thô: {whys} (coverage.json)."


def _state(name: str) -> str:
    return STATES.get(name, name) or "chưa rõ"
