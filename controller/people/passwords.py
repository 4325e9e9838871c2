"""Passwords: argon2id hashes, the rules for new ones, and one-time passwords."""

from __future__ import annotations

import secrets
import unicodedata
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 256  # of what is hashed; a bound on work, not a rule
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters that look alike

# What people here choose first: words that make up most of a "long enough" password.
COMMON = (
    "password", "matkhau", "mậtkhẩu", "truongnet", "dongthap", "quantri", "admin", "administrator", "giaovien",
    "truonghoc", "hocsinh", "vietnam", "welcome", "letmein", "iloveyou", "anhyeuem", "khongbiet", "internet",
    "qwerty", "asdfgh", "zxcvbn", "qazwsx", "1q2w3e4r", "abcdef", "abc123", "123456", "654321", "111111", "000000",
)  # fmt: skip
MIN_REST = 6  # characters that must remain besides such words and runs
MIN_DISTINCT = 5


def hasher() -> PasswordHasher:
    """argon2id; 64 MiB and three passes, one lane so that one sign-in takes one core."""
    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


def normal(password: str) -> str:
    """Typed on another keyboard a Vietnamese password may come decomposed: one form counts."""
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    return hasher().hash(normal(password))


def verify_password(stored: str, password: str) -> bool:
    """Whether it fits. Takes as long when ``stored`` is empty (no such user) as when it is wrong."""
    made = hasher()
    if len(password) > MAX_LENGTH:
        password = ""
    if not stored:
        made.hash(normal(password))
        return False
    try:
        return made.verify(stored, normal(password))
    except (VerificationError, InvalidHashError):
        return False


def weakness(password: str, login: str) -> str | None:
    """Why a new password is refused, as a stable code; None when it is good."""
    plain = normal(password)
    if len(plain) < MIN_LENGTH:
        return "too-short"
    if len(plain) > MAX_LENGTH:
        return "too-long"
    folded = plain.casefold()
    if login and login.casefold() in folded and len(folded.replace(login.casefold(), "")) < MIN_REST:
        return "is-login"
    if len(set(folded)) < MIN_DISTINCT:
        return "too-simple"
    rest = folded
    for word in COMMON:
        rest = rest.replace(word, "")
    if rest != folded and len(rest) < MIN_REST:
        return "common"
    if len(rest) < len(folded) and rest.isdigit() and len(rest) < MIN_LENGTH:
        return "common"  # a word and a year
    steps = {ord(after) - ord(before) for before, after in pairwise(folded)}
    return "too-simple" if len(steps) == 1 else None


def one_time() -> str:
    """A password to be handed over once: 20 characters, 98 bits, in groups that can be read out."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
