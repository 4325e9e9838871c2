"""Joining: one code names the controller, proves its CA, and gives leave to ask. A person then accepts the box.

The request is made once, kept, and sent again unchanged until it is answered, so that a cut line in the middle of
joining costs nothing: the controller answers the same request the same way.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent import machine
from agent.clock import stamp
from agent.decode import BadMessage, decode
from agent.encode import to_json
from agent.identity import Identity
from agent.link import Link, LinkError
from agent.seal import seal
from agent.tls import BadRoot, pinned, root_fingerprint, split_pem, unverified
from agent.version import VERSION
from agent.wire import JOIN_TYPE, WIRE_VERSION, JoinReply, JoinRequest

_LOOPBACK = re.compile(r"http://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?")


class JoinError(Exception):
    """``reason`` is a stable code: bad-code, bad-ca, already-joined."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class JoinCode:
    controller: str
    root_hint: str
    code_id: str
    secret: str


def parse_code(text: str) -> JoinCode:
    """``tn1:`` and base64url of {"u", "f", "i", "s"}; spaces and line breaks of a chat message do not matter."""
    compact = "".join(text.split())
    if not compact.startswith("tn1:"):
        raise JoinError("bad-code", "it starts with tn1:")
    try:
        body = compact[4:].rstrip("=")
        fields = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        code = JoinCode(fields["u"].rstrip("/"), fields["f"].lower(), fields["i"], fields["s"])
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise JoinError("bad-code", "it was cut or mistyped") from None
    secure = re.fullmatch(r"https://[^/\s]+", code.controller) and re.fullmatch(r"[0-9a-f]{32}", code.root_hint)
    plain = _LOOPBACK.fullmatch(code.controller) and not code.root_hint
    if not (secure or plain) or not isinstance(code.code_id, str) or not isinstance(code.secret, str):
        raise JoinError("bad-code", "it names no safe way to a controller")
    return code


def new_identity(code: JoinCode) -> Identity:
    """A fresh key and the sealed request for it. Nothing is sent or kept yet."""
    key = Ed25519PrivateKey.generate()
    request = JoinRequest(
        v=WIRE_VERSION,
        code_id=code.code_id,
        secret=code.secret,
        public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        hostname=machine.hostname(),
        machine=machine.describe(),
        now=stamp(),
        version=VERSION,
    )
    return Identity(
        private_key=base64.b64encode(key.private_bytes_raw()).decode(),
        controller=code.controller,
        root_hint=code.root_hint,
        code_id=code.code_id,
        join_request=seal(JOIN_TYPE, to_json(asdict(request)), key).decode(),
        binding=machine.binding(),
    )


def with_root(identity: Identity, pem: str | None = None) -> Identity:
    """The identity with its root pinned: fetched from the controller, or ``pem`` from a stick; proven by the code.

    Raises JoinError("bad-ca") when none of the certificates is the one that the code names, LinkError when the
    controller cannot be reached.
    """
    if identity.roots or not identity.root_hint:
        return identity
    if pem is None:
        link = Link(identity.controller, unverified())
        try:
            pem = link.call("GET", "/v1/ca", seconds=30.0).decode("ascii", "replace")
        finally:
            link.close()
    try:
        proven = [root for root in split_pem(pem) if root_fingerprint(root).startswith(identity.root_hint)]
        pinned(proven[:1])
    except BadRoot as error:
        raise JoinError("bad-ca", str(error)) from None
    return replace(identity, roots=proven[:1])


def link_to(identity: Identity, controller: str = "") -> Link:
    """The connection that trusts what the identity pins. ``controller`` replaces the address of the join code."""
    return Link(controller or identity.controller, pinned(identity.roots) if identity.roots else None)


def ask(identity: Identity, link: Link) -> tuple[Identity, JoinReply]:
    """Send the kept request. The identity comes back with what the controller answered; saving is the caller's.

    Raises LinkError.
    """
    try:
        reply = decode(JoinReply, link.call_json("/v1/join", identity.join_request.encode()))
    except BadMessage as error:
        raise LinkError("bad-reply", str(error)) from None
    roots = checked_roots(reply.roots) if identity.root_hint else []
    return replace(
        identity,
        state=reply.state,
        reason=reply.reason,
        agent=reply.agent or identity.agent,
        school=reply.school or identity.school,
        school_name=reply.school_name or identity.school_name,
        roots=roots or identity.roots,
    ), reply


def checked_roots(roots: list[str]) -> list[str]:
    """Roots that a pinned controller named, one or two; an empty list when they are not usable: keep what you have."""
    try:
        pinned(roots)
    except BadRoot:
        return []
    return list(roots)


def keep_aside(directory: Path) -> None:
    """Put the state of an earlier life out of the way, so that a new key starts a new stream of batches."""
    number = 1 + len(list(directory.glob("former-*")))
    aside = directory / f"former-{number}"
    aside.mkdir(mode=0o700)
    for path in sorted(directory.iterdir()):
        if not path.name.startswith("former-") and path.name != "run.lock":
            path.rename(aside / path.name)
