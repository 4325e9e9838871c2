"""The manifest: every part with its hashes, linked into a chain, and the province's signature over all of it.

The chain says order: each link is the SHA-256 over the link before, the part's name and the part's own SHA-256. The
link before the PDF is printed in it, so that a paper copy names the data that it was made from. The signature is
Ed25519 over DSSE's pre-authentication encoding of the manifest's exact bytes; it stands raw in ``manifest.sig``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from controller.evidence.container import DEFLATED, Part
from controller.seal import pae

FORMAT = 1
TYPE = "application/vnd.truongnet.evidence-manifest+json"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
FIRST_LINK = hashlib.sha256(b"truongnet-evidence/1").hexdigest()
METHODS = {0: "store", DEFLATED: "deflate"}


class ManifestError(Exception):
    """``code`` is stable; ``part`` names the part that is meant."""

    def __init__(self, code: str, part: str, detail: str = "") -> None:
        super().__init__(f"{code} {part} {detail}".strip())
        self.code, self.part, self.detail = code, part, detail


@dataclass(frozen=True, slots=True)
class Signed:
    manifest: Part
    signature: Part


def link(before: str, name: str, digest: str) -> str:
    """The next link of the chain (hexadecimal)."""
    return hashlib.sha256(f"{before}\n{name}\n{digest}".encode()).hexdigest()


def chain(parts: Sequence[Part]) -> str:
    """The link after all of ``parts``."""
    last = FIRST_LINK
    for part in parts:
        last = link(last, part.name, hashlib.sha256(part.content).hexdigest())
    return last


def make(parts: Sequence[Part], about: Mapping[str, Any]) -> bytes:
    """The manifest's bytes; ``about`` says what the file is for a person who opens it."""
    rows, last = [], FIRST_LINK
    for part in parts:
        digest = hashlib.sha256(part.content).hexdigest()
        last = link(last, part.name, digest)
        rows.append({**_row(part, digest), "chain": last})
    said = {"format": FORMAT, "type": TYPE, **about, "parts": rows}
    return orjson.dumps(said, option=orjson.OPT_INDENT_2)


def _row(part: Part, digest: str) -> dict[str, Any]:
    return {
        "name": part.name,
        "bytes": len(part.content),
        "sha256": digest,
        "packing": METHODS[part.method],
        "packed_bytes": len(part.packed),
        "packed_sha256": hashlib.sha256(part.packed).hexdigest(),
    }


def sign(manifest: bytes, key: Ed25519PrivateKey) -> bytes:
    return key.sign(pae(TYPE, manifest))


def check_signature(manifest: bytes, signature: bytes, key: Ed25519PublicKey) -> None:
    """Raises ManifestError."""
    try:
        key.verify(signature, pae(TYPE, manifest))
    except InvalidSignature:
        raise ManifestError("bad-signature", MANIFEST) from None


def check_parts(manifest: bytes, parts: Sequence[Part]) -> dict[str, Any]:
    """What the manifest says, once every part is the one that it lists. Raises ManifestError for the first that is not.

    ``parts``: all but the manifest and its signature, in order.
    """
    said = _load(manifest)
    names = [row.get("name") for row in said["parts"]]
    if names != [part.name for part in parts]:
        raise ManifestError("parts-differ", MANIFEST, ", ".join(map(str, names))[:200])
    last = FIRST_LINK
    for part, row in zip(parts, said["parts"], strict=True):
        digest = hashlib.sha256(part.content).hexdigest()
        last = link(last, part.name, digest)
        if row != {**_row(part, digest), "chain": last}:
            raise ManifestError("part-changed", part.name, digest)
    return said


def _load(manifest: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(manifest)
        if said["format"] != FORMAT or said["type"] != TYPE:
            raise ManifestError("unknown-format", MANIFEST, str(said["format"])[:40])
        if not all(isinstance(row, dict) for row in said["parts"]):
            raise TypeError
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ManifestError("not-a-manifest", MANIFEST) from None
    found: dict[str, Any] = said
    return found
