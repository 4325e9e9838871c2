"""Who the box is: its Ed25519 key, the id that the controller gave it, and whom it trusts. One file, mode 0600."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.decode import BadMessage, decode
from agent.slots import replace_file
from agent.wire import fingerprint

FILE = "identity.json"


class IdentityError(Exception):
    """The identity is missing or not usable; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    private_key: str = field(repr=False)  # base64 of the 32 bytes of the seed
    controller: str  # base address
    root_hint: str = ""  # first 32 hexadecimal digits of the SHA-256 of the province's root; empty: plain HTTP
    roots: list[str] = field(default_factory=list)  # PEM, one or two; empty until the root was fetched and proven
    code_id: str = ""  # of the join code that the request carries
    join_request: str = field(default="", repr=False)  # the sealed request, sent again unchanged
    state: str = "pending"  # pending, accepted, refused
    reason: str = ""  # why refused
    agent: str = ""  # given by the controller
    school: str = ""
    school_name: str = ""
    binding: dict[str, str] = field(default_factory=dict)  # see agent.machine

    @property
    def key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(self.private_key))

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public_key)

    def save(self, directory: Path) -> None:
        """On disk when this returns, whole or not at all. Raises OSError."""
        replace_file(directory / FILE, json.dumps(asdict(self), indent=1, ensure_ascii=False).encode())


def load(directory: Path) -> Identity | None:
    """The identity kept in ``directory``; None before the first join. Raises IdentityError."""
    path = directory / FILE
    try:
        identity = decode(Identity, json.loads(path.read_bytes()))
        _ = identity.public_key
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IdentityError(f"{path}: {error.strerror}") from None
    except (ValueError, BadMessage, binascii.Error) as error:
        raise IdentityError(f"{path}: {error}") from None
    return identity
