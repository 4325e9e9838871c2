"""The report's look: styles, tables that break well, page frame with header, footer and page numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, LongTable, Paragraph, Spacer, TableStyle

from controller.evidence.report.charts import GRID, INK, SOFT
from controller.evidence.report.fonts import BOLD, REGULAR

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN, HEAD, FOOT = 50.0, 62.0, 54.0
BODY_WIDTH = PAGE_WIDTH - 2 * MARGIN
STRIPE = HexColor("#f4f6f9")


def style(name: str, size: float, **more: Any) -> ParagraphStyle:
    given = {"fontName": REGULAR, "textColor": INK, "leading": size * 1.45, "splitLongWords": True, **more}
    return ParagraphStyle(name, fontSize=size, **given)


TITLE = style("title", 19, fontName=BOLD, spaceAfter=2)
SUBTITLE = style("subtitle", 10.5, textColor=SOFT, spaceAfter=10)
HEADING = style("heading", 12.5, fontName=BOLD, spaceBefore=14, spaceAfter=5)
BODY = style("body", 9.2, spaceAfter=5)
NOTE = style("note", 8, textColor=SOFT, spaceAfter=4)
BIG = style("big", 12.5, fontName=BOLD, spaceAfter=3)
CELL = style("cell", 8)
CELL_RIGHT = style("cell-right", 8, alignment=TA_RIGHT)
CELL_HEAD = style("cell-head", 7.8, fontName=BOLD, textColor=INK)
CELL_HEAD_RIGHT = style("cell-head-right", 7.8, fontName=BOLD, alignment=TA_RIGHT)
MONO = style("mono", 7.4, wordWrap="CJK")  # may break anywhere: fingerprints


# What the font has no signs for.
SPOKEN = {"≥": "tối thiểu", "≤": "tối đa", "→": "->", "\u2011": "-", "✓": "v"}


def text(content: object, how: ParagraphStyle = BODY) -> Paragraph:
    """Plain text: what the data say is never taken for markup."""
    said = str(content)
    for sign, words in SPOKEN.items():
        said = said.replace(sign, words)
    return Paragraph(escape(said), how)


def heading(words: str, room: float = 110.0) -> Iterator[Flowable]:
    """A section's head, never alone at the foot of a page: ``room`` in points must be left below."""
    yield CondPageBreak(room)
    yield Paragraph(escape(words), HEADING)


def rich(content: str, how: ParagraphStyle = BODY) -> Paragraph:
    """Our own words, with markup."""
    return Paragraph(content, how)


def table(head: Sequence[str], rows: Sequence[Sequence[object]], widths: Sequence[float], right: str = "") -> LongTable:
    """``widths`` as parts of the body; ``right``: a letter "r" for each column that is set to the right."""
    sides = right.ljust(len(head), "l")
    heads = [text(one, CELL_HEAD_RIGHT if side == "r" else CELL_HEAD) for one, side in zip(head, sides, strict=True)]
    cells = [
        [
            one if isinstance(one, Paragraph) else text(one, CELL_RIGHT if side == "r" else CELL)
            for one, side in zip(row, sides, strict=True)
        ]
        for row in rows
    ]
    total = sum(widths)
    made = LongTable([heads, *cells], [width / total * BODY_WIDTH for width in widths], repeatRows=1)
    made.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
                ("LINEBELOW", (0, 1), (-1, -1), 0.3, GRID),
                ("ROWBACKGROUNDS", (0, 1), (-1, -1), [None, STRIPE]),
                ("LEFTPADDING", (0, 0), (-1, -1), 4),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
                ("TOPPADDING", (0, 0), (-1, -1), 2.2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
            ]
        )
    )
    return made


def pairs(rows: Sequence[tuple[str, object]], first: float = 0.24) -> LongTable:
    """Names and values, without a head."""
    cells = [
        [text(name, CELL_HEAD), value if isinstance(value, Paragraph) else text(value, CELL)] for name, value in rows
    ]
    made = LongTable(cells, [BODY_WIDTH * first, BODY_WIDTH * (1 - first)])
    made.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.3, GRID),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2.2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
            ]
        )
    )
    return made


def gap(points: float) -> Spacer:
    return Spacer(1, points)


class Pages(Canvas):
    """Draws header and footer when all pages are there, so that each can say how many there are."""

    header = ""
    footer = ""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # the library's name
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # not in the stubs

    def save(self) -> None:
        for page in self._pages:
            self.__dict__.update(page)
            self._frame(len(self._pages))
            super().showPage()
        super().save()

    def _frame(self, count: int) -> None:
        self.saveState()
        self.setStrokeColor(GRID)
        self.setLineWidth(0.6)
        self.setFillColor(SOFT)
        self.setFont(REGULAR, 7.6)
        top, bottom = PAGE_HEIGHT - HEAD + 18, FOOT - 12
        self.line(MARGIN, top, PAGE_WIDTH - MARGIN, top)
        self.line(MARGIN, bottom, PAGE_WIDTH - MARGIN, bottom)
        self.drawString(MARGIN, top + 6, self.header)
        self.drawString(MARGIN, bottom - 12, self.footer)
        self.drawRightString(PAGE_WIDTH - MARGIN, bottom - 12, f"Trang {self.getPageNumber()} / {count}")
        self.restoreState()
