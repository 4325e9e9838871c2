"""``truongnet ca``: the province's own certificate authority."""

from __future__ import annotations

import argparse
import time
from typing import Any

from sqlmodel import Session, col, func, select

from controller.commands.common import CommandError, opened
from controller.config import Settings

ACTIVE_DAYS = 7
RESTART = "Khởi động lại máy chủ để áp dụng / restart the controller for this to take effect"


def add(verbs: Any) -> None:
    ca = verbs.add_parser("ca", help="CA riêng của tỉnh / the province's own CA")
    actions = ca.add_subparsers(dest="action", required=True, metavar="fingerprint|roll|finish")
    for name, text, command in (
        ("fingerprint", "dấu vân tay SHA-256 / its SHA-256", fingerprint),
        ("roll", "bắt đầu thay CA / begin to replace it", roll),
        ("finish", "kết thúc việc thay CA / end a replacement", finish),
    ):
        action = actions.add_parser(name, help=text)
        action.set_defaults(command=command)
        if name == "finish":
            action.add_argument(
                "--force", action="store_true", help="dù có thiết bị chưa nhận / though some boxes lack it"
            )


def fingerprint(settings: Settings, _arguments: argparse.Namespace) -> int:
    from controller import pki

    print(pki.open_keys(settings).fingerprint)
    return 0


def roll(settings: Settings, _arguments: argparse.Namespace) -> int:
    from controller import pki

    pki.load(settings.keys_dir, settings.province_name)
    keys = pki.roll(settings.keys_dir, settings.province_name)
    _record(settings, "ca.roll", keys.fingerprint)
    print(f"Dấu vân tay CA mới / new CA fingerprint: {keys.fingerprint}\n{RESTART}")
    return 0


def finish(settings: Settings, arguments: argparse.Namespace) -> int:
    """Every box that is in use must be known to hold the new root; those that are off find their way all the same."""
    from controller import pki
    from controller.tables import Agent

    with opened(settings) as (engine, keys), Session(engine) as session:
        waiting = session.exec(
            select(func.count())
            .select_from(Agent)
            .where(
                Agent.state == "accepted",
                Agent.roots != keys.roots_digest,
                col(Agent.last_exchange_at) > time.time() - ACTIVE_DAYS * 86_400,
            )
        ).one()
    if waiting and not arguments.force:
        raise CommandError(
            f"{waiting} thiết bị chưa nhận CA mới; thử lại sau / {waiting} boxes lack the new root; try later"
        )
    _record(settings, "ca.finish", pki.finish(settings.keys_dir).fingerprint)
    print(RESTART)
    return 0


def _record(settings: Settings, action: str, value: str) -> None:
    from controller import audit

    with opened(settings) as (engine, _), Session(engine) as session:
        audit.record(session, "cli", action, f"ca:{value[:32]}")
        session.commit()
