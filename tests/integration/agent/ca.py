"""A small CA for tests: roots, server certificates, and the certificate of an epoch key."""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import NameOID

from agent.seal import pae
from agent.wire import EPOCH_TYPE

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return _pem(self.certificate)

    @property
    def hint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()[:32]

    def _issue(
        self, subject: str, key: ec.EllipticCurvePublicKey | Ed25519PublicKey, start: dt.datetime, *names: str
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(self.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + dt.timedelta(days=90))
        )
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address(name)) for name in names]), critical=False
            )
        return builder.sign(self.key, hashes.SHA256())

    def server_file(self, path: Path, *names: str, start: dt.datetime = START) -> Path:
        """A PEM file with a server's key and certificate for IP addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._issue("server", key.public_key(), start, *names)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + _pem(certificate).encode())
        return path

    def epoch_proof(
        self, number: int, name: str = "TruongNet epoch", key: Ed25519PrivateKey | None = None
    ) -> dict[str, object]:
        signer = key or Ed25519PrivateKey.generate()
        payload = json.dumps({"epoch": number, "since": 1.0, "reason": "restore"}).encode()
        return {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": EPOCH_TYPE,
            "signatures": [{"keyid": "", "sig": base64.b64encode(signer.sign(pae(EPOCH_TYPE, payload))).decode()}],
            "cert": _pem(self._issue(name, signer.public_key(), START)),
        }


def authority(name: str = "root") -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(START + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)
