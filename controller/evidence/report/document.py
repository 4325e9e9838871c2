"""The report as a whole: its sections in order, typeset into one PDF. The same parts give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from controller.evidence import parts
from controller.evidence.derive import Records
from controller.evidence.keys import EvidenceKeys
from controller.evidence.report import fonts, layout
from controller.evidence.report.front import front
from controller.evidence.report.material import Material
from controller.evidence.report.measured import measured
from controller.evidence.report.proof import proof
from controller.evidence.report.words import Days


def draw(
    statement: Mapping[str, Any], content: Mapping[str, bytes], records: Records, own: EvidenceKeys, link: str
) -> bytes:
    """The unsigned PDF. ``link``: the chain of hashes over all parts before it. Raises EvidenceError."""
    fonts.register()
    material = Material(
        statement=statement,
        verdict=orjson.loads(content["verdict.json"]),
        coverage=orjson.loads(content["coverage.json"]),
        boxes=orjson.loads(content[parts.BOXES]),
        records=records,
        own=own,
        link=link,
        days=Days(ZoneInfo(statement["zone"])),
    )
    return typeset(material, [*front(material), *measured(material), *proof(material)])


def typeset(material: Material, story: list[Flowable]) -> bytes:
    school = material.statement["school"]
    name = f"{school['code']} {school['name']}"
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=(layout.PAGE_WIDTH, layout.PAGE_HEIGHT),
        title=f"Hồ sơ bằng chứng: {name}",
        author=material.statement["province"],
        subject=f"truongnet-evidence {material.link}",  # read again by the check
        creator=material.statement["software"],
        invariant=1,
        lang="vi",
    )
    body = Frame(
        layout.MARGIN, layout.FOOT, layout.BODY_WIDTH, layout.PAGE_HEIGHT - layout.HEAD - layout.FOOT, 0, 0, 0, 0
    )
    document.addPageTemplates(PageTemplate("page", [body]))
    period = material.statement["period"]
    pages: Any = type(
        "OurPages",
        (layout.Pages,),
        {
            "header": f"{material.statement['province']}  ·  {name[:70]}  ·  "
            + material.days.period(period["start"], period["end"]),
            "footer": f"Hồ sơ bằng chứng  ·  dữ liệu {material.link[:16]}…",
        },
    )
    document.build(story, canvasmaker=pages)
    return out.getvalue()
