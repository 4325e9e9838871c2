"""The contract's verdict over the records of an evidence file: the same pure judgement that the pages show. Pure.

All that it needs stands in the statement (contract, rule, calendar, period, time zone) and in the records, so whoever
checks the file computes it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any
from zoneinfo import ZoneInfo

from controller.evidence.derive import Record, Records
from monitoring import excluded
from monitoring.boxes import is_at_router
from monitoring.calendar import is_open_time, is_school_time
from monitoring.contract import Promise, SpeedTest, judge
from monitoring.rules import Rule
from monitoring.windows import speaking


def verdict(statement: Mapping[str, Any], records: Records) -> dict[str, Any]:
    """``{"verdict", "clauses", …, "basis"}``: what was judged, and how much of it a seal proves.

    Raises KeyError, TypeError or ValueError for a statement that is not one.
    """
    zone, period = ZoneInfo(statement["zone"]), statement["period"]
    calendar = statement["school"]["calendar"]
    main = main_of(statement)
    results = [record for record in records.results if is_at_router(record["agent"], main)]
    windows = [window for window in records.windows if is_at_router(window["agent"], main)]
    tests = [test_of(record) for record in results if record["outcome"] != "skipped"]
    found = judge(
        promise_of(statement, zone),
        rule_of(statement),
        tests,
        windows,
        start=period["start"],
        end=max(period["start"], min(period["end"], statement["made_at"])),
        is_school_time=lambda at: is_school_time(calendar, at, zone),
        is_open_time=lambda at: is_open_time(calendar, at, zone),
        zone=zone,
    )
    line = speaking(windows)
    counted = [record for record in results if test_of(record).counts and record["outcome"] == "ok"]
    basis = {
        "tests": len(counted),
        "tests_sealed": sum(record["sealed"] for record in counted),
        "windows": len(line),
        "windows_sealed": sum(window["sealed"] for window in line),
    }
    is_proven = basis["tests"] == basis["tests_sealed"] and basis["windows"] == basis["windows_sealed"]
    return {**asdict(found), "basis": basis, "is_proven": is_proven}


def main_of(statement: Mapping[str, Any]) -> frozenset[str]:
    """Ids of the boxes at the router, by the province's word; a file that names none is judged by all."""
    return frozenset(statement.get("main") or ())


def test_of(record: Record) -> SpeedTest:
    return SpeedTest(
        at=record["at"],
        down_bps=record["down_bps"],
        up_bps=record["up_bps"],
        is_valid=record["is_valid"],
        scope=record["scope"],
        mode=record["mode"],
        medium=record["medium"],
        reasons=tuple(record["validity"]),
        device=record["agent"],
    )


def promise_of(statement: Mapping[str, Any], zone: ZoneInfo) -> Promise:
    """What the contract promises; of a school without a contract, nothing."""
    said = dict((statement["contract"] or {}).get("promise") or {})
    return Promise(**{**said, "excluded": excluded.read(said.get("excluded") or (), zone)})


def rule_of(statement: Mapping[str, Any]) -> Rule:
    known = {field.name for field in fields(Rule)}
    return Rule(**{name: value for name, value in statement["rule"].items() if name in known})
