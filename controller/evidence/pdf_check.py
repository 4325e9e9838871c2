"""The PDF's own signature, checked as a PDF reader would: whole, by the province's key, and made from this data."""

from __future__ import annotations

import datetime as dt
import io
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cryptography import x509

from controller.evidence import trust
from controller.evidence.findings import Checked
from controller.evidence.names import PDF_NAME
from controller.evidence.parts import PDF

if TYPE_CHECKING:
    from pyhanko.sign.validation import PdfSignatureStatus

SUBJECT = "truongnet-evidence "


class PdfError(Exception):
    """The PDF has no good signature; the text is for the detail of a finding."""


def check(
    checked: Checked,
    pdf: bytes,
    certificates: Sequence[x509.Certificate],
    said: Mapping[str, Any],
    statement: Mapping[str, Any],
) -> None:
    """``said``: the manifest. Only the root that the file leads to is trusted."""
    root = [one for one in certificates if trust.fingerprint(one) == checked.facts.get("root")]
    try:
        status = signature_of(pdf, root, float(statement["made_at"]), certificates)
        if not (status.bottom_line and status.intact and status.valid and status.trusted):
            raise PdfError(status.summary())
        signer = status.signing_cert.subject.native.get("common_name")
        if signer != PDF_NAME:
            raise PdfError(f"{signer}")
    except ModuleNotFoundError:
        checked.bad("pdf", "pdf-no-library", PDF)
        return
    except PdfError as error:
        checked.bad("pdf", "pdf-signature", PDF, str(error))
        return
    link = said["parts"][-2]["chain"]
    if subject_of(pdf) != SUBJECT + link:
        checked.bad("pdf", "pdf-other-data", PDF)
        return
    checked.good("pdf")


def signature_of(
    pdf: bytes, roots: Sequence[x509.Certificate], at: float, others: Sequence[x509.Certificate] = ()
) -> PdfSignatureStatus:
    """The state of the one signature, at the moment when it was made. Raises PdfError, ModuleNotFoundError."""
    from pyhanko.pdf_utils.misc import PdfError as Broken
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko_certvalidator import ValidationContext

    from controller.evidence.asn1 import plain

    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what it finds is said by us
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    context = ValidationContext(
        trust_roots=[plain(one) for one in roots],
        other_certs=[plain(one) for one in others],
        allow_fetching=False,
        moment=dt.datetime.fromtimestamp(at, dt.UTC),
    )
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if len(signatures) != 1:
            raise PdfError(f"{len(signatures)} signatures")
        return validate_pdf_signature(signatures[0], context)
    except (Broken, SigningError, SignatureValidationError, ValueError, KeyError, TypeError, IndexError) as error:
        raise PdfError(type(error).__name__) from None


def subject_of(pdf: bytes) -> str:
    """The document's own subject, which names the data."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        return str(PdfFileReader(io.BytesIO(pdf)).trailer["/Info"]["/Subject"])
    except (KeyError, TypeError):
        return ""
