"""``truongnet join-code`` and ``truongnet agents``: let boxes in from the command line."""

from __future__ import annotations

import argparse
import re
import time
from typing import Any

from sqlmodel import Session, col, select

from controller.commands.common import CommandError, opened
from controller.config import Settings

UNITS = {"m": 60.0, "h": 3600.0, "d": 86_400.0}


def add(verbs: Any) -> None:
    code = verbs.add_parser("join-code", help="tạo mã kết nối cho một trường / make a join code for a school")
    code.add_argument("school", help="mã trường / the school's code")
    code.add_argument("--valid", type=seconds, default=72 * 3600.0, help="30m, 72h, 30d (mặc định / default 72h)")
    code.set_defaults(command=join_code)
    agents = verbs.add_parser("agents", help="các thiết bị ở trường / the schools' boxes")
    actions = agents.add_subparsers(dest="action", required=True, metavar="list|accept|refuse|retire|release")
    actions.add_parser("list", help="liệt kê / list").set_defaults(command=list_agents)
    for name, text in (
        ("accept", "chấp nhận / accept"),
        ("refuse", "từ chối / refuse"),
        ("retire", "ngừng dùng / retire"),
        ("release", "gỡ cách ly, cấp mã mới / end a quarantine with a new code"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("agent", help="mã thiết bị, hoặc phần đầu / the box's id or its beginning")
        action.set_defaults(command=decide)


def seconds(text: str) -> float:
    found = re.fullmatch(r"(\d{1,4})([mhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError("ví dụ / for example: 30m, 72h, 30d")
    return int(found[1]) * UNITS[found[2]]


def join_code(settings: Settings, arguments: argparse.Namespace) -> int:
    from controller import audit, joincodes
    from controller.tables import School

    with opened(settings) as (engine, keys), Session(engine) as session:
        school = session.exec(select(School).where(School.code == arguments.school)).first()
        if school is None:
            raise CommandError(f"không có trường {arguments.school} / no school {arguments.school}")
        try:
            code = joincodes.create(
                session, keys, school=school, by="cli", url=settings.base_url, now=time.time(), seconds=arguments.valid
            )
        except joincodes.JoinCodeError as error:
            raise CommandError(f"mã có hiệu lực từ 1 phút đến 30 ngày / {error}") from None
        audit.record(session, "cli", "join-code.create", f"join-code:{code.id}", school.id, expires_at=code.expires_at)
        session.commit()
    print(code.text)
    return 0


def list_agents(settings: Settings, _arguments: argparse.Namespace) -> int:
    from controller.tables import Agent, School

    with opened(settings) as (engine, _), Session(engine) as session:
        query = select(Agent, School.code).where(School.id == Agent.school_id).order_by(col(Agent.created_at))
        for agent, school in session.exec(query):
            print(f"{agent.id}  {agent.state:<11}  {school:<12}  {agent.fingerprint}  {agent.hostname}  {agent.reason}")
    return 0


def decide(settings: Settings, arguments: argparse.Namespace) -> int:
    from controller import audit, decisions
    from controller.tables import Agent

    now = time.time()
    with opened(settings) as (engine, keys), Session(engine) as session:
        found = session.exec(select(Agent).where(col(Agent.id).startswith(arguments.agent, autoescape=True))).all()
        if len(found) != 1:
            raise CommandError(f"{len(found)} thiết bị có mã như vậy / {len(found)} boxes have such an id")
        agent, text = found[0], ""
        try:
            if arguments.action == "release":
                code = decisions.release(session, keys, agent.id, by="cli", url=settings.base_url, now=now)
                text = code.text
            else:
                {"accept": decisions.accept, "refuse": decisions.refuse, "retire": decisions.retire}[arguments.action](
                    session, agent.id, by="cli", now=now
                )
                text = f"{agent.id}  {agent.state}  {agent.fingerprint}"
        except decisions.DecisionError as error:
            raise CommandError(f"không làm được / cannot be done: {error}") from None
        audit.record(session, "cli", f"agent.{arguments.action}", f"agent:{agent.id}", agent.school_id)
        session.commit()
    print(text)
    return 0
