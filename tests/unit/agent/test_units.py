"""The systemd units keep the promises of the design: no rights, bounded memory, started again."""

from __future__ import annotations

from pathlib import Path

import pytest

import agent

HERE = Path(agent.__file__).parent


def settings(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (HERE / name).read_text("utf-8").splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def test_the_agent_has_no_rights_at_all() -> None:
    unit = settings("truongnet-agent.service")
    assert unit["User"] == ["truongnet"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert "AF_PACKET" not in unit["RestrictAddressFamilies"][0]


@pytest.mark.parametrize("name", ["truongnet-agent.service", "truongnet-helper.service"])
def test_both_run_in_a_sandbox_with_bounded_memory(name: str) -> None:
    unit = settings(name)
    for key in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "RestrictNamespaces", "MemoryDenyWriteExecute"):
        assert unit[key] == ["yes"], key
    assert unit["ProtectSystem"] == ["strict"]
    assert int(unit["MemoryMax"][0].removesuffix("M")) <= 256
    assert unit["Restart"] == ["always"]


def test_the_agent_finds_the_helper_where_the_helper_listens() -> None:
    (environment,) = [each for each in settings("truongnet-agent.service")["Environment"] if "HELPER" in each]
    assert settings("truongnet-helper.service")["ExecStart"][0].endswith(environment.partition("=")[2])
