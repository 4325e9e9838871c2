"""What is missing, what was excluded, and what the proof rests on: seals, keys, certificates, and their limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from reportlab.platypus import Flowable

from controller.evidence import trust
from controller.evidence.acceptance import ACCEPTED
from controller.evidence.report import layout
from controller.evidence.report.layout import BODY, MONO, NOTE, gap, heading, pairs, rich, text
from controller.evidence.report.material import Material
from controller.evidence.report.words import GAPS, duration, number, percent, reason
from controller.evidence.verdict import main_of
from monitoring.boxes import is_at_router

MAX_GAPS = 60
KINDS = {
    "results": "lần đo tốc độ",
    "windows": "cửa sổ đo",
    "states": "thay đổi trạng thái",
    "raw": "đoạn mẫu thô",
    "thinned": "lần bỏ bớt",
}


def proof(material: Material) -> Iterator[Flowable]:
    yield from _missing(material)
    yield from _excluded(material)
    yield from _seals(material)
    yield from _boxes(material)
    yield from _how(material)


def _missing(material: Material) -> Iterator[Flowable]:
    coverage = material.coverage
    yield from heading("Điều còn thiếu")
    whole, lacking = coverage["seconds"], coverage["missing_seconds"]
    if not coverage["gaps"]:
        yield text("Không có khoảng trống nào dài hơn một phút trong kỳ.")
        return
    share = percent(lacking / whole, 1) if whole else "–"
    yield text(
        f"{coverage['gaps']} khoảng trống, tổng cộng {duration(lacking)} ({share} của kỳ). Thời gian đó không được "
        "tính là thông, cũng không được tính là mất."
    )
    longest = sorted(coverage["missing"], key=lambda gap: gap["start"] - gap["end"])[:MAX_GAPS]
    rows = [
        (
            material.days.moment(one["start"]),
            material.days.moment(one["end"]),
            duration(one["end"] - one["start"]),
            GAPS[one["why"]],
        )
        for one in sorted(longest, key=lambda gap: gap["start"])
    ]
    yield layout.table(("Từ", "Đến", "Dài", "Vì sao"), rows, (17, 17, 15, 40))
    if coverage["gaps"] > len(rows):
        yield text(f"Đây là {len(rows)} khoảng dài nhất; tất cả nằm trong coverage.json.", NOTE)


def _excluded(material: Material) -> Iterator[Flowable]:
    excluded = material.coverage["excluded"]
    yield from heading("Điều bị loại")
    if not excluded:
        yield text("Không có lần đo nào bị loại.")
        return
    counts = Counter(code for one in excluded for code in one["why"])
    yield text(
        f"{len(excluded)} lần đo không dùng để kết luận; không nhà mạng nào bị quy trách nhiệm vì chúng. Chúng vẫn nằm "
        "trong hồ sơ. Một lần đo có thể có nhiều lý do."
    )
    rows = [(reason(code), code, number(count, 0)) for code, count in sorted(counts.items(), key=lambda one: -one[1])]
    yield layout.table(("Lý do", "Mã", "Số lần đo"), rows, (60, 25, 15), right="  r")


def _seals(material: Material) -> Iterator[Flowable]:
    coverage = material.coverage
    yield from heading("Niêm phong")
    yield text(
        "Mỗi gói số liệu được chính thiết bị ở trường ký bằng khóa riêng của nó ngay khi lưu, trước khi gửi đi. Hồ sơ "
        "chứa các gói nguyên bản đó; mọi con số ở đây được suy ra lại từ chúng.",
        BODY,
    )
    rows = [
        (KINDS[kind], number(one["records"], 0), number(one["sealed"], 0), number(one["records"] - one["sealed"], 0))
        for kind, one in coverage["seals"].items()
    ]
    yield layout.table(
        ("Loại", "Bản ghi", "Có niêm phong", "Không còn niêm phong"), rows, (40, 20, 20, 20), right=" rrr"
    )
    yield gap(4)
    lost = coverage["unsealed"]
    if lost is not None:
        yield text(
            f"Các bản ghi không còn niêm phong nằm từ {material.days.moment(lost['first'])} đến "
            f"{material.days.moment(lost['last'])}: gói gốc không được giữ, nên chúng chỉ là lời của tỉnh.",
        )
    if coverage["batches_with_devices"]:
        yield text(
            f"{coverage['batches_with_devices']} gói có niêm phong còn chứa danh mục máy hoặc kết quả quét mạng nội bộ "
            "của trường (tên máy, địa chỉ MAC), vì niêm phong phủ lên cả gói. Hãy cân nhắc trước khi chuyển hồ sơ đi.",
        )
    if coverage["unreadable"]:
        yield text(f"{len(coverage['unreadable'])} mục trong các gói không đọc được và đã để riêng (coverage.json).")


def _boxes(material: Material) -> Iterator[Flowable]:
    yield from heading("Thiết bị đo")
    if not material.boxes:
        yield text("Không có thiết bị nào có khóa trong kỳ.")
        return
    clocks = {one["agent"]: one for one in material.coverage["clocks"]}
    numbers = {one["agent"]: one for one in material.coverage["numbers"]}
    main = main_of(material.statement)
    for box in material.boxes:
        clock = clocks.get(box["id"])
        yield pairs(
            [
                ("Mã thiết bị", text(box["id"], MONO)),
                (
                    "Chỗ cắm",
                    "tại bộ định tuyến" if is_at_router(box["id"], main) else "nơi khác: không dùng để kết luận",
                ),
                ("Dấu vân tay", box["fingerprint"].replace("-", " · ")),
                ("Khóa công khai", text(box["public_key"], MONO)),
                ("Tỉnh đã nhận", _accepted(material, box)),
                ("Số gói", _numbers(numbers.get(box["id"]))),
                ("Đồng hồ", "–" if clock is None else f"lệch nhiều nhất {number(abs(clock['worst_seconds']), 1)} giây"),
            ],
            first=0.18,
        )
        yield gap(6)


def _numbers(some: Mapping[str, Any] | None) -> str:
    if some is None:
        return "–"
    return (
        f"từ {some['first']} đến {some['last']}: {some['in_file']} gói trong hồ sơ, {some['left_out']} gói ngoài hồ sơ "
        "(không có số liệu đường truyền của kỳ, hoặc không còn giữ)"
    )


def _accepted(material: Material, box: Mapping[str, Any]) -> str:
    rows = [row for row in box["audit"] if row["action"] == ACCEPTED]
    if not rows:
        return "không có dòng nhật ký của việc nhận (xem boxes.json)"
    row = rows[-1]
    at = material.days.moment(row["at"])
    return f"{at}, bởi {row['actor']}, sau khi so dấu vân tay; nhật ký số {row['id']}, băm {row['hash'][:16]}…"


def _how(material: Material) -> Iterator[Flowable]:
    own = material.own
    yield from heading("Kiểm tra hồ sơ", room=190)
    yield text(
        "Trên máy bất kỳ, không cần mạng: truongnet verify TỆP --ca CA.pem. Lệnh kiểm tra tệp nén, chữ ký, chuỗi băm, "
        "niêm phong từng gói, rồi suy ra lại mọi giá trị và kết luận. Hãy so dấu vân tay CA dưới đây với dấu mà tỉnh "
        "cho biết bằng đường khác."
    )
    yield pairs(
        [
            ("Dấu vân tay CA", text(trust.fingerprint(own.roots[0]), MONO)),
            ("Chứng thư ký hồ sơ", text(trust.fingerprint(own.manifest_certificate), MONO)),
            ("Chứng thư ký PDF", text(trust.fingerprint(own.pdf_certificate), MONO)),
            ("Chuỗi băm dữ liệu", text(material.link, MONO)),
        ],
        first=0.22,
    )
    yield gap(5)
    yield rich("<b>Giới hạn của bằng chứng</b>", BODY)
    yield text(
        "Niêm phong chứng minh thiết bị đã ghi gì, không chứng minh rằng không có gói nào bị giữ lại: thiết bị đánh số "
        "gói liên tục, nên số gói ngoài hồ sơ được nêu ở trên. Giờ ghi ở đây là giờ của "
        "tỉnh, tính từ đồng hồ chạy liên tục của thiết bị; "
        "đồng hồ riêng của thiết bị nằm trong niêm phong để đối chiếu. Hợp đồng, quy tắc và lịch học là lời khai của "
        "tỉnh. Chữ ký chưa có dấu thời gian của bên thứ ba."
    )
