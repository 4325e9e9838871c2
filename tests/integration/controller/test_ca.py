"""The province's own CA under a real TLS handshake, before, during and after a roll-over."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest
from sqlmodel import select

from agent.epoch import proven_epoch
from controller import certificates, epochs, joincodes, pki
from controller.commands.server import server_names
from controller.config import load
from controller.keyfiles import KeyFileError
from controller.pki import Keys
from controller.tables import Agent, Epoch
from tests.integration.controller.conftest import Province

NO_CHECK_TIME = 0x200000  # boxes do not check dates: a dead clock battery is normal
NAMES = {"127.0.0.1", "localhost", "truongnet.example"}


def handshake(keys: Keys, roots: list[str], name: str = "127.0.0.1") -> None:
    """One TLS connection as a box makes it, which pins ``roots``. Raises ssl.SSLError."""
    chain, key = keys.server_files(NAMES)
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain(chain, key)
    outside = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    outside.load_verify_locations(cadata="".join(roots))
    outside.verify_flags |= NO_CHECK_TIME
    left, right = socket.socketpair()

    def answer() -> None:
        try:
            with inside.wrap_socket(left, server_side=True):
                pass
        except (ssl.SSLError, OSError):
            left.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with outside.wrap_socket(right, server_hostname=name):
            pass
    finally:
        right.close()
        thread.join()


@pytest.fixture
def keys_dir(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_a_box_that_pins_the_root_is_served_and_one_that_pins_another_is_not(keys_dir: Path, tmp_path: Path) -> None:
    keys, other = pki.load(keys_dir, "Tỉnh Đồng Tháp"), pki.load(tmp_path / "other", "Tỉnh khác")
    handshake(keys, keys.roots_pem)
    handshake(keys, keys.roots_pem, "truongnet.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(keys, other.roots_pem)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(keys, keys.roots_pem, "elsewhere.example")


def test_keys_are_made_once_and_for_their_owner_alone(keys_dir: Path) -> None:
    keys = pki.load(keys_dir, "Tỉnh")
    again = pki.load(keys_dir, "Tỉnh")
    assert (keys.fingerprint, keys.secret("totp")) == (again.fingerprint, again.secret("totp"))
    assert keys.secret("totp") != keys.secret("join-codes")
    keys.server_files(NAMES)
    assert {path.stat().st_mode & 0o077 for path in keys_dir.iterdir() if path.name != ".lock"} == {0}


def test_a_box_that_was_off_through_two_roll_overs_still_returns(keys_dir: Path) -> None:
    first = pki.load(keys_dir, "Tỉnh")
    old = first.roots_pem
    rolled = pki.roll(keys_dir, "Tỉnh")
    assert rolled.roots_pem[:1] == old
    assert len(rolled.roots_pem) == 2
    for roots in (old, rolled.roots_pem, rolled.roots_pem[1:]):
        handshake(rolled, roots)
    finished = pki.finish(keys_dir)
    assert finished.roots_pem == rolled.roots_pem[1:]
    handshake(finished, old)
    pki.roll(keys_dir, "Tỉnh")
    last = pki.finish(keys_dir)
    for roots in (old, finished.roots_pem, last.roots_pem):
        handshake(last, roots)
    proof = epochs.proven(last, Epoch(number=7, since=0.0, reason="restore")).proof
    for roots in (old, finished.roots_pem, last.roots_pem):
        assert proven_epoch(proof, roots) == 7


def test_a_second_roll_over_waits_for_the_first_to_be_finished(keys_dir: Path) -> None:
    pki.load(keys_dir, "Tỉnh")
    pki.roll(keys_dir, "Tỉnh")
    with pytest.raises(KeyFileError, match="finish it first"):
        pki.roll(keys_dir, "Tỉnh")


def test_a_code_from_before_a_roll_over_still_names_a_root_that_is_served(keys_dir: Path) -> None:
    first = pki.load(keys_dir, "Tỉnh")
    pki.roll(keys_dir, "Tỉnh")
    last = pki.finish(keys_dir)
    assert first.roots_pem[0] in last.served_pem
    assert last.roots_pem[0] in last.served_pem


def test_the_servers_certificate_is_made_again_when_a_name_is_new(keys_dir: Path) -> None:
    keys = pki.load(keys_dir, "Tỉnh")
    before = keys.server_files(NAMES)[0].read_bytes()
    assert keys.server_files({"localhost"})[0].read_bytes() == before
    assert keys.server_files({*NAMES, "10.0.0.5"})[0].read_bytes() != before


def test_a_lost_state_file_is_never_answered_with_a_new_ca(keys_dir: Path) -> None:
    pki.load(keys_dir, "Tỉnh")
    (keys_dir / "ca.json").unlink()
    with pytest.raises(KeyFileError, match="restore it from a backup"):
        pki.load(keys_dir, "Tỉnh")


def test_a_key_that_others_can_read_is_refused(keys_dir: Path) -> None:
    pki.load(keys_dir, "Tỉnh")
    (keys_dir / "root-1.key").chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        pki.load(keys_dir, "Tỉnh")


@pytest.mark.parametrize("name", ["root-1.key", "epoch.key", "secret", "ca.json"])
def test_a_damaged_key_file_is_named(keys_dir: Path, name: str) -> None:
    pki.load(keys_dir, "Tỉnh")
    (keys_dir / name).write_bytes(b"\0\1\2 not what it was")
    with pytest.raises(KeyFileError):
        pki.load(keys_dir, "Tỉnh")


def test_the_certificate_covers_every_name_that_boxes_use(tmp_path: Path) -> None:
    settings = load(None, {}, data_dir=tmp_path, host="10.1.2.3", public_url="https://mang.dongthap.example:8443")
    assert {"10.1.2.3", "mang.dongthap.example", "localhost"} <= server_names(settings)


def test_a_certificate_that_was_brought_along_is_pinned_by_its_own_root(tmp_path: Path) -> None:
    ministry = pki.load(tmp_path / "ministry", "Bộ")
    chain, key = ministry.server_files(NAMES)
    file = tmp_path / "chain.pem"
    file.write_bytes(chain.read_bytes() + ministry.root.pem.encode())
    settings = load(None, {}, data_dir=tmp_path / "data", tls_cert=str(file), tls_key=str(key))
    keys = pki.open_keys(settings)
    assert keys.fingerprint == ministry.fingerprint
    assert keys.served_pem.startswith(ministry.root.pem)
    handshake(ministry, keys.roots_pem)
    proof = epochs.proven(keys, Epoch(number=3, since=0.0, reason="start")).proof
    assert proven_epoch(proof, keys.roots_pem) == 3
    without = load(None, {}, data_dir=tmp_path / "data", tls_cert=str(chain), tls_key=str(key))
    with pytest.raises(KeyFileError, match="must end with the self-signed root"):
        pki.open_keys(without)


def test_a_join_code_names_the_root_that_issues(keys_dir: Path) -> None:
    keys = pki.load(keys_dir, "Tỉnh")
    parts = joincodes.decode(joincodes.encode("https://a.example", keys.fingerprint, "00", "s"))
    assert certificates.fingerprint(keys.root.certificate).startswith(parts["f"])
    assert len(parts["f"]) == 32


def test_the_controller_knows_which_boxes_hold_the_new_roots(province: Province) -> None:
    box = province.accepted()
    province.exchange(box)
    with province.session() as session:
        assert session.exec(select(Agent)).one().roots == ""  # it was told, and nobody knows whether it heard
    province.exchange(box)
    with province.session() as session:
        assert session.exec(select(Agent)).one().roots == province.services.keys.roots_digest
