"""``truongnet leave SCHOOL``: leave to measure once, for a person who stands at the box and does not want to wait."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, replace
from typing import Any

from sqlmodel import Session, select

from controller.commands.common import CommandError, opened
from controller.config import Settings


def add(verbs: Any) -> None:
    leave = verbs.add_parser(
        "leave",
        help="cấp một lượt đo tốc độ / leave to measure once",
        description="Lượt đo dùng một lần, trong 5 phút / good once, for 5 minutes: "
        "truongnet leave SCHOOL | truongnet agent once speed --leave -",
    )
    leave.add_argument("school", help="mã trường / the school's code")
    leave.add_argument(
        "--mode",
        choices=("full", "short", "light", "second"),
        default="full",
        help="full: đầy đủ; short: ngắn; light: dưới 1 MB; second: bằng speedtest-cli, "
        "dùng với: agent once second / by speedtest-cli, with: agent once second",
    )
    leave.set_defaults(command=leave_command)


def leave_command(settings: Settings, arguments: argparse.Namespace) -> int:
    from controller import admission, audit
    from controller.measure.tokens import MAX_BYTES, SECONDS
    from controller.tables import School
    from monitoring.ladder import Rung

    now = time.time()
    with opened(settings) as (engine, keys), Session(engine) as session:
        school = session.exec(select(School).where(School.code == arguments.school)).first()
        if school is None:
            raise CommandError(f"không có trường {arguments.school} / no school {arguments.school}")
        rung = Rung("full", MAX_BYTES, "asked")
        given = admission.leave(settings, keys.measure_key, school.code, now, rung, SECONDS)
        given = replace(given, mode=arguments.mode)
        audit.record(session, "cli", "measure.leave", f"school:{school.code}", school.id, expires_at=given.expires)
        session.commit()
    print(json.dumps(asdict(given)))
    return 0
