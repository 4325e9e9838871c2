"""From the signing key to a root that the reader trusts: through a roll-over of the CA too, and nowhere else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from controller import pki
from controller.evidence import trust
from controller.evidence.keys import open_keys


def roots_of(keys: pki.Keys) -> list[str]:
    return [trust.fingerprint(root.certificate) for root in keys.all_roots]


def test_the_files_own_certificates_lead_to_the_provinces_root(tmp_path: Path) -> None:
    keys, now = pki.load(tmp_path, "Tỉnh"), time.time()
    certificates = trust.load(open_keys(keys, "Tỉnh", now).pem)
    leaf, _ = trust.signer(certificates)
    assert trust.path(leaf, certificates, roots_of(keys), now).is_compared
    alone = trust.path(leaf, certificates, [], now)
    assert (alone.fingerprint, alone.is_compared) == (keys.fingerprint, False)


def test_the_same_keys_and_certificates_are_used_again(tmp_path: Path) -> None:
    keys, now = pki.load(tmp_path, "Tỉnh"), time.time()
    assert open_keys(keys, "Tỉnh", now).pem == open_keys(keys, "Tỉnh", now + 5).pem
    assert all(file.stat().st_mode & 0o077 == 0 for file in tmp_path.glob("evidence*"))


def test_who_knows_only_the_root_from_before_a_roll_over_still_finds_a_path(tmp_path: Path) -> None:
    before, now = pki.load(tmp_path, "Tỉnh"), time.time()
    old = trust.load(open_keys(before, "Tỉnh", now).pem)
    after = pki.roll(tmp_path, "Tỉnh")
    new = trust.load(open_keys(after, "Tỉnh", now).pem)
    for certificates in (old, new):
        leaf, _ = trust.signer(certificates)
        assert trust.path(leaf, certificates, [roots_of(before)[0]], now).is_compared
    leaf, _ = trust.signer(new)
    assert trust.path(leaf, new, [roots_of(after)[1]], now).is_compared


def test_another_provinces_root_other_names_and_other_times_are_refused(tmp_path: Path) -> None:
    keys, other = pki.load(tmp_path / "a", "Tỉnh"), pki.load(tmp_path / "b", "Tỉnh khác")
    now = time.time()
    certificates = trust.load(open_keys(keys, "Tỉnh", now).pem)
    leaf, _ = trust.signer(certificates)
    for wanted, at in ((roots_of(other), now), (roots_of(keys), now - 40 * 365 * 86_400.0)):
        with pytest.raises(trust.TrustError):
            trust.path(leaf, certificates, wanted, at)
    with pytest.raises(trust.TrustError, match="no-signer"):
        trust.signer([keys.root.certificate])
    with pytest.raises(trust.TrustError, match="no-certificates"):
        trust.load(b"no PEM at all")
