"""Sheets of labels for machines: A4, three by eight, each with a QR code that leads to the machine's page.

The measures are those of ready-cut sheets of 70 × 37 mm (24 on a page, no margin between them); what is printed keeps
4 mm from every cut. The typeface is the one of the pages and of evidence, which has all Vietnamese letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from controller.evidence.errors import EvidenceError
from controller.evidence.report.fonts import BOLD, REGULAR, register
from controller.problems import Problem

WIDTH, HEIGHT = 70.0 * mm, 37.0 * mm
COLUMNS, ROWS = 3, 8
TOP = 0.5 * mm
EDGE = 4.0 * mm
QR = 27.0 * mm
GAP = 2.5 * mm  # between the code and the words
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
    try:
        register()
    except EvidenceError:
        raise Problem("no-fonts") from None
    canvas = Canvas(file, pagesize=A4)
    canvas.setTitle(title)
    first = skip % (COLUMNS * ROWS)
    for place, label in enumerate(labels[:MAX_LABELS], first):
        on_page = place % (COLUMNS * ROWS)
        if on_page == 0 and place > first:
            canvas.showPage()
        _draw(canvas, label, on_page % COLUMNS * WIDTH, A4[1] - TOP - on_page // COLUMNS * HEIGHT)
    canvas.save()


def _draw(canvas: Canvas, label: Label, left: float, top: float) -> None:
    """``left``, ``top``: points from the page's left and bottom edge to the label's upper left corner."""
    _code(canvas, label.url, left + EDGE, top - (HEIGHT - QR) / 2)
    x, room, y = left + EDGE + QR + GAP, WIDTH - QR - 2 * EDGE - GAP, top - EDGE - 1.5 * mm
    for text, size, font, lines in (
        (label.tag, 10.5, BOLD, 1), (label.text, 7.5, REGULAR, 2), (label.room, 7.5, BOLD, 1),
        (label.school, 6.5, REGULAR, 3),
    ):  # fmt: skip
        canvas.setFont(font, size)
        for line in fitted(text, font, size, room, lines):
            y -= size * 1.2
            canvas.drawString(x, y, line)
        y -= 2.2 if text else 0


def fitted(text: str, font: str, size: float, room: float, lines: int) -> list[str]:
    """At most ``lines`` lines of ``room`` points; what is longer ends with an ellipsis."""
    parts = simpleSplit(text, font, size, room)
    shown = [_cut(part, font, size, room) for part in parts[:lines]]
    if len(parts) > lines:
        shown[-1] = _cut(f"{shown[-1].removesuffix('…')} {parts[lines]}", font, size, room)
    return shown


def _cut(text: str, font: str, size: float, room: float) -> str:
    """One line; a word longer than the line is not wrapped by anybody else."""
    if stringWidth(text, font, size) <= room:
        return text
    while text and stringWidth(f"{text}…", font, size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _code(canvas: Canvas, url: str, left: float, top: float) -> None:
    """Drawn as rectangles, so that it is sharp at any size; runs of dark modules are one."""
    rows = [bytes(row) for row in segno.make(url, error="m", micro=False).matrix]
    module = QR / len(rows)
    for number, row in enumerate(rows):
        start, bottom = 0, top - (number + 1) * module
        while start < len(row):
            end = start
            while end < len(row) and row[end]:
                end += 1
            if end > start:
                canvas.rect(left + start * module, bottom, (end - start) * module, module, stroke=0, fill=1)
            start = max(end, start + 1)
