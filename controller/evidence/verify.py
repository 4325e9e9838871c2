"""Checks an evidence file with nothing but the file: no database, no network, no keys of this installation.

From the outside in: container, signature, hashes, the signer's certificate, the boxes' keys, each seal, then every
value and the verdict made again from what the boxes sealed, and the PDF's own signature. Nothing is unpacked or parsed
beyond its bound, and what an outer step refuses no inner step reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from controller.evidence import container, derive, manifest, parts, pdf_check, seals, trust
from controller.evidence.acceptance import AcceptanceError, is_accepted, keys_of
from controller.evidence.container import ContainerError, Part
from controller.evidence.differences import first_difference
from controller.evidence.findings import Checked
from controller.evidence.manifest import MANIFEST, SIGNATURE, ManifestError
from controller.evidence.seals import Opened, SealsError
from controller.evidence.trust import TrustError

Certificates = Sequence[Any]
MAX_SECONDS = 400 * 86_400.0  # of a period


def verify(data: bytes, wanted: Sequence[str] = (), extra: Certificates = ()) -> Checked:
    """What is wrong with the evidence file ``data``.

    ``wanted``: fingerprints of roots that the reader trusts; ``extra``: certificates that the reader brought.
    """
    checked = Checked()
    found = _container(checked, data)
    if found is None:
        return checked
    certificates = _signature(checked, found)
    said = _manifest(checked, found)
    if certificates is None or said is None or checked.findings:
        return checked
    content = {name: part.content for name, part in found.items()}
    statement = _load(checked, content, parts.STATEMENT, dict)
    if statement is None or not _trust(checked, statement, [*certificates, *extra], wanted):
        return checked
    _facts(checked, statement, said)
    opened = _seals(checked, content)
    if opened is not None:
        _values(checked, content, statement, opened)
    pdf_check.check(checked, found[parts.PDF].content, [*certificates, *extra], said, statement)
    return checked


def _container(checked: Checked, data: bytes) -> dict[str, Part] | None:
    try:
        found = container.read(data)
    except ContainerError as error:
        checked.bad("container", error.code, error.part, error.detail)
        return None
    names = [part.name for part in found]
    if names != [*parts.NAMES, MANIFEST, SIGNATURE]:
        odd = sorted(set(names) ^ {*parts.NAMES, MANIFEST, SIGNATURE})
        checked.bad("container", "wrong-parts", ", ".join(odd) or ", ".join(names))
        return None
    checked.good("container")
    return {part.name: part for part in found}


def _signature(checked: Checked, found: Mapping[str, Part]) -> list[Any] | None:
    try:
        certificates = trust.load(found[parts.PROVINCE].content)
        _, key = trust.signer(certificates)
        manifest.check_signature(found[MANIFEST].content, found[SIGNATURE].content, key)
    except TrustError as error:
        checked.bad("signature", error.code, parts.PROVINCE, error.detail)
        return None
    except ManifestError as error:
        checked.bad("signature", error.code, error.part)
        return None
    checked.good("signature")
    return certificates


def _manifest(checked: Checked, found: Mapping[str, Part]) -> dict[str, Any] | None:
    try:
        said = manifest.check_parts(found[MANIFEST].content, [found[name] for name in parts.NAMES])
    except ManifestError as error:
        checked.bad("manifest", error.code, error.part, error.detail)
        return None
    checked.good("manifest")
    return said


def _trust(checked: Checked, statement: Mapping[str, Any], certificates: Certificates, wanted: Sequence[str]) -> bool:
    try:
        _check_times(statement)
        leaf, _ = trust.signer(certificates)
        trusted = trust.path(leaf, certificates, wanted, float(statement["made_at"]))
    except TrustError as error:
        checked.bad("trust", error.code, parts.PROVINCE, error.detail)
        return False
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        checked.bad("trust", "not-readable", parts.STATEMENT, "made_at")
        return False
    checked.facts |= {"root": trusted.fingerprint, "root_is_compared": trusted.is_compared}
    checked.good("trust")
    return True


def _check_times(statement: Mapping[str, Any]) -> None:
    """The times of a statement are times, and bounded. Raises what a wrong one raises."""
    zone, period = ZoneInfo(statement["zone"]), statement["period"]
    for at in (period["start"], period["end"], statement["made_at"]):
        dt.datetime.fromtimestamp(at, zone)
    if not 0 < period["end"] - period["start"] <= MAX_SECONDS:
        raise ValueError("period")


def _facts(checked: Checked, statement: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """For the person who reads the answer; what is not there is left out."""
    for name in ("school", "period", "zone", "province", "made_at"):
        checked.facts[name] = statement.get(name)
    checked.facts["chain"] = said["parts"][-1]["chain"]


def _seals(checked: Checked, content: Mapping[str, bytes]) -> list[Opened] | None:
    boxes = _load(checked, content, parts.BOXES, list, "boxes")
    if boxes is None:
        return None
    try:
        keys = keys_of(boxes)
    except AcceptanceError as error:
        checked.bad("boxes", error.code, parts.BOXES, error.where)
        return None
    except (KeyError, TypeError, AttributeError, ValueError, orjson.JSONEncodeError):
        checked.bad("boxes", "not-readable", parts.BOXES)
        return None
    checked.good("boxes")
    checked.facts |= {"boxes": len(keys), "boxes_accepted": sum(is_accepted(box) for box in boxes)}
    try:
        some = seals.parse(content[parts.INDEX], content[parts.SEALS])
        opened = list(seals.open_all(some, keys))
    except SealsError as error:
        checked.bad("seals", error.code, parts.SEALS, f"{error.where} {error.detail}")
        return None
    checked.good("seals")
    checked.facts["seals"] = len(opened)
    return opened


def _values(
    checked: Checked, content: Mapping[str, bytes], statement: Mapping[str, Any], opened: Sequence[Opened]
) -> None:
    unsealed = _load(checked, content, parts.UNSEALED, dict, "values")
    if unsealed is None:
        return
    try:
        period = statement["period"]
        records, cited = derive.derive(opened, unsealed, period["start"], period["end"])
        expected = {parts.README: parts.readme(statement), **parts.derived(statement, records)}
        named = {(row["agent"], row["seq"]) for kind in derive.KINDS for row in unsealed[kind]}
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, OSError) as error:
        checked.bad("values", "not-readable", parts.STATEMENT, type(error).__name__)
        return
    for one in opened:
        if (one.sealed.agent, one.sealed.seq) not in cited:
            checked.bad("values", "not-cited", parts.SEALS, seals.place_of(one.sealed))
            break
    if named & {(one.sealed.agent, one.sealed.seq) for one in opened}:
        checked.bad("values", "sealed-as-unsealed", parts.UNSEALED)
    for name, value in expected.items():
        if content[name] != value:
            where = first_difference(name, content[name], value)
            if where is not None:
                step, code = ("verdict", "verdict-differs") if name == "verdict.json" else ("values", "value-differs")
                checked.bad(step, code, name, where)
    kinds = {kind: records.of(kind) for kind in derive.KINDS}
    checked.facts["records"] = {kind: len(some) for kind, some in kinds.items()}
    checked.facts["unsealed"] = sum(not record["sealed"] for some in kinds.values() for record in some)
    checked.facts["verdict"] = orjson.loads(expected["verdict.json"])["verdict"]
    checked.good("values")
    checked.good("verdict")


def _load(checked: Checked, content: Mapping[str, bytes], name: str, kind: type, step: str = "trust") -> Any:
    """A JSON part, of the shape that it must have; None when it is not."""
    try:
        value = orjson.loads(content[name])
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, kind):
        checked.bad(step, "not-readable", name)
        return None
    return value
