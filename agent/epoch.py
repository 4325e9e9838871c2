"""Epochs: a controller restored from a backup begins a new one, proven by a signature that leads to the pinned CA."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from agent.seal import BadSeal, verified_payload
from agent.wire import EPOCH_TYPE

EPOCH_NAME = "TruongNet epoch"  # common name of the certificate: no other certificate of the CA may sign an epoch
CHILD_SECONDS = 20.0


def proven_epoch(proof: Any, roots: Sequence[str]) -> int:
    """The epoch that ``proof`` (a DSSE envelope with "cert" beside) proves to one who pins ``roots``. Raises BadSeal.

    Loads X.509, 3 MB; see ``proven_epoch_by_child``.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        issuers = [x509.load_pem_x509_certificate(root.encode()) for root in roots]
        certificates = x509.load_pem_x509_certificates(proof["cert"].encode())[:8]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadSeal(f"no certificate beside the proof: {error!s:.200}") from None
    for certificate in certificates:
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        key = certificate.public_key()
        if [name.value for name in names] != [EPOCH_NAME] or not isinstance(key, Ed25519PublicKey):
            continue
        for issuer in issuers:
            try:
                certificate.verify_directly_issued_by(issuer)
            except (ValueError, TypeError, InvalidSignature):
                continue
            return _number(verified_payload(proof, EPOCH_TYPE, key.public_bytes_raw()))
    raise BadSeal("no certificate for epochs by the pinned roots")


def _number(payload: bytes) -> int:
    try:
        number = json.loads(payload)["epoch"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadSeal(f"no epoch in it: {error!s:.200}") from None
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise BadSeal(f"epoch {number!r:.50}")
    return number


def proven_epoch_by_child(proof: Any, roots: Sequence[str]) -> int:
    """The same in a short-lived child: a box sees a proof once a year, and need not carry X.509 from then on."""
    question = json.dumps({"proof": proof, "roots": list(roots)}).encode()
    words = [sys.executable, "-P", "-m", "agent.epoch"]
    try:
        done = subprocess.run(words, input=question, capture_output=True, timeout=CHILD_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadSeal(f"not verified: {error!s:.200}") from None
    if done.returncode != 0:
        raise BadSeal(done.stderr.decode("utf-8", "replace").strip()[-300:] or "not verified")
    return int(done.stdout)


def main() -> int:
    """{"proof", "roots"} as JSON on stdin; the number on stdout, or the reason on stderr and 1."""
    question = json.load(sys.stdin)
    try:
        print(proven_epoch(question["proof"], question["roots"]))
    except BadSeal as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
