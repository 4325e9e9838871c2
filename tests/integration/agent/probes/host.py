"""Hardware that is what the file ``hardware`` says."""

from __future__ import annotations

import os
from pathlib import Path

from agent.frame import Reading, Target
from agent.wire import Sample


def probe(target: Target, deadline: float) -> Reading:
    file = Path(os.environ["TEST_BOX"]) / "hardware"
    usb = file.read_text().split() if file.exists() else []
    facts = {"cpu": {"model": "N100"}, "usb": usb, "trường": "Nguyễn Trãi"}
    return Reading(samples=[Sample(name="temperature_celsius", value=40.0)], facts=facts)
