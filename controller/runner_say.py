"""What ``truongnet run`` tells the person at the terminal: few lines, Vietnamese first, then English."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from controller.runner_demo import Seen

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = "chỉ trong máy này, không phải đường Internet / this machine only, not an Internet line"

KINDS: Mapping[str, str] = {
    "inventory": "phần cứng / hardware",
    "windows": "đường mạng / reachability",
    "host": "phần cứng / hardware",
    "reach": "đường mạng / reachability",
    "speed": "tốc độ / throughput",
    "lan": "thiết bị trong mạng / devices on the network",
}
REASONS: Mapping[str, str] = {
    "needs-root": "cần quyền quản trị / needs root",
    "no-dmi": "máy không có bảng DMI / this machine has no DMI table",
    "no-smartctl": "thiếu gói smartmontools / package smartmontools is missing",
    "no-iw": "thiếu gói iw / package iw is missing",
    "no-interface": "không có mạng nội bộ / there is no local network",
}


def say(*lines: str) -> None:
    """To whoever reads; when nobody does any more (``| head``), all goes on in silence."""
    try:
        for line in lines:
            print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reason(code: str) -> str:
    return REASONS.get(code, code)


def told(seen: Seen) -> str:
    """One line about a first figure."""
    facts, kind = dict(seen.facts), KINDS.get(seen.key, seen.key)
    if seen.outcome == "skipped":
        return f"  – {kind}: bỏ qua, {reason(seen.reason)} (skipped)"
    if seen.outcome != "ok":
        return f"  ✘ {kind}: không được / failed: {reason(seen.reason)} {facts.get('detail') or ''}".rstrip()
    if seen.key == "inventory":
        return f"  ✔ {kind}" + _missing(facts["missing"])
    if seen.key == "windows":
        return f"  ✔ {kind}: {facts['targets']} đích / targets"
    if seen.key == "speed":
        line = f"  ✔ {kind}: ↓ {speed(facts['down_bps'])}  ↑ {speed(facts['up_bps'])}"
        return line + (f"\n      ({LOOPBACK})" if facts["scope"] == "loopback" else "")
    return f"  ✔ {kind}"


def _missing(missing: Any) -> str:
    """The parts of the inventory that could not be read though they may be there, by reason."""
    by_reason: dict[str, list[str]] = {}
    for part, why in missing.items() if isinstance(missing, dict) else ():
        code = why.get("reason", "") if isinstance(why, dict) else str(why)
        by_reason.setdefault(code, []).append(part)
    return "".join(
        f"\n      – bỏ qua / skipped: {', '.join(sorted(parts))} ({reason(code)})"
        for code, parts in sorted(by_reason.items())
        if code in REASONS
    )


def speed(bits_per_second: float | None) -> str:
    if bits_per_second is None:
        return "–"
    if bits_per_second >= 1e9:
        return f"{bits_per_second / 1e9:.1f} Gbit/s"
    return f"{bits_per_second / 1e6:.1f} Mbit/s"


def missing_packages(kinds: Iterable[str] = ("run", "better"), root: Path = ROOT) -> list[str]:
    """Debian packages of setup/debian.txt that are not installed; none when there is no list or no dpkg."""
    try:
        rows = [line.split() for line in (root / "setup" / "debian.txt").read_text("utf-8").splitlines()]
        wanted = sorted({row[1] for row in rows if len(row) > 1 and row[0] in kinds})
        asked = subprocess.run(
            ["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *wanted],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    there = {line.split()[0] for line in asked.stdout.splitlines() if line.endswith(" installed")}
    return [package for package in wanted if package not in there]
