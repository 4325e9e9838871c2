"""Settings of the controller: read once, from one TOML file and the environment; nonsense is refused by name.

Precedence: environment ``TRUONGNET_<NAME>`` over the file over the default. There is no default secret: keys are made
at first start in ``data_dir`` with mode 0600.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

PREFIX = "TRUONGNET_"
HOST_PORT = r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?):[0-9]{1,5}$"


class SettingsError(Exception):
    """A setting is wrong; the text names it, the value, and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    data_dir: Path = Path("var")
    database: str = ""  # empty: SQLite in data_dir
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""  # what boxes and people use to reach us; empty: made from host and port
    tls_cert: str = ""  # PEM files; empty with a host that is not loopback: issued by the province's own CA
    tls_key: str = ""
    province_name: str = "Tỉnh Đồng Tháp"
    province_code: str = "82"
    time_zone: str = "Asia/Ho_Chi_Minh"
    measure_host: str = ""  # what boxes use; empty: the host of public_url
    measure_port: int = 8085  # control
    measure_bulk_port: int = 8086
    beat_every: float = 30.0
    exchange_every: float = 900.0
    speed_every: float = 21_600.0
    hour_retention_days: int = 90
    day_retention_days: int = 3650
    sealed_retention_days: int = 400
    incident_retention_days: int = 400  # after the end: as long as the sealed batches that prove what it says
    # what Prometheus looks at, HOST:PORT with commas: replicas (empty: public_url), measurement servers, node exporters
    metrics_controllers: str = ""
    metrics_measure: str = ""
    metrics_hosts: str = ""
    uplink_targets: str = ""  # host:port, …: by these we know whether our own line works; empty: as the boxes measure
    workers: int = 1
    log_level: str = "info"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir / 'truongnet.sqlite'}"

    @property
    def is_loopback(self) -> bool:
        return self.host == "localhost" or ip_address(self.host).is_loopback

    @property
    def base_url(self) -> str:
        scheme = "http" if self.is_loopback and not self.tls_cert else "https"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"{scheme}://{host}:{self.port}"

    @property
    def is_plain(self) -> bool:
        """Without TLS: on loopback only."""
        return self.base_url.startswith("http://")

    @property
    def measuring_host(self) -> str:
        """Where boxes find the measurement server."""
        return self.measure_host or urlsplit(self.base_url).hostname or self.host

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
    """Settings from ``path`` (TOML), the environment, and ``overrides`` of the command line, checked.

    Raises SettingsError with a text for a person when a key is unknown or a value is wrong.
    """
    known = {field.name: field for field in fields(Settings)}
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values.update(tomllib.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            raise SettingsError(f"{path}: no such file") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: not a TOML file: {error}") from None
    for name in known:
        if PREFIX + name.upper() in environ:
            values[name] = environ[PREFIX + name.upper()]
    values.update({name: value for name, value in overrides.items() if value is not None})
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise SettingsError(f"unknown setting {unknown[0]!r}; known are: {', '.join(sorted(known))}")
    settings = Settings(**{name: _convert(name, str(known[name].type), value) for name, value in values.items()})
    _check(settings)
    return settings


def _convert(name: str, kind: str, value: Any) -> Any:
    try:
        if isinstance(value, bool):
            raise ValueError
        if kind == "int":
            if isinstance(value, float) and not value.is_integer():
                raise ValueError
            return int(value)
        if kind == "float":
            return float(value)
        if kind == "Path":
            return Path(value)
    except (TypeError, ValueError):
        raise SettingsError(
            f"{name} = {value!r}: must be {'a whole number' if kind == 'int' else 'a number'}"
        ) from None
    if not isinstance(value, str):
        raise SettingsError(f"{name} = {value!r}: must be text")
    return value


def _check(settings: Settings) -> None:
    def refuse(name: str, why: str) -> None:
        raise SettingsError(f"{name} = {getattr(settings, name)!r}: {why}")

    for name in ("port", "measure_port", "measure_bulk_port"):
        if not 1 <= getattr(settings, name) <= 65_535:
            refuse(name, "must be a port from 1 to 65535")
    if settings.host != "localhost":
        try:
            is_any = ip_address(settings.host).is_unspecified
        except ValueError:
            refuse("host", "must be an IP address of this machine, or localhost")
        else:
            if is_any and not settings.public_url:
                refuse("public_url", f"must be given with host {settings.host}: schools need one address to call")
    for name in ("beat_every", "exchange_every", "speed_every"):
        if not 1 <= getattr(settings, name) <= 7 * 86_400:
            refuse(name, "must be from 1 second to 7 days")
    for name in ("hour_retention_days", "day_retention_days", "sealed_retention_days", "incident_retention_days"):
        if getattr(settings, name) < 1:
            refuse(name, "must be at least 1 day")
    for name in ("metrics_controllers", "metrics_measure", "metrics_hosts"):
        if not all(re.match(HOST_PORT, one.strip()) for one in getattr(settings, name).split(",") if one.strip()):
            refuse(name, "must be addresses such as 10.0.0.5:443, with commas between, or empty")
    if bool(settings.tls_cert) != bool(settings.tls_key):
        refuse("tls_cert" if settings.tls_cert else "tls_key", "tls_cert and tls_key go together")
    if settings.public_url:
        _check_url(settings, refuse)
    if settings.workers < 1 or (settings.workers > 1 and settings.database_url.startswith("sqlite")):
        refuse("workers", "must be at least 1, and 1 with SQLite, which takes one writer")
    if not settings.province_name.strip():
        refuse("province_name", "must not be empty")
    if settings.database and not settings.database.startswith(("sqlite:///", "postgresql+psycopg://")):
        refuse("database", "must start with sqlite:/// or postgresql+psycopg://")
    for name in ("tls_cert", "tls_key"):
        if getattr(settings, name) and not Path(getattr(settings, name)).is_file():
            refuse(name, "no such file")
    for part in filter(None, (each.strip() for each in settings.uplink_targets.split(","))):
        host, _, port = part.rpartition(":")
        if not host.strip("[]") or not port.isdigit() or not 1 <= int(port) <= 65_535:
            refuse("uplink_targets", f"{part!r} is not host:port, such as 203.119.8.1:443")
    if settings.log_level not in ("debug", "info", "warning", "error"):
        refuse("log_level", "must be debug, info, warning or error")
    try:
        ZoneInfo(settings.time_zone)
    except (ValueError, OSError, KeyError):
        refuse("time_zone", "is no time zone that this machine knows, such as Asia/Ho_Chi_Minh")


def _check_url(settings: Settings, refuse: Callable[[str, str], None]) -> None:
    try:
        parts = urlsplit(settings.public_url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    is_loopback = host in ("localhost", "::1") or host.startswith("127.")
    if parts.scheme and parts.scheme != "https" and not (parts.scheme == "http" and is_loopback):
        refuse("public_url", "must start with https:// (plain http only on loopback)")
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        refuse("public_url", "must be an address such as https://mang.example.vn:8443, and nothing behind it")
