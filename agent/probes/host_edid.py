"""What a display says of itself: EDID (VESA E-EDID 1.4), 128 bytes of which none is trusted."""

from __future__ import annotations

from typing import Any

from agent.probes.host_source import clean, filled

HEADER = b"\x00\xff\xff\xff\xff\xff\xff\x00"
SERIAL, NAME = 0xFF, 0xFC
MAKERS = {
    "ACI": "ASUS", "ACR": "Acer", "AOC": "AOC", "APP": "Apple", "AUO": "AU Optronics", "AUS": "ASUS", "BNQ": "BenQ",
    "BOE": "BOE", "CMN": "Innolux", "CSO": "CSOT", "DEL": "Dell", "EPI": "Envision", "GSM": "LG", "HKC": "HKC",
    "HPN": "HP", "HSD": "HannStar", "HWP": "HP", "IVO": "InfoVision", "LEN": "Lenovo", "LGD": "LG Display",
    "LPL": "LG Display", "MEI": "Panasonic", "NEC": "NEC", "PHL": "Philips", "SAM": "Samsung",
    "SDC": "Samsung Display", "SEC": "Samsung", "SHP": "Sharp", "SKY": "Skyworth", "SNY": "Sony", "TCL": "TCL",
    "TSB": "Toshiba", "VSC": "ViewSonic", "XMI": "Xiaomi",
}  # fmt: skip


def parse_edid(edid: bytes) -> dict[str, Any] | None:
    """Maker, model, serial, year, size and resolution; None when it is no EDID."""
    if len(edid) < 128 or edid[:8] != HEADER or sum(edid[:128]) % 256:
        return None
    letters = int.from_bytes(edid[8:10], "big")
    maker = "".join(chr(64 + (letters >> shift & 31)) for shift in (10, 5, 0))
    blocks = [edid[place : place + 18] for place in range(54, 126, 18)]
    texts = {block[3]: _text(block) for block in blocks if block[:3] == b"\0\0\0"}
    number = int.from_bytes(edid[12:16], "little")
    timing = next((block for block in blocks if block[:2] != b"\0\0"), None)
    width, height = edid[21] * 10, edid[22] * 10  # centimetres
    pixels: tuple[int, int] | tuple[None, None] = (None, None)
    if timing is not None:
        pixels = timing[2] | (timing[4] & 0xF0) << 4, timing[5] | (timing[7] & 0xF0) << 4
        exact = timing[12] | (timing[14] & 0xF0) << 4, timing[13] | (timing[14] & 0x0F) << 8
        if all(exact):
            width, height = exact
    return filled(
        {
            "vendor": MAKERS.get(maker, maker),
            "model": texts.get(NAME) or f"{maker}{int.from_bytes(edid[10:12], 'little'):04X}",
            "serial": texts.get(SERIAL) or (str(number) if number not in (0, 0x01010101) else ""),
            "year": 1990 + edid[17] if edid[16] != 0xFF or edid[17] else None,
            "width_mm": width or None,
            "height_mm": height or None,
            "width_px": pixels[0],
            "height_px": pixels[1],
        }
    )


def _text(block: bytes) -> str:
    return clean(block[5:18].partition(b"\n")[0].decode("cp437", "replace"))
