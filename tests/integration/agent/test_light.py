"""An idle box stays light: starting the agent loads nothing that only the controller or a child needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "pydantic",
    "fastapi",
    "starlette",
    "sqlalchemy",
    "sqlmodel",
    "scapy",
    "ansible_runner",
    "netmiko",
    "paramiko",
    "requests",
    "httpx",
    "urllib3",
    "speedtest",
    "prometheus_client",
    "segno",
    "jinja2",
    "yaml",
    "asyncio",
    "statistics",
    "decimal",
    "controller",
    "inventory",
    "monitoring",
}

IDLE = """
import sys
import agent.__main__
{what}
print("\\n".join(sorted(name.partition(".")[0] for name in sys.modules)))
"""


@pytest.mark.parametrize(
    "what",
    [
        "agent.__main__.main(['list'])",
        "import agent.scheduler, agent.service, agent.courier",
        "import agent.once, agent.joining, agent.status",
    ],
)
def test_no_heavy_module_is_loaded(what: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IDLE.format(what=what)], capture_output=True, text=True, check=True, timeout=60
    )
    assert HEAVY.isdisjoint(done.stdout.split())


def test_listing_the_probes_does_not_even_load_cryptography() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IDLE.format(what="agent.__main__.main(['list'])")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "cryptography" not in done.stdout.split()


def test_the_wire_needs_the_standard_library_alone() -> None:
    code = "import sys, agent.wire; print(*(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    ours = {"agent", "__main__", "__mp_main__"}
    foreign = {
        name
        for name in done.stdout.split()
        if name not in sys.stdlib_module_names and name not in ours and not name.startswith("_")
    }
    assert {name for name in foreign if not name.startswith("__editable__") and name != "sitecustomize"} == set()
