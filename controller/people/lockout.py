"""How often someone may guess: a delay that grows with each failure, per login and per address, known or not.

Held in memory (an address is personal data, and an unknown login must look like a known one); the failures of known
accounts are kept in their rows too, so that a restart or another replica does not forget them.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from controller.problems import Problem

FREE_FAILURES = 5
FREE_BY_ADDRESS = 30  # a whole office may sit behind one address
FIRST_DELAY = 15.0
MAX_DELAY = 900.0
FORGET = 3_600.0
MAX_KEYS = 50_000
AT_ONCE = 3  # argon2 takes 64 MiB each
WAIT = 10.0


def delay(failures: int, free: int = FREE_FAILURES) -> float:
    """Seconds to wait after so many failures in a row."""
    return 0.0 if failures < free else min(MAX_DELAY, FIRST_DELAY * 2.0 ** min(failures - free, 16))


@dataclass(slots=True)
class Attempts:
    failures: int
    at: float
    until: float


class LoginGate:
    def __init__(self) -> None:
        self._attempts: dict[bytes, Attempts] = {}
        self._lock = threading.Lock()
        self._hashing = threading.BoundedSemaphore(AT_ONCE)

    def check(self, login: str, address: str, now: float) -> None:
        """Problem "slow-down" while either must wait."""
        with self._lock:
            found = [self._attempts.get(key) for key in _keys(login, address)]
        wait = max((one.until - now for one in found if one is not None), default=0.0)
        if wait > 0:
            raise Problem("slow-down", retry_after=wait)

    def failed(self, login: str, address: str, now: float) -> None:
        with self._lock:
            if len(self._attempts) >= MAX_KEYS:
                self._forget(now)
            for key, free in zip(_keys(login, address), (FREE_FAILURES, FREE_BY_ADDRESS), strict=True):
                known = self._attempts.get(key)
                count = known.failures + 1 if known is not None and now - known.at < FORGET else 1
                self._attempts[key] = Attempts(count, now, now + delay(count, free))

    def succeeded(self, login: str, address: str) -> None:
        """The login is forgiven; the address only by time, or one good account would free a guesser."""
        with self._lock:
            self._attempts.pop(_keys(login, address)[0], None)

    @contextmanager
    def hashing(self) -> Iterator[None]:
        """Bounds the memory that sign-ins take together. Problem "busy"."""
        if not self._hashing.acquire(timeout=WAIT):
            raise Problem("busy", retry_after=5)
        try:
            yield
        finally:
            self._hashing.release()

    def _forget(self, now: float) -> None:
        kept = {key: one for key, one in self._attempts.items() if now - one.at < FORGET}
        if len(kept) >= MAX_KEYS:
            kept = dict(sorted(kept.items(), key=lambda entry: entry[1].until)[len(kept) // 2 :])
        self._attempts = kept


def _keys(login: str, address: str) -> tuple[bytes, bytes]:
    """Hashes: neither logins (people type passwords there) nor addresses stay readable in memory."""
    return (
        hashlib.sha256(b"login\0" + login.casefold().encode()).digest(),
        hashlib.sha256(b"address\0" + address.encode()).digest(),
    )
