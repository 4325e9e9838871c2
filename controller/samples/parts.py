"""What hangs on an invented school: lines, rooms, people without names, boxes, devices. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

from agent.wire import fingerprint
from controller.samples.hardware import machine_of, serial_of
from controller.samples.life import Life
from controller.samples.plan import Plan
from controller.samples.words import DEVICES, ROOMS
from inventory.fold import school_search

DAY = 86_400.0
Row = dict[str, Any]


def school(plan: Plan, life: Life, at: float) -> Row:
    return {
        "code": plan.code,
        "name": plan.name,
        "search": school_search(plan.name, plan.code),
        "level": plan.level,
        "commune_code": plan.commune_code,
        "address": f"Ấp {plan.number % 9 + 1} (địa chỉ mẫu)",
        "lat": None,
        "lon": None,
        "pupils": plan.pupils,
        "teachers": plan.teachers,
        "shifts": plan.shifts,
        "calendar": life.calendar,
        "is_sample": True,
        "is_demo": False,
        "created_at": at,
        "updated_at": at,
    }


def links(plan: Plan, school_id: int) -> Iterator[Row]:
    line: Row = {"school_id": school_id, "name": "1", "provider": plan.provider, "medium": plan.medium}
    line |= {"down_bps": plan.down_bps, "up_bps": plan.up_bps, "price_vnd": plan.price_vnd}
    line |= _terms(plan)
    yield line | {"contract": f"HĐ-MAU-{plan.number:04d}", "is_primary": True}
    if plan.is_pilot or plan.number % 12 == 0:
        spare: Row = {"name": "2", "medium": "mobile", "down_bps": 30e6, "up_bps": 10e6, "price_vnd": 150_000}
        spare |= {"data_cap_bytes": 120_000_000_000, "availability": None, "max_rtt": None, "excluded": []}
        yield line | spare | {"contract": "", "is_primary": False}


def _terms(plan: Plan) -> Row:
    """What its contract promises beyond rates; telephone numbers are left out, so that nobody calls one."""
    draw = plan.chance("terms")
    year = draw.choice((2024, 2025, 2025, 2026))
    has_service = draw.random() < 0.6
    return {
        "starts_on": f"{year}-{draw.randrange(1, 10):02}-01",
        "ends_on": f"{year + 3}-12-31",
        "availability": 0.995 if has_service else None,
        "max_rtt": 0.05 if has_service else None,
        "data_cap_bytes": None,
        "excluded": [["sun", "00:00", "05:00"]] if has_service else [],
        "provider_phone": "",
        "rule": "",
    }


def rooms(plan: Plan, school_id: int) -> Iterator[Row]:
    count = len(ROOMS) if plan.is_pilot else 2 + plan.number % 5
    for code, name, kind, seats in ROOMS[:count]:
        yield {"school_id": school_id, "code": code, "name": name, "kind": kind, "seats": seats}


def contacts(plan: Plan, school_id: int) -> Iterator[Row]:
    """Posts, never names: nobody may take them for a person."""
    for post, role in (("Hiệu trưởng (mẫu)", "Hiệu trưởng"), ("Phụ trách CNTT (mẫu)", "Phụ trách CNTT")):
        mail = f"{'ht' if role == 'Hiệu trưởng' else 'cntt'}.{plan.code.lower()}@example.org"
        yield {"school_id": school_id, "name": post, "role": role, "phone": "", "email": mail}


def agents(plan: Plan, life: Life, school_id: int, now: float) -> Iterator[Row]:
    draw = plan.chance("agent")
    states = {
        "pending": ("pending", ""),
        "other": draw.choice((("quarantined", "clone-suspected"), ("refused", "wrong-school"))),
    }
    if plan.has_box:
        yield _agent(plan, school_id, "accepted", "", 0, life, now)
    elif plan.fate in states:
        state, reason = states[plan.fate]
        yield _agent(plan, school_id, state, reason, 0, life, now)
    if plan.has_box and plan.number % 97 == 0:
        yield _agent(plan, school_id, "retired", "", 1, life, now)


def _agent(plan: Plan, school_id: int, state: str, reason: str, which: int, life: Life, now: float) -> Row:
    draw = plan.chance(f"box {which}")
    raw = hashlib.sha256(f"sample {plan.box_id} {which}".encode()).digest()  # a key that nobody holds
    machine = machine_of(plan)
    is_heard = state == "accepted"
    gone = life.status in ("silent", "expected-off")
    seen = float(life.since) if gone else now - draw.uniform(2, 28)
    created = now - draw.uniform(600, 20 * 3600) if state == "pending" else life.joined - 1800.0
    return {
        "id": plan.box_id if which == 0 else plan.box_id.replace("5a3b1e", "5a3b1f"),
        "school_id": school_id,
        "state": state,
        "reason": reason,
        "public_key": base64.b64encode(raw).decode(),
        "fingerprint": fingerprint(raw),
        "hostname": f"hop-{plan.code.lower()}",
        "machine": {"vendor": machine.vendor, "product": machine.product, "serial": serial_of(plan)},
        "version": draw.choices(("0.1.0", "0.1.0.dev4"), (92, 8))[0],
        "code_id": "",
        "created_at": created,
        "decided_at": None if state == "pending" else created + 1800.0,
        "decided_by": "" if state == "pending" else "mau",
        "epoch": 1 if is_heard else 0,
        "next_seq": 3000 if is_heard else 1,
        "ahead": [],
        "token": "",
        "previous_token": "",
        "settings_revision": 1 if is_heard else 0,
        "roots": "",
        "told_roots": "",
        "measure_at": None,
        "last_exchange_at": seen - draw.uniform(0, 800) if is_heard else None,
        "last_beat_at": seen if is_heard else None,
        "boot": "",
        "boot_offset": None,
        "boot_mono": None,
        "boots": {},
        "clock_skew": _skew(plan) if is_heard else None,
        "spool_bytes": int(draw.lognormvariate(16.5, 0.6)) if is_heard else None,
        "spool_limit": 512 * 1024 * 1024 if is_heard else None,
        "spool_unacknowledged": (0 if draw.random() < 0.9 else draw.randrange(1, 40)) if is_heard else None,
    }


def _skew(plan: Plan) -> float:
    """Seconds; a few clocks have a dead battery."""
    draw = plan.chance("skew")
    if draw.random() < 0.01:
        return -draw.uniform(1, 9) * 365 * DAY
    return round(draw.gauss(0, 0.4), 3)


def devices(plan: Plan, life: Life, school_id: int, now: float) -> Iterator[Row]:
    if not plan.has_box:
        return
    draw = plan.chance("devices")
    count = 38 if plan.is_pilot else draw.randrange(5, 13)
    last = float(life.since) if life.status in ("silent", "expected-off") else now
    for number in range(count):
        prefix, vendor, name, kind = DEVICES[number % len(DEVICES)]
        is_private = number % 5 == 4
        tail = f"{school_id >> 8 & 0xFF:02x}:{school_id & 0xFF:02x}:{number:02x}"
        first = life.joined + draw.uniform(0, max(0.0, last - life.joined) * 0.8)
        yield {
            "school_id": school_id,
            "mac": f"{'da:a1:19' if is_private else prefix}:{tail}",
            "ip": f"192.168.1.{10 + number}",
            "vendor": "" if is_private else vendor,
            "is_private_mac": is_private,
            "name": "" if is_private else name,
            "first_seen": first,
            "last_seen": last - draw.choice((0.0, 0.0, 0.0, 3600.0, 2 * DAY)) if last - first > 3 * DAY else last,
            "facts": {"private": is_private} | ({"role": "gateway"} if kind == "router" else {}),
        }
