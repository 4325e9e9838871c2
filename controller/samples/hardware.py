"""The hardware of an invented box, in the shape that the probe ``host`` reports it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from controller.db import dump
from controller.samples.life import Life
from controller.samples.plan import Plan

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    vendor: str
    product: str
    chassis: str
    cpu: str
    cores: int
    max_mhz: int
    memory_gib: int
    memory: str
    disk: str
    disk_kind: str
    disk_bytes: int
    driver: str
    architecture: str = "x86_64"


MACHINES = (
    Machine(vendor="Intel", product="NUC11ATKC4", chassis="mini-pc", cpu="Intel(R) Celeron(R) N5105 @ 2.00GHz", cores=4,
            max_mhz=2900, memory_gib=8, memory="DDR4", disk="SSD SATA 240GB", disk_kind="ssd",
            disk_bytes=240_057_409_536, driver="r8169"),
    Machine(vendor="Beelink", product="Mini S12", chassis="mini-pc", cpu="Intel(R) N100", cores=4, max_mhz=3400,
            memory_gib=16, memory="DDR4", disk="SSD NVMe 512GB", disk_kind="nvme", disk_bytes=512_110_190_592,
            driver="r8169"),
    Machine(vendor="Dell Inc.", product="OptiPlex 3050", chassis="desktop", cpu="Intel(R) Core(TM) i3-7100T @ 3.40GHz",
            cores=2, max_mhz=3400, memory_gib=8, memory="DDR4", disk="HDD SATA 500GB", disk_kind="hdd",
            disk_bytes=500_107_862_016, driver="e1000e"),
    Machine(vendor="Raspberry Pi", product="Raspberry Pi 4 Model B", chassis="board", cpu="Cortex-A72", cores=4,
            max_mhz=1800, memory_gib=4, memory="LPDDR4", disk="microSD 64GB", disk_kind="emmc",
            disk_bytes=63_864_569_856, driver="bcmgenet", architecture="aarch64"),
)  # fmt: skip


def machine_of(plan: Plan) -> Machine:
    return MACHINES[plan.number % len(MACHINES)]


def serial_of(plan: Plan) -> str:
    return f"MAU{plan.number:06d}"


def inventory(plan: Plan, life: Life, school_id: int) -> Iterator[Row]:
    """The snapshot of a school's box; none without a box."""
    if not plan.has_box:
        return
    sections = _sections(plan, machine_of(plan), plan.chance("hardware"))
    yield {
        "agent_id": plan.box_id,
        "school_id": school_id,
        "at": float(life.joined),
        "digest": hashlib.sha256(dump(sections).encode()).hexdigest(),
        "sections": sections,
    }


def _sections(plan: Plan, machine: Machine, draw: Random) -> Row:
    is_board = machine.chassis == "board"
    missing: Row = {"memory.modules": {"reason": "no-dmi"}} if is_board else {}
    modules = [{"slot": "DIMM 0", "bytes": machine.memory_gib * 2**30, "type": machine.memory, "speed_mts": 2666}]
    health = {"status": "failing"} if draw.random() < 0.03 else {"status": "ok"}
    mac = f"{'dc:a6:32' if is_board else '1c:69:7a'}:{school_part(plan.number)}"
    speed = 100 if draw.random() < 0.12 else 1000
    sections: Row = {
        "system": {
            "vendor": machine.vendor,
            "product": machine.product,
            "serial": serial_of(plan),
            "chassis": machine.chassis,
        },
        "board": {
            "vendor": machine.vendor,
            "product": machine.product,
            "bios_vendor": machine.vendor,
            "bios_version": "1.4.2",
            "bios_date": "06/12/2023",
        },
        "cpu": {
            "model": machine.cpu,
            "sockets": 1,
            "cores": machine.cores,
            "threads": machine.cores,
            "max_mhz": machine.max_mhz,
            "architecture": machine.architecture,
        },
        "memory": {"total_bytes": int(machine.memory_gib * 2**30 * 0.96), "slots": 1}
        | ({} if is_board else {"modules": modules}),
        "disks": [
            {
                "name": {"nvme": "nvme0n1", "emmc": "mmcblk0"}.get(machine.disk_kind, "sda"),
                "kind": machine.disk_kind,
                "model": machine.disk,
                "bytes": machine.disk_bytes,
                "removable": False,
                "health": {"status": "unknown", "reason": "no-smart"} if is_board else health,
            }
        ],
        "network": [
            {
                "name": "eth0" if is_board else "enp1s0",
                "kind": "wired",
                "mac": mac,
                "driver": machine.driver,
                "carrier": "up",
                "speed_mbps": speed,
                "duplex": "full",
            }
        ],
        "wifi": [],
        "usb": [],
        "displays": _displays(draw),
        "printers": [],
        "power": {"batteries": [], "ups": []},
        "os": {
            "id": "debian",
            "name": "Debian GNU/Linux 12 (bookworm)",
            "version": "12.11",
            "kernel": "6.1.0-37-arm64" if is_board else "6.1.0-37-amd64",
            "architecture": machine.architecture,
            "packages": draw.randrange(380, 460),
            "hostname": f"hop-{plan.code.lower()}",
            "timezone": "Asia/Ho_Chi_Minh",
        },
    }
    return sections | {"missing": missing}


def _displays(draw: Random) -> list[Row]:
    if draw.random() < 0.7:
        return []
    size = {"width_mm": 1209, "height_mm": 680, "width_px": 1920, "height_px": 1080}
    return [{"connector": "HDMI-A-1", "vendor": "Samsung", "model": "TV 55", "year": 2021, **size}]


def school_part(number: int) -> str:
    """The last three bytes of a MAC."""
    return f"{number >> 16 & 0xFF:02x}:{number >> 8 & 0xFF:02x}:{number & 0xFF:02x}"
