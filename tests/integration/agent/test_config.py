"""Settings from file and environment: each wrong value has a message of its own."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from agent import config
from agent.__main__ import main
from agent.config import CHECKS, Config, ConfigError, load


@pytest.fixture(autouse=True)
def no_file_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(config, "DEFAULT_FILE", tmp_path / "none.toml")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(text)
    return path


def test_without_anything_the_defaults_hold() -> None:
    assert load(environ={}) == Config()
    assert Config().spool_limit == 512 * 1024**2
    assert Config().metrics_port == 0


def test_a_full_file_is_read(tmp_path: Path) -> None:
    text = """
        state_dir = "/srv/box"
        lang = "en"
        controller = "https://tinh.example:8443/"
        spool_limit = "64M"
        metrics_port = 9100
        beat_every = 5
        [probes.reach]
        every = 10
        tries = 3
        [[targets]]
        name = "vnix"
        kind = "domestic"
        address = "192.0.2.1"
    """
    found = load(written(tmp_path, text), environ={})
    assert found.state_dir == Path("/srv/box")
    assert found.controller == "https://tinh.example:8443"
    assert found.spool_limit == 64 * 1024**2
    assert found.probes == {"reach": {"every": 10, "tries": 3}}
    assert found.targets[0]["address"] == "192.0.2.1"


def test_the_environment_lies_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    path = written(tmp_path, 'lang = "en"\nbeat_every = 5\nexchange_every = 6')
    found = load(path, environ={"TRUONGNET_BEAT_EVERY": "7", "TRUONGNET_EXCHANGE_EVERY": "8"}, exchange_every=9.0)
    assert (found.lang, found.beat_every, found.exchange_every) == ("en", 7.0, 9.0)


def test_the_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    assert load(environ={"TRUONGNET_CONFIG": str(written(tmp_path, 'lang = "en"'))}).lang == "en"


def test_an_unknown_key_is_named_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown setting 'beat'; known are: .*beat_every"):
        load(written(tmp_path, "beat = 5"), environ={})


def test_every_setting_has_a_check() -> None:
    assert {each.name for each in fields(Config)} == set(CHECKS)


WRONG = {
    'state_dir = "relative"': r"state_dir = 'relative': must be an absolute path",
    "state_dir = 5": "state_dir = 5: must be an absolute path",
    'lang = "fr"': "lang = 'fr': must be",
    'controller = "http://tinh.example"': "plain http only on loopback",
    'controller = "tinh.example"': "must be https",
    'spool_limit = "much"': "spool_limit = 'much': must be bytes",
    "spool_limit = 5": "must be from 1M to 64G",
    "spool_limit = true": "must be bytes",
    "metrics_port = 70000": "metrics_port = 70000: must be a port",
    'metrics_port = "x"': "must be a whole number",
    "beat_every = 0.5": "beat_every = 0.5: must be from 1 to 3600 seconds, or 0 for what the controller says",
    "exchange_every = 100000": "exchange_every = 100000: must be from 1 to 86400",
    "exchange_every = nan": "exchange_every = nan: must be from",
    "window = true": "window = True: must be from",
    'window = "long"': "window = 'long': must be a number of seconds",
    "trouble_window = 1": "trouble_window = 1: must be from 10",
    "first_window = 0": "first_window = 0: must be from 1",
    "probes = 5": "probes = 5: must be tables",
    "probes.weather.every = 5": "probes.weather: unknown probe; known are: host",
    "probes.reach = 5": "probes.reach = 5: must be a table",
    "probes.reach.every = 1": "probes.reach.every = 1: must be from 5",
    'probes.reach.enabled = "yes"': "probes.reach.enabled = 'yes': must be true or false",
    "targets = 5": "targets = 5: must be at most 32 tables",
    "targets = [5]": r"targets\[0\] = 5: must be a table",
    'targets = [{name = "a", kind = "domestic"}]': r"targets\[0\]: address is missing",
    'targets = [{name = "a", kind = "moon", address = "x"}]': r"targets\[0\].kind = 'moon': must be domestic or inter",
    "lang = ": "not a TOML file",
}


@pytest.mark.parametrize("text", sorted(WRONG))
def test_a_wrong_value_has_a_message_of_its_own(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=WRONG[text]):
        load(written(tmp_path, text), environ={})


def test_the_messages_differ() -> None:
    assert len(set(WRONG.values())) == len(WRONG)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: no such file"):
        load(tmp_path / "absent.toml", environ={})
    with pytest.raises(ConfigError, match="directory"):
        load(tmp_path, environ={})
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not a TOML file"):
        load(tmp_path / "binary.toml", environ={})


def test_the_command_says_it_and_returns_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(written(tmp_path, "colour = 1")), "list"]) == 2
    assert "Cấu hình sai: unknown setting 'colour'" in capsys.readouterr().err
