"""X.509 of the province's own CA: pure functions from keys and names to certificates. P-256: every TLS stack takes it.

Boxes do not check validity dates (a dead clock battery is normal in a school); browsers do, so the dates are honest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_YEARS = 30
SERVER_DAYS = 397  # what browsers accept
BACKDATE = dt.timedelta(days=1)  # a browser's clock may be a little behind ours

NO_USAGE = {
    "digital_signature": False,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}


def new_key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


def name_of(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64]),
        ]
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: CertificatePublicKeyTypes,
    issuer_key: EllipticCurvePrivateKey,
    now: dt.datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )


def authority(
    subject: x509.Name,
    key: EllipticCurvePrivateKey,
    now: dt.datetime,
    issuer: x509.Certificate | None = None,
    issuer_key: EllipticCurvePrivateKey | None = None,
) -> x509.Certificate:
    """A root, or with an ``issuer`` the cross-certificate by which who knows only the older root trusts the newer."""
    signer = issuer_key or key
    return (
        _builder(subject, issuer.subject if issuer else subject, key.public_key(), signer, now, ROOT_YEARS * 365)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{**NO_USAGE, "key_cert_sign": True, "crl_sign": True}), critical=True)
        .sign(signer, hashes.SHA256())
    )


def server(
    names: Iterable[str],
    key: EllipticCurvePrivateKey,
    issuer: x509.Certificate,
    issuer_key: EllipticCurvePrivateKey,
    now: dt.datetime,
) -> x509.Certificate:
    """A TLS server's certificate for DNS names and IP addresses."""
    wanted = sorted(set(names))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wanted[0][:64])])
    return (
        _builder(subject, issuer.subject, key.public_key(), issuer_key, now, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{**NO_USAGE, "digital_signature": True}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([general_name(name) for name in wanted]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def signer(
    common_name: str,
    key: Ed25519PublicKey,
    issuer: x509.Certificate,
    issuer_key: EllipticCurvePrivateKey,
    now: dt.datetime,
) -> x509.Certificate:
    """A certificate that says "the province vouches for this signing key", such as the one of the epochs."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return (
        _builder(subject, issuer.subject, key, issuer_key, now, ROOT_YEARS * 365)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{**NO_USAGE, "digital_signature": True}), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def document_signer(
    common_name: str,
    organisation: str,
    key: EllipticCurvePublicKey,
    issuer: x509.Certificate,
    issuer_key: EllipticCurvePrivateKey,
    now: dt.datetime,
) -> x509.Certificate:
    """A certificate of a key that signs documents for the province; PDF readers ask for "content commitment"."""
    usage = {**NO_USAGE, "digital_signature": True, "content_commitment": True}
    return (
        _builder(name_of(common_name, organisation), issuer.subject, key, issuer_key, now, ROOT_YEARS * 365)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def names_in(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in found}


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER, hexadecimal: what a join code names and a person compares."""
    return certificate.fingerprint(hashes.SHA256()).hex()
