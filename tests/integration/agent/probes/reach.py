"""Answers for each target unless a file ``down`` names it."""

from __future__ import annotations

import os
from pathlib import Path

from agent.frame import Reading, Target
from agent.wire import Sample

TARGETS = ("gateway", "dns", "controller", "domestic:vnix")


def probe(target: Target, deadline: float) -> Reading:
    file = Path(os.environ["TEST_BOX"]) / "down"
    down = file.read_text().split() if file.exists() else []
    return Reading(
        samples=[
            Sample(name="lost_count", value=1.0, labels={"target": name, "address": "192.0.2.1"})
            if name in down
            else Sample(name="rtt_seconds", value=0.01, labels={"target": name, "address": "192.0.2.1"})
            for name in TARGETS
        ]
    )
