"""Settings: read once, in one order, and each wrong value has its own message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from controller.config import Settings, SettingsError, load

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"port": 0}, "port = 0: must be a port from 1 to 65535"),
    ({"port": "http"}, "port = 'http': must be a whole number"),
    ({"port": 80.5}, "port = 80.5: must be a whole number"),
    ({"port": True}, "port = True: must be a whole number"),
    ({"measure_port": 70_000}, "measure_port = 70000: must be a port from 1 to 65535"),
    ({"measure_bulk_port": -1}, "measure_bulk_port = -1: must be a port from 1 to 65535"),
    ({"host": "example.vn"}, "host = 'example.vn': must be an IP address of this machine, or localhost"),
    ({"host": "0.0.0.0"}, "public_url = '': must be given with host 0.0.0.0: schools need one address to call"),  # noqa: S104
    ({"public_url": "http://10.0.0.1"}, "public_url = 'http://10.0.0.1': must start with https:// (plain http only on"),
    ({"public_url": "ftp://a.vn"}, "public_url = 'ftp://a.vn': must start with https://"),
    ({"public_url": "https://a.vn/x?y"}, "public_url = 'https://a.vn/x?y': must be an address such as https://"),
    ({"public_url": "https://a.vn:99999"}, "public_url = 'https://a.vn:99999': must be an address such as https://"),
    ({"database": "mysql://x"}, "database = 'mysql://x': must start with sqlite:/// or postgresql+psycopg://"),
    ({"beat_every": 0.5}, "beat_every = 0.5: must be from 1 second to 7 days"),
    ({"beat_every": "nan"}, "beat_every = nan: must be from 1 second to 7 days"),
    ({"exchange_every": "soon"}, "exchange_every = 'soon': must be a number"),
    ({"speed_every": 1e9}, "speed_every = 1000000000.0: must be from 1 second to 7 days"),
    ({"hour_retention_days": 0}, "hour_retention_days = 0: must be at least 1 day"),
    ({"day_retention_days": -5}, "day_retention_days = -5: must be at least 1 day"),
    ({"sealed_retention_days": 0}, "sealed_retention_days = 0: must be at least 1 day"),
    ({"incident_retention_days": 0}, "incident_retention_days = 0: must be at least 1 day"),
    ({"tls_cert": "/none.pem"}, "tls_cert = '/none.pem': tls_cert and tls_key go together"),
    ({"tls_key": "/none.pem"}, "tls_key = '/none.pem': tls_cert and tls_key go together"),
    ({"tls_cert": "/none.pem", "tls_key": "/none.key"}, "tls_cert = '/none.pem': no such file"),
    ({"time_zone": "Hanoi"}, "time_zone = 'Hanoi': is no time zone that this machine knows"),
    ({"log_level": "loud"}, "log_level = 'loud': must be debug, info, warning or error"),
    ({"workers": 0}, "workers = 0: must be at least 1"),
    ({"workers": 4}, "workers = 4: must be at least 1, and 1 with SQLite"),
    ({"province_name": " "}, "province_name = ' ': must not be empty"),
    ({"province_name": 82}, "province_name = 82: must be text"),
    ({"colour": "red"}, "unknown setting 'colour'; known are: beat_every, "),
]


@pytest.mark.parametrize(("values", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_a_wrong_value_is_named_with_what_is_allowed(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(None, {}, **values)
    assert str(refused.value).startswith(message)


def test_the_environment_is_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = tmp_path / "truongnet.toml"
    file.write_text('port = 1000\nbeat_every = 10\nprovince_name = "Tỉnh An Giang"\n', "utf-8")
    settings = load(file, {"TRUONGNET_PORT": "2000", "TRUONGNET_BEAT_EVERY": "20", "OTHER": "x"}, port=3000)
    assert (settings.port, settings.beat_every, settings.province_name) == (3000, 20.0, "Tỉnh An Giang")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"port = ", "not a TOML file"),
        (b"\xff\xfe", "not a TOML file"),
        (b"a = 1", "unknown setting"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "truongnet.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=message):
        load(file, {})


def test_plain_http_is_for_loopback_alone() -> None:
    assert load(None, {}).base_url == "http://127.0.0.1:8080"
    assert load(None, {}, host="::1").base_url == "http://[::1]:8080"
    public = load(None, {}, host="10.0.0.5")
    assert (public.base_url, public.is_plain, public.measuring_host) == ("https://10.0.0.5:8080", False, "10.0.0.5")
    named = load(None, {}, host="0.0.0.0", public_url="https://mang.vn:8443/")  # noqa: S104
    assert (named.base_url, named.measuring_host) == ("https://mang.vn:8443", "mang.vn")


def test_the_defaults_are_good() -> None:
    assert load(None, {}) == Settings()
