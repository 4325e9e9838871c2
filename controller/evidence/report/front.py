"""The first page: whose line, which contract, which rule, what came out, and how far that is proven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable, Table, TableStyle

from controller.evidence.report import layout
from controller.evidence.report.layout import BODY, BODY_WIDTH, NOTE, SUBTITLE, TITLE, gap, heading, pairs, rich, text
from controller.evidence.report.material import Material
from controller.evidence.report.words import (
    CLAUSES,
    CONCLUSIONS,
    STATISTICS,
    VERDICTS,
    duration,
    figure,
    number,
    percent,
)
from controller.evidence.verdict import verdict as judged

COLOURS = {"met": "#2f7d4f", "not-met": "#b3261e"}
PLAIN = "#66758a"


def front(material: Material) -> Iterator[Flowable]:
    statement = material.statement
    school = statement["school"]
    yield rich("HỒ SƠ BẰNG CHỨNG", TITLE)
    yield rich("Chất lượng đường truyền Internet của trường  ·  Evidence file: a school's Internet line", SUBTITLE)
    if school["is_sample"] or school["is_demo"]:
        yield rich(
            "<b>DỮ LIỆU MẪU, không phải số đo thật.</b> Sample data: nothing here was measured on a real line.",
            layout.style("sample", 10, textColor=HexColor("#b3261e"), spaceAfter=8),
        )
    yield pairs(
        [
            ("Trường / school", f"{school['name']} ({school['code']})"),
            ("Địa bàn / place", ", ".join(part for part in (school["address"], school["commune"]) if part) or "–"),
            ("Kỳ / period", material.days.period(material.start, material.end)),
            ("Lập lúc / made", f"{material.days.moment(statement['made_at'])} · {statement['province']}"),
            *_contract(material),
        ]
    )
    yield gap(10)
    yield _conclusion(material)
    yield gap(8)
    yield from heading("Kết luận theo từng điều khoản")
    yield _clauses(material)
    yield gap(4)
    yield text(_basis(material), NOTE)
    yield from heading("Quy tắc đánh giá")
    yield from _rule(statement["rule"])
    yield from heading("Summary in English")
    yield text(_english(material), BODY)


def _contract(material: Material) -> list[tuple[str, str]]:
    contract, promise = material.statement["contract"], material.promise
    if contract is None:
        return [("Hợp đồng / contract", "chưa có trong sổ đăng ký / not in the registry")]
    speed = " / ".join(figure(name, promise.get(f"{name}_bps")) for name in ("down", "up"))
    term = " – ".join(promise.get(name) or "…" for name in ("starts_on", "ends_on"))
    said = [
        contract["provider"] or "nhà cung cấp chưa ghi",
        f"số {contract['number']}" if contract["number"] else "",
        f"xuống / lên {speed}",
        f"hiệu lực {term}" if promise.get("starts_on") or promise.get("ends_on") else "",
        f"{number(contract['price_vnd'], 0)} đ một tháng" if contract["price_vnd"] is not None else "",
    ]
    row = ("Hợp đồng / contract", "  ·  ".join(part for part in said if part))
    if not contract.get("is_later"):
        return [row]
    on = material.days.moment(contract["changed_at"])
    return [
        row,
        (
            "Lưu ý / note",
            f"hợp đồng như ghi trong sổ ngày {on}, sau khi kỳ này bắt đầu; trước đó có thể đã khác "
            f"/ contract as entered on {on}, after this period began; it may have been another before",
        ),
    ]


def _conclusion(material: Material) -> Table:
    """One sentence in each language, in a box."""
    verdict = material.verdict["verdict"]
    vi, en = CONCLUSIONS[verdict]
    sealed, whole = material.sealed
    colour = HexColor(COLOURS.get(verdict, PLAIN))
    if not whole:
        proven = "Trong kỳ này không có số liệu nào."
    elif sealed == whole:
        proven = (
            f"Cả {number(whole, 0)} bản ghi đều do thiết bị ở trường niêm phong, và các niêm phong nằm trong hồ sơ."
        )
    else:
        proven = (
            f"{number(sealed, 0)} trên {number(whole, 0)} bản ghi ({percent(sealed / whole, 1)}) có niêm phong của "
            "thiết bị; phần còn lại chỉ là lời của tỉnh."
        )
    cells = [[text(vi, layout.BIG)], [text(en, NOTE)], [text(proven, BODY)]]
    made = Table(cells, [BODY_WIDTH])
    made.setStyle(
        TableStyle(
            [
                ("LINEBEFORE", (0, 0), (0, -1), 4, colour),
                ("BACKGROUND", (0, 0), (-1, -1), layout.STRIPE),
                ("LEFTPADDING", (0, 0), (-1, -1), 12),
                ("TOPPADDING", (0, 0), (-1, 0), 8),
                ("BOTTOMPADDING", (0, -1), (-1, -1), 6),
                ("TOPPADDING", (0, 1), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -2), 0),
            ]
        )
    )
    return made


def _clauses(material: Material) -> Flowable:
    rows = []
    for clause in material.verdict["clauses"]:
        name, verdict = clause["name"], clause["verdict"]
        vi, en = CLAUSES[name]
        colour = COLOURS.get(verdict, PLAIN)
        bound = "" if clause["required"] is None else ("tối đa " if name == "rtt" else "tối thiểu ")
        rows.append(
            [
                rich(f'{vi}<br/><font size="6.8" color="{PLAIN}">{en}</font>', layout.CELL),
                figure(name, clause["promised"]),
                bound + figure(name, clause["required"]) if bound else "–",
                figure(name, clause["figure"]),
                _spread(name, clause["all"]),
                rich(f'<font color="{colour}"><b>{VERDICTS[verdict][0]}</b></font>{_more(clause)}', layout.CELL),
            ]
        )
    head = ("Điều khoản", "Hợp đồng", "Quy tắc đòi", "Đo được", "Trung vị (p10 – p90), số lần", "Kết luận")
    return layout.table(head, rows, (16, 12.5, 19, 12.5, 24, 16))


def _spread(name: str, figures: Mapping[str, Any]) -> str:
    if not figures["n"]:
        return "–"
    if name == "availability":
        return f"{figures['n']} giờ đo được"
    low, high = figure(name, figures["low"]).split(" ")[0], figure(name, figures["high"])
    return f"{figure(name, figures['median']).split(' ')[0]} ({low} – {high}), {figures['n']}"


def _more(clause: Mapping[str, Any]) -> str:
    units = {"tests": "lần đo", "days": "ngày đo", "hours": "giờ đo"}
    wanted = ", ".join(f"{count:g} {units.get(name, name)}" for name, count in clause["more"].items())
    return f'<br/><font size="6.8">cần thêm {wanted}</font>' if wanted else ""


def _basis(material: Material) -> str:
    verdict, basis = material.verdict, material.verdict["basis"]
    time = verdict["time"]
    measured = time["up"] + time["down"]
    own, planned = left_out_of(material)
    left_out = f", loại theo hợp đồng {duration(own)}" if own else ""
    left_out += f", loại vì công việc có kế hoạch {duration(planned)}" if planned else ""
    left_out += f", loại vì mất cả bộ định tuyến của trường {duration(time['inside'])}" if time["inside"] else ""
    left_out += f", loại vì đi qua Wi-Fi hay đường dự phòng {duration(time['other'])}" if time["other"] else ""
    return (
        f"Dựa trên {basis['tests']} lần đo hợp lệ của {verdict['test_days']} ngày "
        f"({basis['tests_sealed']} có niêm phong) và {duration(measured)} đo được{left_out}. "
        "Chưa đo được không được tính là đạt."
    )


def left_out_of(material: Material) -> tuple[float, float]:
    """Seconds that the contract's own maintenance takes out of the verdict, and those of planned work alone."""
    contract, whole = material.statement["contract"] or {}, float(material.verdict["time"]["excluded"])
    works = contract.get("planned_work")
    if not works:
        return whole, 0.0
    entries = contract["promise"]["excluded"]
    promise = {**contract["promise"], "excluded": entries[: len(entries) - len(works)]}
    without = judged({**material.statement, "contract": {**contract, "promise": promise}}, material.records)
    own = float(without["time"]["excluded"])
    return own, max(0.0, whole - own)


