"""The figures of a speed test that pages sort and draw by, and that an evidence file derives again. Pure."""

from __future__ import annotations

from typing import Any

from agent.wire import Result


def speed_columns(result: Result) -> dict[str, Any]:
    """The figures of a speed test that pages sort and draw by."""
    values = {sample.name: sample.value for sample in result.samples if not sample.labels}
    validity = result.facts.get("validity")
    reasons = validity if isinstance(validity, list) else []
    return {
        "down_bps": values.get("down_bits_per_second"),
        "up_bps": values.get("up_bits_per_second"),
        "rtt": values.get("rtt_idle_seconds"),
        "scope": str(result.facts.get("scope") or "network")[:32],
        "is_valid": result.outcome == "ok" and bool(result.facts.get("valid", not reasons)),
    }
