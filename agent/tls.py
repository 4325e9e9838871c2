"""TLS as a school's box needs it: the province's own roots pinned, the host name checked, the validity dates not.

A box whose clock battery died is years off, and a school that was closed for the summer meets a certificate that was
renewed meanwhile. Who signed is what counts, and that is one or two roots that came with the join code.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import ssl
from collections.abc import Sequence

NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python's ssl gives no name
MAX_ROOTS = 2
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")


class BadRoot(Exception):
    """Text that should be one or two PEM certificates and is not."""


def split_pem(text: str) -> list[str]:
    """The certificates in ``text``, each as PEM of its own. Raises BadRoot when one is broken or none is there."""
    certificates = []
    for body in _PEM.findall(text):
        try:
            der = base64.b64decode("".join(body.split()), validate=True)
        except (ValueError, binascii.Error) as error:
            raise BadRoot(f"broken certificate: {error}") from None
        certificates.append(ssl.DER_cert_to_PEM_cert(der))
    if not certificates:
        raise BadRoot("no certificate in it")
    return certificates


def root_fingerprint(pem: str) -> str:
    """SHA-256 of the DER form, hexadecimal."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def pinned(roots: Sequence[str]) -> ssl.SSLContext:
    """A client context that trusts these PEM roots and nobody else. Raises BadRoot."""
    if not 1 <= len(roots) <= MAX_ROOTS:
        raise BadRoot(f"{len(roots)} roots: one or two are pinned")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    try:
        context.load_verify_locations(cadata="".join(roots))
    except ssl.SSLError as error:
        raise BadRoot(f"not a certificate: {error.reason or error}") from None
    return context


def unverified() -> ssl.SSLContext:
    """For one purpose: to fetch the CA that the join code's fingerprint then proves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
