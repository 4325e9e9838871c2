"""``truongnet samples load|remove``: the sample province."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from controller.commands.common import CommandError, opened
from controller.config import Settings


def add(verbs: Any) -> None:
    samples = verbs.add_parser("samples", help="dữ liệu mẫu / the sample province")
    actions = samples.add_subparsers(dest="action", required=True, metavar="load|remove")
    load = actions.add_parser("load", help="nạp tỉnh mẫu / load it")
    load.add_argument("--days", type=int, default=30, help="số ngày / days of data (30)")
    load.add_argument("--pilot", action="store_true", help="chỉ năm trường thí điểm / only the five pilot schools")
    load.set_defaults(command=load_command)
    actions.add_parser("remove", help="gỡ bỏ tất cả / remove all of it").set_defaults(command=remove_command)


def load_command(settings: Settings, arguments: argparse.Namespace) -> int:
    from controller.samples import PILOTS, SCHOOLS, SamplesError, load

    if not 1 <= arguments.days <= 365:
        raise CommandError("--days: từ 1 đến 365 / from 1 to 365")
    with opened(settings) as (engine, _):
        try:
            loaded = load(
                engine,
                days=arguments.days,
                schools=PILOTS if arguments.pilot else SCHOOLS,
                zone=settings.zone,
                province_code=settings.province_code,
                progress=_say,
            )
        except SamplesError as error:
            raise CommandError(str(error)) from None
    print(f"\nĐã nạp {loaded} trường mẫu / sample schools loaded")
    return 0


def remove_command(settings: Settings, _arguments: argparse.Namespace) -> int:
    from controller.samples import remove

    with opened(settings) as (engine, _):
        removed = remove(engine, progress=_say)
    print(f"\nĐã gỡ {removed} trường mẫu / sample schools removed")
    return 0


def _say(done: int, total: int) -> None:
    print(f"\r{done}/{total}", end="", file=sys.stderr, flush=True)
