"""``truongnet backup|restore|upgrade``: the database and the keys over ten years of operation."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from controller.commands.common import CommandError
from controller.config import Settings


def add(verbs: Any) -> None:
    backup = verbs.add_parser("backup", help="sao lưu ra một tệp / back up to one file")
    backup.add_argument("file", type=Path)
    backup.set_defaults(command=backup_command)
    restore = verbs.add_parser("restore", help="phục hồi từ bản sao lưu / restore a backup")
    restore.add_argument("file", type=Path)
    restore.set_defaults(command=restore_command)
    upgrade = verbs.add_parser("upgrade", help="nâng cấp CSDL, sao lưu trước / upgrade the database, after a backup")
    upgrade.add_argument("--no-backup", action="store_true", help="không sao lưu / without a backup")
    upgrade.set_defaults(command=upgrade_command)


def backup_command(settings: Settings, arguments: argparse.Namespace) -> int:
    from controller import backup

    try:
        size = backup.make(settings, arguments.file)
        backup.note(settings, size, time.time())
    except backup.BackupError as error:
        raise CommandError(str(error)) from None
    print(f"{arguments.file}: {size} byte. Tệp này có khóa bí mật / this file holds secret keys")
    return 0


def restore_command(settings: Settings, arguments: argparse.Namespace) -> int:
    from controller import backup
    from controller.commands.server import running

    with running(settings.data_dir):
        try:
            epoch = backup.restore(settings, arguments.file, time.time())
        except backup.BackupError as error:
            raise CommandError(str(error)) from None
    print(f"Đã phục hồi; kỷ nguyên / restored; epoch {epoch}. Thiết bị sẽ gửi lại / the boxes send again what was lost")
    return 0


def upgrade_command(settings: Settings, arguments: argparse.Namespace) -> int:
    from controller.commands.server import running
    from controller.db import open_engine

    with running(settings.data_dir):
        engine = open_engine(settings.database_url)
        try:
            return _upgrade(settings, engine, arguments.no_backup)
        finally:
            engine.dispose()


def _upgrade(settings: Settings, engine: Engine, no_backup: bool) -> int:
    from controller import backup, migrate

    with engine.connect() as connection:
        found = migrate.current(connection)
    if found == migrate.head():
        print("CSDL đã đúng bản này / the database fits this release already")
        return 0
    if found is not None and not no_backup:
        file = settings.data_dir / f"before-upgrade-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
        try:
            backup.make(settings, file)
        except backup.BackupError as error:
            raise CommandError(str(error)) from None
        print(f"Bản sao lưu / backup: {file}")
    before, after = migrate.upgrade(engine)
    print(f"CSDL / database: {before or '-'} → {after}")
    return 0
