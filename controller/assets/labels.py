"""Sheets of labels for machines: A4, three by eight, each with a QR code that leads to the machine's page.

The measures are those of ready-cut sheets of 70 × 37 mm (24 on a page, no margin between them); what is printed keeps
4 mm from every cut. The typeface is Debian's DejaVu, which has all Vietnamese letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import segno
from fpdf import FPDF

from controller.problems import Problem

FONTS = Path("/usr/share/fonts/truetype/dejavu")
WIDTH, HEIGHT = 70.0, 37.0  # millimetres
COLUMNS, ROWS = 3, 8
TOP = 0.5
EDGE = 4.0
QR = 27.0
LINE = 4.2
MAX_LABELS = 2_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    url: str
    tag: str
    school: str
    room: str
    text: str  # what it is


def write(labels: Sequence[Label], file: IO[bytes], *, skip: int = 0, title: str = "") -> None:
    """A PDF. ``skip``: labels of the first sheet that were used already. Problem "no-fonts" without the typeface."""
    if not (FONTS / "DejaVuSans.ttf").exists():
        raise Problem("no-fonts")
    pdf = FPDF(orientation="portrait", unit="mm", format="A4")
    pdf.set_title(title)
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    pdf.add_font("body", "", str(FONTS / "DejaVuSans.ttf"))
    pdf.add_font("body", "B", str(FONTS / "DejaVuSans-Bold.ttf"))
    for place, label in enumerate(labels[:MAX_LABELS], skip % (COLUMNS * ROWS)):
        on_page = place % (COLUMNS * ROWS)
        if on_page == 0 or pdf.page_no() == 0:
            pdf.add_page()
        _draw(pdf, label, on_page % COLUMNS * WIDTH, TOP + on_page // COLUMNS * HEIGHT)
    file.write(bytes(pdf.output()))


def _draw(pdf: FPDF, label: Label, left: float, top: float) -> None:
    _code(pdf, label.url, left + EDGE, top + (HEIGHT - QR) / 2)
    x, room = left + EDGE + QR + 2.5, WIDTH - QR - 2 * EDGE - 2.5
    y = top + EDGE + 1.5
    pdf.set_xy(x, y)
    _text(pdf, label.tag, room, 10.5, "B", lines=1)
    for text, size, style, lines in ((label.text, 7.5, "", 2), (label.room, 7.5, "B", 1), (label.school, 6.5, "", 3)):
        pdf.set_x(x)
        _text(pdf, text, room, size, style, lines=lines)


def _text(pdf: FPDF, text: str, room: float, size: float, style: str, *, lines: int) -> None:
    """At most ``lines`` lines; what is longer ends with an ellipsis."""
    if not text:
        return
    pdf.set_font("body", style, size)
    height = size * 0.42
    parts = pdf.multi_cell(room, height, text, dry_run=True, output="LINES", align="L")
    shown = [part.strip() for part in parts[:lines]]
    if len(parts) > lines:
        while shown[-1] and pdf.get_string_width(f"{shown[-1]}…") > room - 0.5:
            shown[-1] = shown[-1][:-1]
        shown[-1] += "…"
    x = pdf.get_x()
    for part in shown:
        pdf.set_x(x)
        pdf.cell(room, height, part)
        pdf.set_xy(x, pdf.get_y() + height)
    pdf.set_y(pdf.get_y() + 0.9, new_x=False)
    pdf.set_x(x)


def _code(pdf: FPDF, url: str, left: float, top: float) -> None:
    """Drawn as rectangles, so that it is sharp at any size; runs of dark modules are one."""
    rows = [bytes(row) for row in segno.make(url, error="m", micro=False).matrix]
    module = QR / len(rows)
    pdf.set_fill_color(0, 0, 0)
    for number, row in enumerate(rows):
        start = 0
        while start < len(row):
            end = start
            while end < len(row) and row[end]:
                end += 1
            if end > start:
                pdf.rect(left + start * module, top + number * module, (end - start) * module, module, style="F")
            start = max(end, start + 1)
