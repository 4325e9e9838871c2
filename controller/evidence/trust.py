"""Whose word a file is: the path from the key that signed it to a root that the reader trusts. Pure.

A reader who names no root is told the fingerprint of the file's own, to compare it by another way; a file that somebody
else signed as a whole then looks right in itself, and only this comparison tells.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from controller.evidence.names import PDF_NAME, SIGNER_NAME

MAX_PATH = 8
MAX_CERTIFICATES = 32


class TrustError(Exception):
    """``code`` is stable."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Trusted:
    """``is_compared``: the root is one that the reader named, not just the file's own."""

    root: x509.Certificate
    is_compared: bool

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.root)


def load(pem: bytes) -> list[x509.Certificate]:
    """Raises TrustError."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise TrustError("no-certificates") from None
    if len(found) > MAX_CERTIFICATES:
        raise TrustError("no-certificates", f"more than {MAX_CERTIFICATES}")
    return found


def signer(certificates: Iterable[x509.Certificate]) -> tuple[x509.Certificate, Ed25519PublicKey]:
    """The certificate of the key that signs manifests. Raises TrustError."""
    for certificate in certificates:
        key = certificate.public_key()
        if common_name(certificate) == SIGNER_NAME and isinstance(key, Ed25519PublicKey):
            return certificate, key
    raise TrustError("no-signer")


def pdf_signer(certificates: Iterable[x509.Certificate]) -> x509.Certificate:
    """Raises TrustError."""
    for certificate in certificates:
        if common_name(certificate) == PDF_NAME:
            return certificate
    raise TrustError("no-pdf-signer")


def path(leaf: x509.Certificate, others: Sequence[x509.Certificate], wanted: Sequence[str], at: float) -> Trusted:
    """Follow the issuers from ``leaf`` to a root whose fingerprint is in ``wanted`` (none: any root of the file).

    ``at``: when the file says that it was made; each certificate must have been good then. Raises TrustError.
    """
    moment = dt.datetime.fromtimestamp(at, dt.UTC)
    reached = [leaf]
    for _ in range(MAX_PATH):
        following = []
        for certificate in reached:
            if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
                continue
            for issuer in others:
                if _issued(certificate, issuer):
                    is_wanted = fingerprint(issuer) in wanted if wanted else _issued(issuer, issuer)
                    if is_wanted:
                        return Trusted(issuer, bool(wanted))
                    following.append(issuer)
        reached = following
    raise TrustError("not-trusted" if wanted else "no-root", ", ".join(roots_in(others))[:300])


def roots_in(certificates: Iterable[x509.Certificate]) -> list[str]:
    """Fingerprints of those that issued themselves."""
    return [fingerprint(certificate) for certificate in certificates if _issued(certificate, certificate)]


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if not _may_issue(issuer):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (x509.ExtensionNotFound, ValueError):
        return False


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER, hexadecimal, as ``truongnet ca fingerprint`` prints it."""
    return certificate.fingerprint(SHA256()).hex()


def common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""
