"""``python -m agent`` with probes that a test controls, faster times, and, with TEST_YEARS, a wrong clock."""

from __future__ import annotations

import os
import sys
import time

from agent import child, courier, probes, scheduler
from agent.__main__ import main

HERE = "tests.integration.agent.probes"


def command(name: str, seconds: float) -> list[str]:
    return [sys.executable, "-m", "tests.integration.agent.run_box", "once", name, "--child", str(seconds)]


def arrange() -> None:
    probes.PROBES.clear()
    probes.PROBES.update(
        reach=(f"{HERE}.reach", 0.1, 5.0),
        host=(f"{HERE}.host", 1.0, 10.0),
        traffic=(f"{HERE}.traffic", 0.2, 5.0),
        speed=(f"{HERE}.speed", 3600.0, 10.0),
        second=(f"{HERE}.second", 3600.0, 10.0),
        lan=(f"{HERE}.lan", 3600.0, float(os.environ.get("TEST_LAN_SECONDS", "60"))),
    )
    child.command = command
    courier.URGENT_GAP = 0.1
    scheduler.LAN_DELAY = 0.5
    courier.JOIN_FIRST = courier.EXCHANGE_FIRST = 0.3
    wall, error = time.time, float(os.environ.get("TEST_YEARS", "0")) * 365 * 86_400
    time.time = lambda: wall() + error


if __name__ == "__main__":
    arrange()
    raise SystemExit(main(sys.argv[1:]))
