"""What is known of the school's wire from run to run, on disk: read for a run and forgotten again, so that an idle box
does not carry it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from agent.encode import to_json
from agent.lan.merge import Kept, is_told, merge
from agent.lan.rogue import Verdict, Watched, judge
from agent.slots import replace_file
from agent.wire import Result, Sample, StateChange

SUBJECT = "lan:rogue-dhcp"
MAX_FILE = 8 * 1024 * 1024
NEIGHBOURS_KEPT = 24  # runs: CDP comes once a minute, and is not heard each time


class LanKeeper:
    def __init__(self, directory: Path) -> None:
        self._file = directory / "lan.json"

    def take(self, result: Result, settings: Mapping[str, Any]) -> tuple[Result, list[StateChange]]:
        """A run as it came from the probe → what may leave the school, and what changed."""
        kept = self._kept()
        run = kept["run"] + 1
        devices = [each for each in result.facts.get("devices", ()) if isinstance(each, dict)]
        after, there, waiting = merge(kept["devices"], devices, run, result.started.wall)
        facts = {**result.facts, "devices": there, "run": run}
        if "conflicts" in facts:
            facts["conflicts"] = _without_names(facts["conflicts"], devices)
        changes: list[StateChange] = []
        watched = kept["dhcp"]
        if "servers" in result.facts and "gateways" in result.facts:
            verdict = judge(watched, result.facts["servers"], result.facts["gateways"], _named(settings))
            watched = verdict.watched
            facts["rogues"] = [each["server"] for each in verdict.rogues]
            changes = _changes(result, verdict)
        neighbours, facts["neighbours"] = _neighbours(kept["neighbours"], result.facts.get("neighbours", []), run)
        self._keep({"run": run, "devices": after, "dhcp": asdict(watched), "neighbours": neighbours})
        private = sum(not is_told(each) for each in devices)
        counts = {"lan_devices": len(there) + private, "lan_private_macs": private, "lan_devices_waiting": waiting}
        others = [sample for sample in result.samples if sample.name not in counts]
        samples = [Sample(name=name, value=float(value)) for name, value in counts.items()]
        return replace(result, facts=facts, samples=[*samples, *others]), changes

    def _kept(self) -> dict[str, Any]:
        """Whatever lies there; a file that makes no sense is a beginning."""
        try:
            if self._file.stat().st_size > MAX_FILE:
                raise ValueError("too large")
            said = json.loads(self._file.read_bytes())
            devices: Kept = {mac: one for mac, one in said["devices"].items() if _is_sound(one)}
            near = [one for one in said["neighbours"] if isinstance(one, list) and len(one) == 2]
            return {"run": int(said["run"]), "devices": devices, "dhcp": Watched.of(said["dhcp"]), "neighbours": near}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {"run": 0, "devices": {}, "dhcp": Watched(), "neighbours": []}

    def _keep(self, value: dict[str, Any]) -> None:
        try:
            replace_file(self._file, to_json(value))
        except OSError:
            self._file.unlink(missing_ok=True)  # a full disk: the next run begins anew


def _is_sound(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("device"), dict)
        and isinstance(one.get("heard"), dict)
        and all(isinstance(one.get(name), int | float) for name in ("first", "last", "runs", "wall"))
        and all(isinstance(said, list) and len(said) == 2 for said in one["heard"].values())
    )


def _named(settings: Mapping[str, Any]) -> set[str]:
    named = settings.get("dhcp_servers")
    return {str(each) for each in named} if isinstance(named, list) else set()


def _without_names(conflicts: Mapping[str, list[str]], devices: list[dict[str, Any]]) -> dict[str, list[str]]:
    nameless = {each["mac"] for each in devices if not is_told(each)}
    return {address: ["private" if mac in nameless else mac for mac in macs] for address, macs in conflicts.items()}


def _neighbours(kept: list[Any], heard: list[dict[str, Any]], run: int) -> tuple[list[Any], list[dict[str, Any]]]:
    """With those of earlier runs that were not heard now; a port that says something new replaces what it said."""
    newest = {(one["by"], one.get("mac")): [at, one] for at, one in kept if run - at < NEIGHBOURS_KEPT}
    newest |= {(one["by"], one.get("mac")): [run, one] for one in heard}
    rows = list(newest.values())[-16:]
    return rows, [{**one, **({"runs_ago": run - at} if run > at else {})} for at, one in rows]


def _changes(result: Result, verdict: Verdict) -> list[StateChange]:
    if not verdict.changed:
        return []
    before = "none" if verdict.changed == "present" else "present"
    told = [{key: each[key] for key in ("server", "mac", "routers", "dns") if key in each} for each in verdict.rogues]
    first = told[0] if told else {}
    facts: dict[str, Any] = {"server": first.get("server", ""), "mac": first.get("mac", "")} if first else {}
    facts |= {"servers": told[:8], "known": list(verdict.watched.learned)} if told else {}
    return [
        StateChange(
            at=result.started, subject=SUBJECT, before=before, after=verdict.changed, detail=facts.get("server", ""),
            facts=facts,
        )
    ]  # fmt: skip
