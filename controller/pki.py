"""The province's own keys, made at first start in ``data_dir/keys``: its CA, epoch key, measure key and secret.

The CA can be rolled without visiting a school. A roll makes a new root and has the old one sign it too; the server's
certificate comes from the new root from then on, and its chain carries that cross-certificate. A box that knows only
the old root, even one that was off for four months, still finds a path; the next reply gives it both roots. ``finish``
stops handing out the old root, and the cross-certificates stay in the chain for those who come back late.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller import certificates, keyfiles
from controller.config import Settings
from controller.keyfiles import KeyFileError

EPOCH_NAME = "TruongNet epoch"  # boxes look for it, so that no other certificate of the CA can sign an epoch
RENEW_BEFORE = dt.timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Root:
    number: int
    certificate: x509.Certificate
    key: EllipticCurvePrivateKey
    cross: x509.Certificate | None  # this root's key, vouched for by the root before it

    @property
    def pem(self) -> str:
        return certificates.pem(self.certificate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    directory: Path
    all_roots: tuple[Root, ...]  # every root ever, oldest first
    pinned: tuple[int, ...]  # numbers of the one or two roots that boxes are told to trust
    epoch_key: Ed25519PrivateKey
    measure_key: Ed25519PrivateKey
    master: bytes
    brought: x509.Certificate | None = None  # the root of a server certificate that was not issued by us

    @property
    def root(self) -> Root:
        """The one that issues."""
        return self.all_roots[-1]

    @property
    def roots(self) -> tuple[Root, ...]:
        return tuple(root for root in self.all_roots if root.number in self.pinned)

    @property
    def roots_pem(self) -> list[str]:
        """What ``ExchangeReply.roots`` and ``JoinReply.roots`` carry: one or two."""
        if self.brought is not None:  # that one vouches for the server, ours for the epoch
            return [certificates.pem(self.brought), self.root.pem]
        return [root.pem for root in self.roots]

    @property
    def roots_digest(self) -> str:
        return hashlib.sha256("".join(self.roots_pem).encode()).hexdigest()[:16]

    @property
    def served_pem(self) -> str:
        """``GET /v1/ca``: all roots, because a join code printed before a roll names the older one."""
        brought = certificates.pem(self.brought) if self.brought else ""
        return brought + "".join(root.pem for root in reversed(self.all_roots))

    @property
    def fingerprint(self) -> str:
        """Of the root behind the server's certificate; its first 32 digits stand in join codes."""
        return certificates.fingerprint(self.brought or self.root.certificate)

    @property
    def measure_public(self) -> Path:
        """PEM file that the measurement server is given."""
        return self.directory / "measure.pub"

    def secret(self, purpose: str) -> bytes:
        """32 bytes for one purpose ("beat", "join", "totp", …), derived so that one file is all there is to keep."""
        return hmac.new(self.master, purpose.encode(), hashlib.sha256).digest()

    def epoch_certificates(self) -> str:
        """PEM: the epoch key, vouched for by each root; those that boxes are told to pin first, the older before."""
        now = dt.datetime.now(dt.UTC)
        public = self.epoch_key.public_key()
        return "".join(
            certificates.pem(certificates.signer(EPOCH_NAME, public, root.certificate, root.key, now))
            for root in sorted(self.all_roots, key=lambda root: (root.number not in self.pinned, root.number))
        )

    def server_files(self, names: Iterable[str]) -> tuple[Path, Path]:
        """Paths of the TLS chain and its key for these names, issued or renewed when need be."""
        chain, key_file = self.directory / "server.pem", self.directory / "server.key"
        with keyfiles.locked(self.directory):
            if not self._is_good(chain, key_file, set(names)):
                key = certificates.new_key()
                now = dt.datetime.now(dt.UTC)
                leaf = certificates.server(names, key, self.root.certificate, self.root.key, now)
                crosses = [root.cross for root in reversed(self.all_roots) if root.cross]
                keyfiles.write_secret(key_file, keyfiles.private_pem(key))
                keyfiles.write_secret(chain, "".join(map(certificates.pem, [leaf, *crosses])).encode())
        return chain, key_file

    def _is_good(self, chain: Path, key_file: Path, names: set[str]) -> bool:
        if not (chain.exists() and key_file.exists()):
            return False
        leaf = x509.load_pem_x509_certificates(chain.read_bytes())[0]
        fresh = leaf.not_valid_after_utc - RENEW_BEFORE > dt.datetime.now(dt.UTC)
        ours = leaf.issuer == self.root.certificate.subject
        fits = leaf.public_key() == keyfiles.p256(key_file).public_key()
        return fresh and ours and fits and names <= certificates.names_in(leaf)


