"""``truongnet admin|kit|import|export|openapi``: commands whose work is done elsewhere."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from controller.commands.agents import seconds
from controller.commands.common import CommandError, opened, part
from controller.config import Settings


def add(verbs: Any) -> None:
    admin = verbs.add_parser("admin", help="tài khoản quản trị / administrator's account")
    actions = admin.add_subparsers(dest="action", required=True, metavar="create|reset-password")
    actions.add_parser("create", help="tạo tài khoản đầu tiên / make the first one").set_defaults(command=admin_create)
    reset = actions.add_parser("reset-password", help="mật khẩu dùng một lần / a one-time password")
    reset.add_argument("login", nargs="?", default="admin")
    reset.set_defaults(command=admin_reset)
    _add_kit(verbs)
    for name, text in (("import", "nhập trường / import schools"), ("export", "xuất trường / export schools")):
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("file", type=Path)
        verb.set_defaults(command=registry_command)
    openapi = verbs.add_parser("openapi", help="mô tả API / the description of the API")
    openapi.set_defaults(command=openapi_command)


def _add_kit(verbs: Any) -> None:
    kit = verbs.add_parser("kit", help="bộ cài trên USB / a folder for a USB stick")
    kit.add_argument("schools", nargs="+", metavar="SCHOOL", help="mã trường / a school's code")
    kit.add_argument("--valid", type=seconds, default=72 * 3600.0, help="30m, 72h, 30d (mặc định / default 72h)")
    kit.add_argument("--out", type=Path, help="thư mục mới / a new folder (truongnet-kit-SCHOOL)")
    kit.add_argument("--public-url", help="địa chỉ các trường dùng / what schools use, https://…")
    kit.add_argument(
        "--arch", choices=("amd64", "arm64"), default="amd64", help="bộ xử lý của thiết bị / the box's processor"
    )
    kit.add_argument("--python", default="3.11", help="Python của thiết bị / of the box (Debian 12: 3.11)")
    kit.add_argument("--wheels", type=Path, help="lấy gói từ thư mục này / take the wheels from this folder")
    kit.add_argument("--with-python", action="store_true", help="kèm gói Debian của Python / Debian's Python, too")
    kit.set_defaults(command=kit_command, overrides=lambda arguments: {"public_url": arguments.public_url})


def admin_create(settings: Settings, _arguments: argparse.Namespace) -> int:
    from controller.people.accounts import ensure_admin

    with opened(settings) as (engine, _):
        password = ensure_admin(engine, time.time())
    if password is None:
        raise CommandError("đã có tài khoản quản trị / there is an administrator already; use admin reset-password")
    print(f"admin  {password}")
    return 0


def admin_reset(settings: Settings, arguments: argparse.Namespace) -> int:
    from controller.people.accounts import NoSuchUser, reset_password

    try:
        with opened(settings) as (engine, _):
            password = reset_password(engine, arguments.login, time.time())
    except NoSuchUser:
        raise CommandError(f"không có tài khoản {arguments.login} / no account {arguments.login}") from None
    print(f"{arguments.login}  {password}")
    return 0


def kit_command(settings: Settings, arguments: argparse.Namespace) -> int:
    from controller import kit, kit_packages

    source = kit_packages.Source(
        architecture=arguments.arch,
        python=arguments.python,
        wheels=arguments.wheels,
        cache=settings.data_dir / "kit-wheels",
        with_python=arguments.with_python,
    )
    named = Path(f"truongnet-kit-{arguments.schools[0]}" + ("-more" if len(arguments.schools) > 1 else ""))
    folder = kit.make(
        settings,
        kit.Wanted(schools=arguments.schools, folder=arguments.out or named, seconds=arguments.valid, packages=source),
    )
    print(f"{folder}: chép lên USB, rồi ở trường / copy it to a stick, then at the school:  sudo sh install.sh")
    return 0


def registry_command(settings: Settings, arguments: argparse.Namespace) -> int:
    registry = part("controller.registry")
    with opened(settings) as (engine, _):
        if arguments.verb == "import":
            return int(registry.import_file(engine, arguments.file, settings.province_code))
        return int(registry.export_file(engine, arguments.file, settings.zone))


def openapi_command(settings: Settings, _arguments: argparse.Namespace) -> int:
    from controller.api.openapi import describe
    from controller.main import create_app

    app = create_app(settings)
    print(json.dumps(describe(app), ensure_ascii=False, indent=2))
    app.state.services.engine.dispose()
    return 0
