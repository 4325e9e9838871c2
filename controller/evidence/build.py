"""Makes an evidence file: gather, derive, draw the report, sign. The same data at one moment: the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from controller.admission_data import default_calendar
from controller.config import Settings
from controller.evidence import container, derive, gather, manifest, parts, seals
from controller.evidence.acceptance import keys_of
from controller.evidence.container import Part, deflated, stored
from controller.evidence.contract import contract_of
from controller.evidence.errors import EvidenceError
from controller.evidence.keys import EvidenceKeys, open_keys
from controller.evidence.report.document import draw
from controller.evidence.report.sign import sign_pdf
from controller.pki import Keys
from controller.plan.reading import at_router
from controller.scope import key_of
from controller.tables import Audit, Commune, School
from controller.version import VERSION
from monitoring.calendar import effective

Report = Callable[[float, str], None]
STORED = (parts.README, parts.PDF, parts.PROVINCE)  # small, or packed already


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose file, of which time (Unix seconds), made when."""

    school: School
    start: float
    end: float
    now: float


def build(engine: Engine, keys: Keys, settings: Settings, asked: Asked, report: Report) -> bytes:
    """The file's bytes. Raises EvidenceError, KeyFileError."""
    own = open_keys(keys, settings.province_name, asked.now)
    with Session(engine) as session:
        statement = statement_of(session, settings, asked)
        report(0.05, "seals")
        content, records = _content(session, asked, statement)
    report(0.5, "pdf")
    content[parts.PROVINCE] = own.pem
    made = [_part(name, content[name]) for name in parts.NAMES if name != parts.PDF]
    link = manifest.chain(made)
    drawn = draw(statement, content, records, own, link)
    report(0.85, "sign")
    made.append(_part(parts.PDF, sign_pdf(drawn, own, statement)))
    data = container.write([*made, *_signed(made, statement, own)])
    if len(data) > container.MAX_FILE or sum(len(part.content) for part in made) > container.MAX_CONTENT:
        raise EvidenceError("too-much", "quá nhiều số liệu; hãy chọn kỳ ngắn hơn", "too much data; choose less time")
    return data


def _content(session: Session, asked: Asked, statement: Mapping[str, Any]) -> tuple[dict[str, bytes], derive.Records]:
    """All parts but certificates and PDF, and the records that they were made from."""
    agents = gather.agents_of(session, key_of(asked.school))
    boxes = gather.papers(session, agents)
    keys = keys_of(boxes)
    some = gather.sealed_batches(session, agents, asked.start, asked.end)
    kept = sorted((one for one in some if one.agent in keys), key=lambda one: (one.agent, one.seq))
    opened = list(seals.open_all(kept, keys))
    nothing: dict[str, list[derive.Record]] = {}
    first, cited = derive.derive(opened, nothing, asked.start, asked.end)
    held = {(one.agent, one.seq) for one in kept}
    rest = gather.unsealed(session, key_of(asked.school), held, first.windows, asked.start, asked.end)
    opened = [one for one in opened if (one.sealed.agent, one.sealed.seq) in cited]
    records, _ = derive.derive(opened, rest, asked.start, asked.end)
    spoke = {record["agent"] for kind in derive.KINDS for record in records.of(kind)}
    index, lines = seals.encode(one.sealed for one in opened)
    return {
        parts.README: parts.readme(statement),
        parts.STATEMENT: parts.dump(statement),
        parts.BOXES: parts.dump([box for box in boxes if box["id"] in spoke]),
        parts.INDEX: index,
        parts.SEALS: lines,
        parts.UNSEALED: parts.dump(rest),
        **parts.derived(statement, records),
    }, records


def statement_of(session: Session, settings: Settings, asked: Asked) -> dict[str, Any]:
    """The province's word: everything that no box can seal."""
    school = asked.school
    commune = session.get(Commune, school.commune_code)
    head = session.exec(select(Audit.id, Audit.hash).order_by(col(Audit.id).desc()).limit(1)).first()
    contract, rule = contract_of(session, school, asked.start, asked.end, settings.zone)
    return {
        "format": manifest.FORMAT,
        "software": f"truongnet {VERSION}",
        "made_at": round(asked.now, 3),
        "province": settings.province_name,
        "zone": settings.time_zone,
        "school": {
            "code": school.code,
            "name": school.name,
            "commune": f"{commune.kind} {commune.name}".strip() if commune else "",
            "address": school.address,
            "pupils": school.pupils,
            "calendar": effective(school.calendar, default_calendar(session.connection())),
            "is_sample": school.is_sample,
            "is_demo": school.is_demo,
        },
        "main": at_router(session.connection(), [key_of(school)]).get(key_of(school), []),
        "period": {"start": asked.start, "end": asked.end},
        "contract": contract,
        "rule": asdict(rule),
        "audit_head": {"id": head[0], "hash": head[1]} if head else None,
    }


def _part(name: str, content: bytes) -> Part:
    return stored(name, content) if name in STORED else deflated(name, content)


def _signed(made: list[Part], statement: Mapping[str, Any], own: EvidenceKeys) -> tuple[Part, Part]:
    about = {name: statement[name] for name in ("software", "made_at", "province", "period")}
    school = {name: statement["school"][name] for name in ("code", "name")}
    said = manifest.make(made, {**about, "school": school})
    return stored(manifest.MANIFEST, said), stored(manifest.SIGNATURE, manifest.sign(said, own.manifest_key))
