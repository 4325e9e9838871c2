"""``truongnet kit SCHOOL…``: a folder for a USB stick that joins a bare Debian host without internet.

It holds the wheels, the province's CA, a join code for each school, the units and ``install.sh``
(``controller/kit_install.sh``). A join code is a secret until it was used: the folder is for its owner alone.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlmodel import Session, select

from controller import audit, joincodes, kit_packages
from controller.commands.common import CommandError, opened
from controller.config import Settings
from controller.tables import School
from controller.version import VERSION

HERE = Path(__file__).resolve().parent
UNITS = ("truongnet-agent.service", "truongnet-helper.service")
MAX_SCHOOLS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    schools: Sequence[str]
    folder: Path
    seconds: float  # that the join codes are good for
    packages: kit_packages.Source


def make(settings: Settings, wanted: Wanted) -> Path:
    """Write the kit; its folder. Raises CommandError with a text for a person; nothing half-made is left behind."""
    _check(settings, wanted)
    staged = wanted.folder.with_name(wanted.folder.name + ".part")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=0o700, parents=True)
    try:
        kit_packages.gather(wanted.packages, staged)
        _write_units(staged)
        _write_codes(settings, wanted, staged)
        _write_sums(staged)
        staged.rename(wanted.folder)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return wanted.folder


def _check(settings: Settings, wanted: Wanted) -> None:
    host = urlsplit(settings.base_url).hostname or ""
    if settings.is_plain:
        raise CommandError(
            f"các trường không gọi được {settings.base_url}; chạy với HOST=… hoặc đặt public_url / schools cannot call "
            f"{settings.base_url}; run with HOST=… or set public_url, and give kit the same settings"
        )
    if wanted.folder.exists():
        raise CommandError(f"{wanted.folder} đã có / exists already; --out names another folder")
    if not 0 < len(wanted.schools) <= MAX_SCHOOLS:
        raise CommandError(f"từ 1 đến {MAX_SCHOOLS} trường / from 1 to {MAX_SCHOOLS} schools")
    if _is_unspecified(host):
        raise CommandError("public_url phải là một địa chỉ / must be an address that schools can call")


def _is_unspecified(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _write_units(folder: Path) -> None:
    (folder / "units").mkdir()
    for name in UNITS:
        shutil.copyfile(HERE.parent / "agent" / name, folder / "units" / name)
    shutil.copyfile(HERE / "kit_install.sh", folder / "install.sh")
    (folder / "install.sh").chmod(0o755)


def _write_codes(settings: Settings, wanted: Wanted, folder: Path) -> None:
    """The codes are made last, in one transaction: a kit that failed has used none up."""
    now = time.time()
    (folder / "codes").mkdir()
    with opened(settings) as (engine, keys), Session(engine) as session:
        (folder / "ca.pem").write_text(keys.served_pem, "ascii")
        listed = []
        for code in dict.fromkeys(wanted.schools):
            school = session.exec(select(School).where(School.code == code)).first()
            if school is None:
                raise CommandError(f"không có trường {code} / no school {code}")
            if school.is_sample:
                raise CommandError(f"{code} là trường mẫu / {code} is a sample: it cannot have a box")
            try:
                made = joincodes.create(
                    session, keys, school=school, by="cli", url=settings.base_url, now=now, seconds=wanted.seconds
                )
            except joincodes.JoinCodeError as error:
                raise CommandError(f"mã có hiệu lực từ 1 phút đến 30 ngày / {error}") from None
            audit.record(session, "cli", "kit.create", f"join-code:{made.id}", school.id, expires_at=made.expires_at)
            (folder / "codes" / f"{code}.txt").write_text(made.text + "\n", "ascii")
            listed.append(f"    {code}  {school.name}")
        until = datetime.fromtimestamp(now + wanted.seconds, settings.zone)
        text = README.format(
            version=VERSION, url=settings.base_url, until=f"{until:%d/%m/%Y %H:%M}", schools="\n".join(listed)
        )
        (folder / "README.txt").write_text(text, "utf-8")
        session.commit()


def _write_sums(folder: Path) -> None:
    """What install.sh checks first: sticks wear out."""
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(lines), "utf-8")


README = """\
BỘ CÀI TRUONGNET {version}: thiết bị đo của trường / TRUONGNET KIT {version}: a school's box

{schools}

Cần: máy Debian 12 nối mạng của trường; không cần Internet, chỉ cần gọi được {url}
    1. Cắm USB vào máy, rồi chạy:       sudo sh install.sh [MÃ-TRƯỜNG]
    2. Máy in ra sáu từ. Đọc cho cán bộ của tỉnh; họ so sánh rồi bấm chấp nhận.
    3. Xem máy có chạy tốt không:       sudo truongnet agent status
Mã trong bộ này dùng một lần, đến {until}. Giữ kín cho đến khi dùng xong.

You need: a Debian 12 machine on the school's network; no internet, only a way to {url}
    1. Plug the stick in and run:       sudo sh install.sh [SCHOOL-CODE]
    2. It prints six words. Read them to the province; they compare them and accept.
    3. To see whether all is well:      sudo truongnet agent status
The codes in this kit are good once, until {until}. Keep them to yourself until they are used.
"""
