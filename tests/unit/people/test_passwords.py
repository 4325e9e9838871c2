"""Rules for passwords, and how they rest."""

from __future__ import annotations

import time

import pytest

from controller.people.passwords import (
    ALPHABET,
    hash_password,
    hasher,
    one_time,
    verify_password,
    weakness,
)

GOOD = "một con vịt xoè hai cái cánh"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("ngắn quá", "too-short"),
        ("a" * 257, "too-long"),
        ("hoa.nguyen123", "is-login"),
        ("HOA.NGUYEN!!!", "is-login"),
        ("ababababababab", "too-simple"),
        ("abcdefghijklmnop", "too-simple"),
        ("matkhau123456", "common"),
        ("Password1234!", "common"),
        ("MậtKhẩu2026!", "common"),
        ("truongnet2026", "common"),
        ("vietnam19752026", "common"),
        ("qwertyasdfgh", "common"),
    ],
)
def test_a_weak_password_is_named_as_such(password: str, reason: str) -> None:
    assert weakness(password, "hoa.nguyen") == reason


@pytest.mark.parametrize("password", [GOOD, "correct horse battery", "x7#Kq-92!mPzL", "mật khẩu của tôi là con vịt"])
def test_a_good_password_is_taken(password: str) -> None:
    assert weakness(password, "hoa.nguyen") is None


def test_one_time_passwords_are_good_passwords_and_never_the_same() -> None:
    made = {one_time() for _ in range(200)}
    assert len(made) == 200
    assert all(weakness(password, "admin") is None for password in made)
    assert set("".join(made)) <= set(ALPHABET) | {"-"}


def test_a_hash_is_argon2id_with_memory_and_passes_as_decided() -> None:
    assert hash_password(GOOD).startswith("$argon2id$v=19$m=65536,t=3,p=1$")


def test_only_the_right_password_fits() -> None:
    stored = hash_password(GOOD)
    assert verify_password(stored, GOOD)
    assert not verify_password(stored, GOOD + "!")
    assert not verify_password(stored, "")
    assert not verify_password("not a hash", GOOD)
    assert not verify_password(stored, "x" * 100_000)


def test_no_such_user_costs_as_much_work_as_a_wrong_password() -> None:
    stored = hasher().hash("x")
    spent = {}
    for name, kept in (("known", stored), ("unknown", "")):
        begun = time.process_time()
        for _ in range(3):
            verify_password(kept, "wrong")
        spent[name] = time.process_time() - begun
    assert spent["unknown"] > spent["known"] / 3
