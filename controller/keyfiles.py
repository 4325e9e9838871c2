"""Secret files: made once, mode 0600 from their first byte, synchronised to the disk before they count."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


class KeyFileError(Exception):
    """A key file is missing, damaged or readable by others; the text says which and what to do."""


def write_secret(path: Path, data: bytes) -> None:
    """Replace ``path`` in one step, so that a power cut leaves the old file or the new one."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def private_pem(key: EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_secret(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise KeyFileError(f"{path}: others can read this key; run: chmod 600 {path}")
    return path.read_bytes()


def ed25519(path: Path) -> Ed25519PrivateKey:
    """The key in ``path``, made when there is none."""
    if not path.exists():
        write_secret(path, private_pem(Ed25519PrivateKey.generate()))
    key = _load(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path}: not an Ed25519 key")
    return key


def p256(path: Path) -> EllipticCurvePrivateKey:
    key = _load(path)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise KeyFileError(f"{path}: not a P-256 key")
    return key


def _load(path: Path) -> object:
    try:
        return load_pem_private_key(read_secret(path), password=None)
    except (ValueError, TypeError):
        raise KeyFileError(f"{path}: not a private key in PEM; restore it from a backup") from None


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One process at a time makes keys, so that two first starts at once do not make two CAs."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    with (directory / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