def _rule(rule: Mapping[str, Any]) -> Iterator[Flowable]:
    statistic = STATISTICS[rule["statistic"]][0]
    hours = "giờ học (tốc độ: giờ trường mở cửa)" if rule["hours"] == "school" else "mọi giờ"
    yield pairs(
        [
            ("Quy tắc", rule["vi"]),
            ("Ấn bản", rule["edition"] or "do tỉnh đặt"),
            ("Nguồn", rule["source"] or "–"),
            ("Cách tính", f"{statistic} của các lần đo, {hours}; ít nhất {rule['min_tests']} lần đo trong "
             f"{rule['min_days']} ngày và {rule['min_hours']:g} giờ đo"),
        ]
    )  # fmt: skip
    if rule["note_vi"]:
        yield gap(3)
        yield text(rule["note_vi"], NOTE)


def _english(material: Material) -> str:
    rule, basis = material.statement["rule"], material.verdict["basis"]
    found = "; ".join(
        f"{CLAUSES[clause['name']][1].lower()} {figure(clause['name'], clause['figure'])} "
        f"against {figure(clause['name'], clause['required'])} ({VERDICTS[clause['verdict']][1].lower()})"
        for clause in material.verdict["clauses"]
        if clause["required"] is not None
    )
    sealed, whole = material.sealed
    planned = left_out_of(material)[1]
    work = f"{planned / 60:.0f} minutes of planned work are left out besides the contract's own. " if planned else ""
    time = material.verdict["time"]
    work += (
        f"{time['inside'] / 60:.0f} minutes without the school's own router are left out. " if time["inside"] else ""
    )
    work += f"{time['other'] / 60:.0f} minutes over Wi-Fi or a spare line are left out. " if time["other"] else ""
    return (
        f"{CONCLUSIONS[material.verdict['verdict']][1]} "
        f"Rule: {rule['en']}, {rule['edition'] or 'set by the province'}. "
        f"{found[:1].upper() + found[1:] + '. ' if found else ''}Judged by {basis['tests']} valid tests. "
        f"{work}"
        f"{sealed} of {whole} records rest on seals of the school's own box that are part of this file; check them "
        "offline with “truongnet verify”. Numbers are written the Vietnamese way: a comma before the fraction."
    )
