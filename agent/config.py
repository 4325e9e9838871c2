"""The box's own settings: one TOML file and the environment, read once, nonsense refused by name.

Precedence: environment ``TRUONGNET_<NAME>`` over the file over the default. What the controller says later lies over
``probes`` and ``targets``; ``beat_every``, ``exchange_every`` here lie over what the controller says (for a lab).
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from agent.probes import PROBES

PREFIX = "TRUONGNET_"
DEFAULT_FILE = Path("/etc/truongnet/agent.toml")
TARGET_KINDS = ("domestic", "international")
UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


class ConfigError(Exception):
    """A setting is wrong; the text names it, the value, and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    state_dir: Path = Path("/var/lib/truongnet")
    lang: str = "vi"
    controller: str = ""  # replaces the address of the join code; empty: that address
    spool_limit: int = 512 * 1024**2  # bytes; the file may say "512M"
    metrics_port: int = 0  # 0: off; otherwise Prometheus metrics on loopback
    beat_every: float = 0.0  # seconds; 0: as the controller says
    exchange_every: float = 0.0
    window: float = 900.0  # seconds one summary covers
    trouble_window: float = 60.0  # and while something is wrong
    first_window: float = 30.0  # the first one after start, so that a new box shows at once
    probes: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> {"every": seconds, "enabled": bool, …}
    targets: tuple[dict[str, str], ...] = ()  # of reach: {"name", "kind", "address"}


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ, **overrides: Any) -> Config:
    """The settings from ``path`` (default: ``TRUONGNET_CONFIG``, or /etc/truongnet/agent.toml when it is there).

    Raises ConfigError with a text for a person when a key is unknown or a value is wrong.
    """
    if path is None and environ.get(PREFIX + "CONFIG"):
        path = Path(environ[PREFIX + "CONFIG"])
    if path is None and DEFAULT_FILE.exists():
        path = DEFAULT_FILE
    values = _read(path) if path is not None else {}
    known = [each.name for each in fields(Config)]
    for name in known:
        if PREFIX + name.upper() in environ and name not in ("probes", "targets"):
            values[name] = environ[PREFIX + name.upper()]
    values.update({name: value for name, value in overrides.items() if value is not None})
    for name in values:
        if name not in known:
            raise ConfigError(f"unknown setting {name!r}; known are: {', '.join(known)}")
    return Config(**{name: CHECKS[name](name, value) for name, value in values.items()})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file: {error}") from None


def _wrong(name: str, value: Any, why: str) -> ConfigError:
    return ConfigError(f"{name} = {value!r}: {why}")


def _seconds(low: float, high: float, zero: str = "") -> Callable[[str, Any], float]:
    def check(name: str, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise _wrong(name, value, "must be a number of seconds") from None
        if isinstance(value, bool) or not (low <= number <= high or (zero and number == 0)):
            raise _wrong(name, value, f"must be from {low:g} to {high:g} seconds" + (f", or 0 {zero}" if zero else ""))
        return number

    return check


def _directory(name: str, value: Any) -> Path:
    if not isinstance(value, str | Path) or not Path(value).is_absolute():
        raise _wrong(name, value, "must be an absolute path")
    return Path(value)


def _language(name: str, value: Any) -> str:
    if value not in ("vi", "en"):
        raise _wrong(name, value, 'must be "vi" or "en"')
    return str(value)


def _address(name: str, value: Any) -> str:
    loopback = r"http://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?/?"
    if not isinstance(value, str) or not re.fullmatch(rf"|https://[^/\s]+/?|{loopback}", value):
        raise _wrong(name, value, "must be https://host:port (plain http only on loopback)")
    return value.rstrip("/")


def _size(name: str, value: Any) -> int:
    match = re.fullmatch(r"(\d+)([KMG]?)B?", str(value).upper())
    if isinstance(value, bool) or match is None:
        raise _wrong(name, value, 'must be bytes, or such as "512M"')
    size = int(match[1]) * UNITS[match[2]]
    if not 1024**2 <= size <= 64 * 1024**3:
        raise _wrong(name, value, "must be from 1M to 64G")
    return size


def _port(name: str, value: Any) -> int:
    try:
        port = int(value)
    except (TypeError, ValueError):
        raise _wrong(name, value, "must be a whole number") from None
    if isinstance(value, bool) or not 0 <= port <= 65_535:
        raise _wrong(name, value, "must be a port from 1 to 65535, or 0 for off")
    return port


def check_probes(name: str, value: Any) -> dict[str, dict[str, Any]]:
    """Settings by probe: ``every`` in seconds, ``enabled``; what else there is belongs to the probe itself."""
    if not isinstance(value, dict):
        raise _wrong(name, value, "must be tables such as [probes.reach]")
    for probe, settings in value.items():
        if probe not in PROBES:
            raise ConfigError(f"{name}.{probe}: unknown probe; known are: {', '.join(PROBES)}")
        if not isinstance(settings, dict):
            raise _wrong(f"{name}.{probe}", settings, "must be a table")
        if "every" in settings:
            _seconds(5, 7 * 86_400)(f"{name}.{probe}.every", settings["every"])
        if not isinstance(settings.get("enabled", True), bool):
            raise _wrong(f"{name}.{probe}.enabled", settings["enabled"], "must be true or false")
    return value


def check_targets(name: str, value: Any) -> tuple[dict[str, str], ...]:
    """What reach measures beyond the school's own line: ``name``, ``kind``, ``address``."""
    if not isinstance(value, list | tuple) or len(value) > 32:
        raise _wrong(name, value, "must be at most 32 tables [[targets]]")
    for number, target in enumerate(value):
        where = f"{name}[{number}]"
        if not isinstance(target, dict) or not all(isinstance(each, str) and each for each in target.values()):
            raise _wrong(where, target, "must be a table of texts: name, kind, address")
        for key in ("name", "kind", "address"):
            if key not in target:
                raise ConfigError(f"{where}: {key} is missing")
        if target["kind"] not in TARGET_KINDS:
            raise _wrong(f"{where}.kind", target["kind"], f"must be {' or '.join(TARGET_KINDS)}")
    return tuple(dict(target) for target in value)


CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "state_dir": _directory,
    "lang": _language,
    "controller": _address,
    "spool_limit": _size,
    "metrics_port": _port,
    "beat_every": _seconds(1, 3600, "for what the controller says"),
    "exchange_every": _seconds(1, 86_400, "for what the controller says"),
    "window": _seconds(10, 3600),
    "trouble_window": _seconds(10, 3600),
    "first_window": _seconds(1, 3600),
    "probes": check_probes,
    "targets": check_targets,
}
