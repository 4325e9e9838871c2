"""``truongnet monitoring DIR``: Prometheus, Alertmanager and VictoriaMetrics configured for this province."""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from controller.commands.common import CommandError, opened
from controller.config import Settings

LOGIN = "prometheus"
TOKEN_SECONDS = 400 * 86_400.0


def add(verbs: Any) -> None:
    monitoring = verbs.add_parser(
        "monitoring",
        help="Prometheus, Alertmanager, VictoriaMetrics",
        description="ghi cấu hình vào DIR, chạy lại để đổi / writes the configuration into DIR; again to change it",
    )
    monitoring.add_argument("directory", type=Path, metavar="DIR")
    monitoring.add_argument("--webhook", action="append", default=[], metavar="URL", help="nơi nhận / a receiver")
    monitoring.add_argument("--email", action="append", default=[], metavar="ADDRESS", help="nơi nhận / a receiver")
    monitoring.add_argument("--start", action="store_true", help="chạy thử trên máy này / run it on this machine")
    monitoring.set_defaults(command=monitoring_command)


def monitoring_command(settings: Settings, arguments: argparse.Namespace) -> int:
    from controller.alerts import mailserver
    from controller.alerts.secrets import PURPOSE
    from controller.stack import files, start

    with opened(settings) as (engine, keys):
        with engine.connect() as connection:
            mail = mailserver.read(connection, keys.secret(PURPOSE))
        if arguments.email and mail is None:
            raise CommandError(
                "hãy đặt máy chủ thư trước ở Cài đặt → Cảnh báo / set up the mail server first, Settings → Alerts"
            )
        roots, token = keys.roots_pem, new_token(engine, time.time())
    os.umask(0o027)  # the directory's group, which Prometheus runs as, may read what is written; nobody else
    try:
        plan = files.Plan(
            base_url=settings.base_url,
            province=settings.province_code,
            token=token,
            roots_pem="".join(roots),
            webhooks=arguments.webhook,
            emails=arguments.email,
            mail=mail,
            programs=start.programs() if arguments.start else {},
        )
        made = files.write(plan, arguments.directory)
        print(f"{arguments.directory}: {len(made)} tệp / files (docs/monitoring.md)", flush=True)
        if arguments.start:
            _start(plan, arguments.directory)
    except start.StackError as error:
        raise CommandError(str(error)) from None
    return 0


def _start(plan: Any, directory: Path) -> None:
    from controller.stack import start

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with start.running(plan, directory) as children:
        addresses = (("Prometheus", plan.prometheus), ("Alertmanager", plan.alertmanager))
        for name, address in (*addresses, ("VictoriaMetrics", plan.victoria)):
            print(f"{name}: http://{address}/", flush=True)
        start.wait(children, stop)


def new_token(engine: Engine, now: float) -> str:
    """A token of the account "prometheus", which nobody can sign in to; earlier ones end. The role reads metrics."""
    from controller import audit
    from controller.people import accounts, tokens
    from controller.tables import RoleGrant, User

    with Session(engine) as session:
        user = accounts.by_login(session, LOGIN)
        if user is None:
            user = User(login=LOGIN, name="Prometheus", lang="vi", created_at=now)  # without a password
            session.add(user)
            session.flush()
            assert user.id is not None  # noqa: S101 - flushed
            session.add(RoleGrant(user_id=user.id, role="auditor"))
        assert user.id is not None  # noqa: S101 - read from the database
        tokens.revoke_all(session, user.id, now)
        made = tokens.create(session, user.id, name=LOGIN, role="auditor", seconds=TOKEN_SECONDS, now=now)
        audit.record(session, "cli", "token.create", f"token:{made.row.id}", now=now, role="auditor")
        session.commit()
        return made.text
