"""Limits by which one box cannot starve the others: a token bucket a box, and a bound on bytes being worked on."""

from __future__ import annotations

from dataclasses import dataclass

MAX_BUCKETS = 100_000


@dataclass(slots=True)
class Bucket:
    level: float
    at: float


class Buckets:
    """One bucket a key: ``rate`` a second, ``burst`` at once. Used on the event loop only, so without a lock."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._buckets: dict[str, Bucket] = {}

    def wait(self, key: str, now: float, cost: float = 1.0) -> float:
        """0 when there was enough (and it is taken), else seconds to wait (and nothing is taken)."""
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= MAX_BUCKETS:
                self._forget(now)
            bucket = self._buckets[key] = Bucket(self.burst, now)
        level = min(self.burst, bucket.level + max(0.0, now - bucket.at) * self.rate)
        if level < cost:
            bucket.level, bucket.at = level, now
            return (cost - level) / self.rate
        bucket.level, bucket.at = level - cost, now
        return 0.0

    def _forget(self, now: float) -> None:
        """Full buckets remember nothing; when all are in use the oldest half goes."""
        refill = self.burst / self.rate
        kept = {key: bucket for key, bucket in self._buckets.items() if now - bucket.at < refill}
        if len(kept) >= MAX_BUCKETS:
            kept = dict(list(kept.items())[len(kept) // 2 :])
        self._buckets = kept
