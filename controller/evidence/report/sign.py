"""The province's signature in the PDF: PAdES (ETSI EN 319 142), baseline B-B, by pyHanko.

A time-stamp of a third party (baseline B-T) needs a network and a contract with its service: ``stamper`` is the place
for one. The signing time is the moment at which the file was made, and ECDSA is made deterministic (RFC 6979), so that
the same data give the same file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from asn1crypto import algos
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.metadata.model import DocumentMetadata
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from controller.evidence.asn1 import plain
from controller.evidence.keys import EvidenceKeys

FIELD = "Province"
ROOM = 16_384  # bytes kept for the signature with its certificates


class ProvinceSigner(Signer):
    """Signs with a P-256 key."""

    def __init__(self, own: EvidenceKeys) -> None:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        for certificate in own.roots:
            registry.register(plain(certificate))
        super().__init__(
            signing_cert=plain(own.pdf_certificate),
            cert_registry=registry,
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            embed_roots=True,
        )
        self._key: EllipticCurvePrivateKey = own.pdf_key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self._key.sign(data, ECDSA(SHA256(), deterministic_signing=True))


class AtMoment(PdfSigner):
    """Signs as at the moment when the file was made."""

    def __init__(self, metadata: PdfSignatureMetadata, signer: Signer, moment: dt.datetime, **more: Any) -> None:
        super().__init__(metadata, signer=signer, **more)
        self._moment = moment

    def init_signing_session(self, *given: Any, **named: Any) -> Any:
        session = super().init_signing_session(*given, **named)
        session.system_time = self._moment
        return session


class ModifiedThen(DocumentMetadata):
    """Says that the document was modified when the file was made, though the writer will say "now"."""

    def __init__(self, moment: dt.datetime) -> None:
        object.__setattr__(self, "_moment", moment)
        super().__init__()

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, self.__dict__["_moment"] if name == "last_modified" else value)


class SameBytes(IncrementalPdfFileWriter):
    """An update whose dates and document id follow from the document instead of from the clock and from chance."""

    def __init__(self, pdf: bytes, moment: dt.datetime) -> None:
        super().__init__(io.BytesIO(pdf))
        self._meta = ModifiedThen(moment)

    @classmethod
    def _handle_id(cls, prev: Any) -> generic.ArrayObject:
        first, _ = super()._handle_id(prev)  # type: ignore[no-untyped-call]
        return generic.ArrayObject([first, generic.ByteStringObject(hashlib.sha256(bytes(first)).digest()[:16])])


def sign_pdf(pdf: bytes, own: EvidenceKeys, statement: Mapping[str, Any], stamper: TimeStamper | None = None) -> bytes:
    """``pdf`` with the signature as an incremental update: what was drawn stays byte for byte."""
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        name=statement["province"],
        reason="Hồ sơ bằng chứng / evidence file",
    )
    moment = dt.datetime.fromtimestamp(statement["made_at"], ZoneInfo(statement["zone"])).replace(microsecond=0)
    signer = AtMoment(metadata, ProvinceSigner(own), moment, timestamper=stamper)
    out = io.BytesIO()
    signer.sign_pdf(SameBytes(pdf, moment), output=out, bytes_reserved=ROOM)
    return out.getvalue()
