"""System, board, processor, memory and operating system."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from agent.frame import ProbeError, Skip
from agent.probes import host_dmi
from agent.probes.host_source import Source, clean, filled, key_values

# What the firmware of a virtual machine calls itself.
VIRTUAL = (
    ("qemu", "kvm"), ("kvm", "kvm"), ("bochs", "kvm"), ("vmware", "vmware"), ("virtualbox", "virtualbox"),
    ("innotek", "virtualbox"), ("virtual machine", "hyper-v"), ("xen", "xen"), ("parallels", "parallels"),
    ("amazon ec2", "kvm"), ("google compute", "kvm"), ("openstack", "kvm"), ("bhyve", "bhyve"),
)  # fmt: skip
ID = "sys/class/dmi/id"


def dmi_table(source: Source) -> bytes:
    """The raw SMBIOS table, empty when there is none or no right to; then what it would have told is missing."""
    try:
        return host_dmi.table(source.ask("dmi", {}))
    except (Skip, ProbeError) as error:
        source.lack_by("system.serial", error)
        source.lack_by("memory.modules", error)
    except (ValueError, KeyError):
        source.lack("memory.modules", "unreadable", "DMI")
    return b""


def system(source: Source, raw: bytes) -> dict[str, Any]:
    chassis = source.number(f"{ID}/chassis_type")
    section = {
        "vendor": source.text(f"{ID}/sys_vendor"),
        "product": source.text(f"{ID}/product_name") or source.text("proc/device-tree/model"),
        "version": source.text(f"{ID}/product_version"),
        "serial": host_dmi.serials(raw)[0] or source.text("proc/device-tree/serial-number"),
        "chassis": host_dmi.CHASSIS.get((chassis or 0) & 0x7F, ""),
        "virtual": virtual(source),
    }
    if not section["product"]:
        reason = "not-filled-in" if source.path(ID).exists() else "no-dmi"
        source.lack("system.product", reason)
    if section["serial"]:
        source.missing.pop("system.serial", None)
    elif raw:
        source.lack("system.serial", "not-filled-in")
    return filled(section)


def virtual(source: Source) -> str:
    """Which kind of virtual machine or container this is; empty on real hardware."""
    container = source.text("run/systemd/container")
    if container:
        return container
    words = " ".join(source.text(f"{ID}/{name}") for name in ("sys_vendor", "product_name", "bios_vendor")).lower()
    for word, kind in VIRTUAL:
        if word in words:
            return kind
    flags = next(
        (value.split() for name, value in key_values(source.whole("proc/cpuinfo"), ":") if name == "flags"), []
    )
    return "vm" if "hypervisor" in flags else ""


def board(source: Source, raw: bytes) -> dict[str, Any]:
    names = ("board_vendor", "board_name", "board_version", "bios_vendor", "bios_version", "bios_date")
    values = {name.removeprefix("board_"): source.text(f"{ID}/{name}") for name in names}
    values["product"] = values.pop("name")
    section = filled(values | {"serial": host_dmi.serials(raw)[1]})
    if not section:
        source.lack("board", "no-dmi")
    return section


def cpu(source: Source) -> dict[str, Any]:
    """Sockets, cores and threads as the kernel sees them; the clock is the highest possible one."""
    model, threads, cores, sockets = "", 0, set(), set()
    for name, value in key_values(source.whole("proc/cpuinfo"), ":"):
        if name == "processor" and value.isdigit():
            threads += 1
        elif name in ("model name", "Model", "cpu model") and not model:
            model = clean(value)
    base = "sys/devices/system/cpu"
    for number in range(threads):
        package = source.number(f"{base}/cpu{number}/topology/physical_package_id")
        core = source.number(f"{base}/cpu{number}/topology/core_id")
        if core is not None:
            sockets.add(package)
            cores.add((package, core))
    khz = source.number(f"{base}/cpu0/cpufreq/cpuinfo_max_freq")
    if not threads:
        source.lack("cpu", "unreadable", "/proc/cpuinfo")
    return filled(
        {
            "model": model,
            "sockets": len(sockets) or None,
            "cores": len(cores) or None,
            "threads": threads or None,
            "max_mhz": khz // 1000 if khz else None,
            "architecture": source.architecture,
        }
    )


def memory(source: Source, raw: bytes) -> dict[str, Any]:
    values = dict(key_values(source.whole("proc/meminfo"), ":"))
    total, available = _kilobytes(values, "MemTotal"), _kilobytes(values, "MemAvailable")
    source.sample("memory_available_bytes", available)
    # In whole MiB: the kernel's own share differs a little from start to start, and that is no change of hardware.
    section: dict[str, Any] = {"total_bytes": total // 1024**2 * 1024**2} if total else {}
    slots, modules = host_dmi.memory(raw)
    if modules:
        section |= {"slots": slots, "modules": modules}
    elif raw:
        source.lack("memory.modules", "not-filled-in")
    return section


def _kilobytes(values: dict[str, str], name: str) -> int | None:
    words = values.get(name, "").split()
    return int(words[0]) * 1024 if words and words[0].isdigit() else None


def os_section(source: Source) -> dict[str, Any]:
    release = {name: value.strip("\"'") for name, value in key_values(source.whole("etc/os-release"), "=")}
    packages = sum(1 for _ in _installed(source))
    if not packages:
        source.lack("os.packages", "no-dpkg")
    try:
        zone = os.readlink(source.path("etc/localtime")).partition("zoneinfo/")[2]  # noqa: PTH115 - as it is written
    except OSError:
        zone = source.text("etc/timezone")
    words = source.whole("proc/uptime").split()
    source.sample("uptime_seconds", float(words[0]) if words else None)
    return filled(
        {
            "id": release.get("ID", ""),
            "name": release.get("PRETTY_NAME", ""),
            "version": source.text("etc/debian_version")
            if release.get("ID") == "debian"
            else release.get("VERSION_ID"),
            "kernel": source.text("proc/sys/kernel/osrelease"),
            "architecture": source.architecture,
            "packages": packages or None,
            "hostname": source.text("proc/sys/kernel/hostname"),
            "timezone": zone,
        }
    )


def _installed(source: Source) -> Iterator[str]:
    """Line by line: the file has megabytes."""
    try:
        with source.path("var/lib/dpkg/status").open(encoding="utf-8", errors="replace") as file:
            yield from (line for line in file if line.startswith("Status: ") and line.endswith(" installed\n"))
    except OSError:
        return
