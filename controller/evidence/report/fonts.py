"""Be Vietnam Pro for the PDF, made from the web fonts that the pages use.

The package carries the font in pieces (Latin, Vietnamese, more Latin). A PDF wants one TrueType file a weight, so the
pieces are merged once a process; what only a browser uses (kerning classes, features) is left out. The drawing library
keeps registered fonts in a table of its own.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from fontTools.merge import Merger, Options
from fontTools.ttLib import TTFont as FontFile
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from controller.evidence.errors import EvidenceError

VENDOR = Path(__file__).resolve().parents[2] / "web" / "static" / "vendor"
REGULAR, BOLD = "BeVietnamPro", "BeVietnamPro-SemiBold"
WEIGHTS = {REGULAR: 400, BOLD: 600}
PIECES = ("latin", "vietnamese", "latin-ext")
LEFT_OUT = ("GSUB", "GPOS", "GDEF", "STAT", "DSIG", "gasp", "prep", "fpgm", "cvt ", "meta", "hdmx", "VDMX", "LTSH")


@cache
def register() -> None:
    """Make both weights known to the drawing library. Raises EvidenceError."""
    for name, weight in WEIGHTS.items():
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(merged(weight))))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def merged(weight: int) -> bytes:
    """One TrueType font of all pieces. Raises EvidenceError."""
    files = [VENDOR / f"be-vietnam-pro-{piece}-{weight}.woff" for piece in PIECES]
    if not all(file.exists() for file in files):
        raise EvidenceError("no-fonts", "thiếu phông chữ: hãy chạy lại make run", "no fonts here: run make run again")
    pieces = [_piece(file) for file in files]
    font = Merger(Options(drop_tables=list(LEFT_OUT))).merge(pieces)
    out = io.BytesIO()
    font.save(out, reorderTables=None)
    return out.getvalue()


def _piece(file: Path) -> io.BytesIO:
    """The same as plain TrueType: the merger reads no web font."""
    font = FontFile(file, recalcTimestamp=False)
    font.flavor = None
    for table in LEFT_OUT:
        if table in font:
            del font[table]
    out = io.BytesIO()
    font.save(out)
    out.seek(0)
    return out