def open_keys(settings: Settings) -> Keys:
    """The keys of an installation, with the root of its own server certificate when it brought one along.

    Raises KeyFileError with a text for a person.
    """
    keys = load(settings.keys_dir, settings.province_name)
    if not settings.tls_cert:
        return keys
    try:
        top = x509.load_pem_x509_certificates(Path(settings.tls_cert).read_bytes())[-1]
        top.verify_directly_issued_by(top)
    except (OSError, ValueError, TypeError, InvalidSignature):
        raise KeyFileError(
            f"{settings.tls_cert}: must end with the self-signed root of its CA, because boxes pin that root"
        ) from None
    return replace(keys, brought=top)


def load(directory: Path, province: str) -> Keys:
    """The keys in ``directory``; those that are missing are made, but never a CA where one was lost.

    Raises KeyFileError with a text for a person.
    """
    with keyfiles.locked(directory):
        state_file, secret_file = directory / "ca.json", directory / "secret"
        if not state_file.exists():
            if any(directory.glob("root-*.pem")):
                raise KeyFileError(f"{state_file} is missing beside the CA's roots; restore it from a backup")
            _make_root(directory, province, 1, None)
            _write_state(directory, [1])
        if not secret_file.exists():
            keyfiles.write_secret(secret_file, secrets.token_hex(32).encode())
        keys = _read(directory)
        if not keys.measure_public.exists():
            keyfiles.write_secret(keys.measure_public, keyfiles.public_pem(keys.measure_key))
        return keys


def roll(directory: Path, province: str) -> Keys:
    """Begin a roll-over: a new root, signed by itself and by the one before. Raises KeyFileError in mid-roll."""
    with keyfiles.locked(directory):
        keys = _read(directory)
        if len(keys.pinned) > 1:
            raise KeyFileError("a roll-over is under way; finish it first: truongnet ca finish")
        root = _make_root(directory, province, keys.root.number + 1, keys.root)
        _write_state(directory, [keys.root.number, root.number])
        return _read(directory)


def finish(directory: Path) -> Keys:
    """End a roll-over: boxes are told to trust the newest root alone."""
    with keyfiles.locked(directory):
        keys = _read(directory)
        _write_state(directory, [keys.root.number])
        return _read(directory)


def _make_root(directory: Path, province: str, number: int, before: Root | None) -> Root:
    now, key = dt.datetime.now(dt.UTC), certificates.new_key()
    subject = certificates.name_of(f"TruongNet CA {number}", province)
    root = certificates.authority(subject, key, now)
    cross = certificates.authority(subject, key, now, before.certificate, before.key) if before else None
    keyfiles.write_secret(directory / f"root-{number}.key", keyfiles.private_pem(key))
    keyfiles.write_secret(directory / f"root-{number}.pem", certificates.pem(root).encode())
    if cross:
        keyfiles.write_secret(directory / f"cross-{number}.pem", certificates.pem(cross).encode())
    return Root(number, root, key, cross)


def _read_root(directory: Path, number: int) -> Root:
    certificate = x509.load_pem_x509_certificate((directory / f"root-{number}.pem").read_bytes())
    cross_file = directory / f"cross-{number}.pem"
    cross = x509.load_pem_x509_certificate(cross_file.read_bytes()) if cross_file.exists() else None
    return Root(number, certificate, keyfiles.p256(directory / f"root-{number}.key"), cross)


def _write_state(directory: Path, pinned: list[int]) -> None:
    keyfiles.write_secret(directory / "ca.json", json.dumps({"pinned": pinned}).encode())


def _read(directory: Path) -> Keys:
    try:
        pinned = tuple(int(number) for number in json.loads((directory / "ca.json").read_bytes())["pinned"])
        roots = tuple(_read_root(directory, number) for number in range(1, max(pinned) + 1))
        master = bytes.fromhex(keyfiles.read_secret(directory / "secret").decode())
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise KeyFileError(f"{directory}: the keys are incomplete ({error}); restore them from a backup") from None
    return Keys(
        directory=directory,
        all_roots=roots,
        pinned=pinned,
        epoch_key=keyfiles.ed25519(directory / "epoch.key"),
        measure_key=keyfiles.ed25519(directory / "measure.key"),
        master=master,
    )
