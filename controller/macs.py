"""What a MAC address says by itself: whether it was made up by the device, and else who made the device."""

from __future__ import annotations

from inventory import vendors


def is_private(mac: str) -> bool:
    """Locally administered: phones and newer computers make one up for each network."""
    try:
        return bool(int(mac[:2], 16) & 2)
    except ValueError:
        return False


def vendor_of(mac: str) -> str:
    """The maker by IEEE's lists, or nothing."""
    return "" if is_private(mac) else vendors.vendor(mac)
