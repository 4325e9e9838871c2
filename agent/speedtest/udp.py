"""What the questions over UDP found, as samples and facts: loss, round trip and jitter, idle and under load."""

from __future__ import annotations

from typing import Any

from agent.speedtest.echo import Tally

LEAST = 5  # questions, or a ratio says nothing


def udp_samples(when: str, tally: Tally | None) -> dict[str, float]:
    """``when`` is "" or "_loaded_down" and "_loaded_up". Nothing where UDP does not pass at all."""
    if tally is None or tally.sent < LEAST or not tally.rtts:
        return {}
    found = {f"udp_loss{when}_ratio": tally.loss, f"udp_rtt{when}_seconds": tally.rtt}
    found[f"udp_jitter{when}_seconds"] = tally.jitter
    return {name: value for name, value in found.items() if value is not None}


def udp_facts(**tallies: Tally | None) -> dict[str, Any]:
    """Counts of each, so that a ratio can be weighed; "blocked" when questions were asked and none was answered."""
    asked = {name: tally for name, tally in tallies.items() if tally is not None}
    facts: dict[str, Any] = {
        name: {"sent": tally.sent, "lost": tally.lost, "lost_up": tally.lost_up} for name, tally in asked.items()
    }
    state = "not-offered" if not asked else "ok" if any(tally.rtts for tally in asked.values()) else "blocked"
    return {"state": state, "path": "domestic", **facts}
