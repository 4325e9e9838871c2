"""The keys that sign evidence files, made at the first file, with certificates that lead to the province's CA.

Two keys: Ed25519 for the manifest, P-256 for the PDF, because PDF readers know no Ed25519 yet. Their certificates are
kept, so that the same file made twice has the same bytes; after a roll-over of the CA they are issued anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller import certificates, keyfiles
from controller.evidence.names import PDF_NAME, SIGNER_NAME
from controller.pki import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceKeys:
    manifest_key: Ed25519PrivateKey
    pdf_key: EllipticCurvePrivateKey
    manifest_certificate: x509.Certificate
    pdf_certificate: x509.Certificate
    roots: tuple[x509.Certificate, ...]  # and the cross-certificates, newest root first

    @property
    def pem(self) -> bytes:
        """The part ``province.pem``."""
        some = (self.manifest_certificate, self.pdf_certificate, *self.roots)
        return "".join(certificates.pem(one) for one in some).encode()


def open_keys(keys: Keys, province: str, now: float) -> EvidenceKeys:
    """Raises KeyFileError."""
    directory, moment = keys.directory, dt.datetime.fromtimestamp(now, dt.UTC)
    with keyfiles.locked(directory):
        manifest_key = keyfiles.ed25519(directory / "evidence.key")
        pdf_file = directory / "evidence-pdf.key"
        if not pdf_file.exists():
            keyfiles.write_secret(pdf_file, keyfiles.private_pem(certificates.new_key()))
        pdf_key = keyfiles.p256(pdf_file)
        root = keys.root
        manifest_certificate = _kept(
            directory / "evidence.pem",
            root.certificate,
            manifest_key.public_key(),
            lambda: certificates.signer(SIGNER_NAME, manifest_key.public_key(), root.certificate, root.key, moment),
        )
        pdf_certificate = _kept(
            directory / "evidence-pdf.pem",
            root.certificate,
            pdf_key.public_key(),
            lambda: certificates.document_signer(
                PDF_NAME, province, pdf_key.public_key(), root.certificate, root.key, moment
            ),
        )
    roots = [one for each in reversed(keys.all_roots) for one in (each.certificate, each.cross) if one is not None]
    return EvidenceKeys(
        manifest_key=manifest_key,
        pdf_key=pdf_key,
        manifest_certificate=manifest_certificate,
        pdf_certificate=pdf_certificate,
        roots=tuple(roots),
    )


def _kept(
    file: Path, issuer: x509.Certificate, public_key: object, issue: Callable[[], x509.Certificate]
) -> x509.Certificate:
    """The certificate in ``file`` while it fits the key and its issuer, else a new one, kept there."""
    if file.exists():
        found = x509.load_pem_x509_certificate(file.read_bytes())
        if found.issuer == issuer.subject and found.public_key() == public_key:
            return found
    made = issue()
    keyfiles.write_secret(file, certificates.pem(made).encode())
    return made
