"""``truongnet verify FILE``: checks an evidence file offline and says what it found, and what it trusts.

Exit code 0: genuine in itself (and by the CA that was named, if one was); 1: not genuine, or not checked to the end; 2:
wrong use, or the file cannot be read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from controller.evidence import trust
from controller.evidence.container import MAX_FILE
from controller.evidence.findings import COMPARE, STEPS, Checked, Words
from controller.evidence.verify import verify

FINGERPRINT = re.compile(r"^[0-9a-f]{64}$")
MAX_CA = 256 * 1024


class CannotRead(Exception):
    """A file that cannot be read; the text says why, Vietnamese first."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="truongnet verify",
        description="Kiểm tra hồ sơ bằng chứng, không cần mạng / check an evidence file, offline",
    )
    made.add_argument("file", type=Path, help="hồ sơ / the evidence file")
    made.add_argument("--ca", type=Path, action="append", default=[], help="CA mà bạn tin, PEM / a CA that you trust")
    made.add_argument(
        "--fingerprint", action="append", default=[], metavar="SHA256", help="dấu vân tay CA mà bạn tin / of a CA"
    )
    made.add_argument("--json", action="store_true", help="trả lời cho máy đọc / an answer for programs")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    try:
        extra = [one for file in arguments.ca for one in _certificates(file)]
        wanted = [_fingerprint(text) for text in arguments.fingerprint] + [trust.fingerprint(one) for one in extra]
        data = _read(arguments.file, MAX_FILE)
    except CannotRead as error:
        print(f"truongnet verify: {error}", file=sys.stderr)
        return 2
    checked = verify(data, wanted, extra)
    if arguments.json:
        print(json.dumps(as_json(checked), ensure_ascii=False))
    else:
        print("\n".join(lines(checked, str(arguments.file), len(data))))
    return 0 if checked.is_good else 1


def _read(file: Path, limit: int) -> bytes:
    """At most ``limit`` bytes of a regular file. Raises CannotRead."""
    try:
        with file.open("rb") as opened:
            if not stat.S_ISREG(file.stat().st_mode):
                raise CannotRead(f"{file}: không phải tệp thường / not a regular file")
            data = opened.read(limit + 1)
    except OSError as error:
        raise CannotRead(f"{file}: không đọc được / cannot be read: {error.strerror}") from None
    if len(data) > limit:
        raise CannotRead(f"{file}: lớn hơn / larger than {limit} byte")
    return data


def _certificates(file: Path) -> list[Any]:
    try:
        return trust.load(_read(file, MAX_CA))
    except trust.TrustError:
        raise CannotRead(f"{file}: không phải chứng thư PEM / no certificates in PEM") from None


def _fingerprint(text: str) -> str:
    plain = re.sub(r"[:\s]", "", text).lower()
    if not FINGERPRINT.match(plain):
        raise CannotRead(f"--fingerprint {text[:80]!r}: cần 64 chữ số thập lục phân / must be 64 hexadecimal digits")
    return plain


def as_json(checked: Checked) -> dict[str, Any]:
    findings = [
        {"step": one.step, "code": one.code, "part": one.part, "detail": one.detail} for one in checked.findings
    ]
    return {"good": checked.is_good, "done": checked.done, "findings": findings, "facts": checked.facts}


def lines(checked: Checked, name: str, size: int) -> Iterator[str]:
    """The answer for a person, Vietnamese first."""
    yield f"{name}: {size / 1e6:.1f} MB"
    yield from _about(checked.facts)
    found = {finding.step for finding in checked.findings}
    for step, words in STEPS.items():
        mark = "SAI/BAD " if step in found else "ĐÚNG/OK" if step in checked.done else "chưa kiểm tra/not checked"
        yield f"  [{mark:<8}] {both(words)}{_figures(step, checked.facts)}"
    for finding in checked.findings:
        yield f"\n✗ {finding.part or STEPS[finding.step][0]}: {both(finding.words)}"
        if finding.detail:
            yield f"  {finding.detail}"
        yield f"  → {both(finding.advice)}"
    yield from _trusted(checked.facts)
    yield from _conclusion(checked)


def both(words: Words) -> str:
    return f"{words[0]} / {words[1]}"


def _about(facts: dict[str, Any]) -> Iterator[str]:
    school, period, zone = facts.get("school"), facts.get("period"), facts.get("zone")
    if isinstance(school, dict) and isinstance(period, dict) and isinstance(zone, str):
        days = " – ".join(
            f"{dt.datetime.fromtimestamp(period[end], ZoneInfo(zone)):%d/%m/%Y %H:%M}" for end in ("start", "end")
        )
        yield f"{school.get('code')} {school.get('name')} · {days} · {facts.get('province')}"


def _figures(step: str, facts: dict[str, Any]) -> str:
    if step == "seals" and "seals" in facts:
        return f": {facts['seals']}"
    if step == "boxes" and "boxes" in facts:
        return f": {facts['boxes']} ({facts['boxes_accepted']} có dòng nhận trong nhật ký / with a row of acceptance)"
    if step == "values" and "records" in facts:
        return f": {sum(facts['records'].values())}"
    if step == "verdict" and "verdict" in facts:
        return f": {facts['verdict']}"
    return ""


def _trusted(facts: dict[str, Any]) -> Iterator[str]:
    if "root" not in facts:
        return
    yield f"\nTin vào CA / trusts the CA: {facts['root']}"
    if facts["root_is_compared"]:
        yield "  Đúng là CA mà bạn đã nêu / it is the one that you named."
    else:
        yield "  Dấu này lấy từ chính hồ sơ, chưa so với nguồn nào khác / taken from the file itself, "
        yield "  compared with nothing."
        yield f"  → {both(COMPARE)}"


def _conclusion(checked: Checked) -> Iterator[str]:
    if not checked.is_good:
        yield "\nKẾT LUẬN: KHÔNG DÙNG ĐƯỢC làm bằng chứng / RESULT: NOT usable as evidence"
        return
    lost = checked.facts.get("unsealed")
    yield "\nKẾT LUẬN: nguyên vẹn, mọi giá trị đúng như thiết bị đã niêm phong / RESULT: genuine, every value as sealed"
    if lost:
        yield f"  Trừ {lost} bản ghi không còn niêm phong, là lời của tỉnh / but for {lost} records without a seal"


if __name__ == "__main__":
    raise SystemExit(main())
