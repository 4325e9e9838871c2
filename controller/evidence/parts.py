"""The parts of an evidence file, their order, and those that follow from others. Pure.

``derived`` is the one function behind both halves: the builder writes what it gives, the verifier compares with it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from controller.evidence.coverage import coverage, reasons
from controller.evidence.derive import Record, Records
from controller.evidence.verdict import main_of, verdict
from inventory.registry.harmless import harmless

README, STATEMENT, BOXES, INDEX, SEALS, UNSEALED = (
    "README.txt", "statement.json", "boxes.json", "seals.json", "seals.jsonl", "unsealed.json",
)  # fmt: skip
DERIVED = (
    "results.json", "windows.json", "states.json", "raw.json", "coverage.json", "verdict.json",
    "results.csv", "windows.csv", "states.csv", "raw.csv",
)  # fmt: skip
PROVINCE, PDF = "province.pem", "report.pdf"
NAMES = (README, STATEMENT, BOXES, INDEX, SEALS, UNSEALED, *DERIVED, PROVINCE, PDF)  # then the manifest's two

RESULT_COLUMNS = (
    "at", "box_at", "duration", "outcome", "reason", "is_valid", "excluded", "scope", "mode", "medium", "down_bps",
    "up_bps", "rtt", "agent", "seq", "item", "sealed",
)  # fmt: skip
WINDOW_COLUMNS = (
    "at", "box_at", "seconds", "name", "target", "address", "count", "lost", "min", "median", "p95", "max", "jitter",
    "agent", "seq", "item", "sealed",
)  # fmt: skip
STATE_COLUMNS = ("at", "box_at", "subject", "before", "after", "detail", "agent", "seq", "item", "sealed")
RAW_COLUMNS = ("around", "subject", "at", "name", "value", "target", "agent", "seq", "item", "sealed")


def dump(value: Any) -> bytes:
    return orjson.dumps(value)


def derived(statement: Mapping[str, Any], records: Records) -> dict[str, bytes]:
    """The content of every part of ``DERIVED``."""
    zone, main = ZoneInfo(statement["zone"]), main_of(statement)
    return {
        "results.json": dump(records.results),
        "windows.json": dump(records.windows),
        "states.json": dump(records.states),
        "raw.json": dump(records.raw),
        "coverage.json": dump(coverage(statement, records)),
        "verdict.json": dump(verdict(statement, records)),
        "results.csv": _csv(RESULT_COLUMNS, (_result(record, main) for record in records.results), zone),
        "windows.csv": _csv(WINDOW_COLUMNS, (_window(record) for record in records.windows), zone),
        "states.csv": _csv(STATE_COLUMNS, records.states, zone),
        "raw.csv": _csv(RAW_COLUMNS, _raw(records.raw), zone),
    }


def _result(record: Record, main: Collection[str]) -> Record:
    return {**record, "excluded": " ".join(reasons(record, main))}


def _window(record: Record) -> Record:
    labels = record["labels"]
    return {**record, "target": labels.get("target"), "address": labels.get("address")}


def _raw(records: Iterable[Record]) -> Iterable[Record]:
    for record in records:
        for sample in record["samples"]:
            own = {"around": record["at"], "target": sample["labels"].get("target")}
            yield {**record, **sample, **own}


def _csv(columns: Sequence[str], rows: Iterable[Record], zone: ZoneInfo) -> bytes:
    """UTF-8 with its mark; times in the province's zone; no cell runs as a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(name, row.get(name), zone) for name in columns])
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8", "replace")


def _cell(name: str, value: Any, zone: ZoneInfo) -> Any:
    if value is None:
        return ""
    if name in ("at", "box_at", "around"):
        return _moment(value, zone)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return harmless(value) if isinstance(value, str) else value


def _moment(at: float, zone: ZoneInfo) -> str:
    try:
        return dt.datetime.fromtimestamp(at, zone).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):  # a box's own clock may be wrong beyond any calendar
        return str(at)


def readme(statement: Mapping[str, Any]) -> bytes:
    """How to check the file, for whoever opens it first."""
    school, zone = statement["school"], ZoneInfo(statement["zone"])
    days = " – ".join(f"{dt.datetime.fromtimestamp(statement['period'][end], zone):%d/%m/%Y %H:%M}" for end in ENDS)
    return README_TEXT.format(code=school["code"], name=school["name"], days=days).encode()


ENDS = ("start", "end")
README_TEXT = """\
HỒ SƠ BẰNG CHỨNG / EVIDENCE FILE
{code} {name}
{days}

report.pdf là bản để đọc, có chữ ký số của tỉnh. Các tệp khác là dữ liệu làm nên bản đó.
report.pdf is for reading and is signed by the province. The other files are the data that it was made from.

Kiểm tra, không cần mạng / to check, without a network:  truongnet verify TỆP/FILE --ca CA-CỦA-TỈNH.pem

seals.jsonl     các gói do chính thiết bị ở trường ký / batches as the school's boxes sealed them
seals.json      mục lục của các gói đó / their index
boxes.json      khóa công khai của thiết bị, việc tỉnh nhận chúng / the boxes' public keys and acceptance
statement.json  điều tỉnh khai: trường, hợp đồng, quy tắc, kỳ / the province's word: school, contract, rule, period
unsealed.json   số liệu không còn niêm phong, lời của tỉnh / figures without a seal any more, the province's word
results, windows, states, raw (.json, .csv)   số liệu suy ra từ các gói / figures derived from the batches
coverage.json   điều còn thiếu, điều bị loại và lý do / what is missing, what is excluded and why
verdict.json    kết luận theo từng điều khoản / the verdict for each clause
province.pem    chứng thư của tỉnh / the province's certificates
manifest.json   mục lục có băm nối chuỗi, manifest.sig ký lên nó / every part's hash in a chain, signed by manifest.sig
"""
