"""Never ends by itself."""

from __future__ import annotations

import time

from agent.frame import Reading, Target


def probe(target: Target, deadline: float) -> Reading:
    time.sleep(3600)
    return Reading()
