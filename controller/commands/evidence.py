"""``truongnet evidence SCHOOL --from --to --out FILE``, and where ``truongnet verify`` is told about in the help."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

from controller.commands.common import CommandError, opened
from controller.config import Settings


def add(verbs: Any) -> None:
    make = verbs.add_parser("evidence", help="lập hồ sơ bằng chứng của một trường / make a school's evidence file")
    make.add_argument("school", help="mã trường / the school's code")
    make.add_argument("--from", dest="first", required=True, metavar="YYYY-MM-DD", help="ngày đầu / first day")
    make.add_argument("--to", dest="last", required=True, metavar="YYYY-MM-DD", help="ngày cuối / last day")
    make.add_argument("--out", type=Path, required=True, help="tệp, chưa có / a file that is not there yet")
    make.set_defaults(command=make_command)
    check = verbs.add_parser("verify", help="kiểm tra hồ sơ bằng chứng / check an evidence file", add_help=False)
    check.add_argument("rest", nargs=argparse.REMAINDER)
    check.set_defaults(command=verify_command)


def make_command(settings: Settings, arguments: argparse.Namespace) -> int:
    from sqlmodel import Session, select

    from controller import audit
    from controller.evidence.build import Asked, build
    from controller.evidence.errors import EvidenceError
    from controller.evidence.period import period_of
    from controller.tables import School

    if arguments.out.exists():
        raise CommandError(f"{arguments.out} đã có, không ghi đè / exists already and is not overwritten")
    now = time.time()
    with opened(settings) as (engine, keys), Session(engine) as session:
        school = session.exec(select(School).where(School.code == arguments.school)).one_or_none()
        if school is None:
            raise CommandError(f"không có trường {arguments.school} / there is no school {arguments.school}")
        try:
            start, end = period_of(arguments.first, arguments.last, now, settings.zone)
            asked = Asked(school=school, start=start, end=end, now=now)
            data = build(engine, keys, settings, asked, _say)
        except EvidenceError as error:
            raise CommandError(str(error)) from None
        digest = hashlib.sha256(data).hexdigest()
        said = {"first": arguments.first, "last": arguments.last, "sha256": digest, "bytes": len(data)}
        audit.record(session, "cli", "evidence.make", f"school:{school.code}", school.id, now=now, **said)
        session.commit()
        _write(arguments.out, data)
    print(f"\n{arguments.out}: {len(data)} byte, SHA-256 {digest}")
    return 0


def verify_command(_settings: Settings, arguments: argparse.Namespace) -> int:
    """Reached only when options of the controller stand before the verb."""
    from controller.evidence.check import main

    return main(arguments.rest)


def _say(part: float, _note: str) -> None:
    print(f"\r{part:.0%}", end="", file=sys.stderr, flush=True)


def _write(file: Path, data: bytes) -> None:
    """All of it or nothing."""
    fresh = file.with_name(f".{file.name}.part")
    try:
        with fresh.open("xb") as opened_file:
            opened_file.write(data)
            opened_file.flush()
            os.fsync(opened_file.fileno())
        fresh.rename(file)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise CommandError(f"{file}: không ghi được / cannot be written: {error.strerror}") from None
