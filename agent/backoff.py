"""How long to wait after a failure: doubling, clamped, jittered so that a province's boxes do not come back as one."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

FIRST = 60.0  # seconds
LONGEST = 3600.0


@dataclass(slots=True)
class Backoff:
    """Waits of 60 s doubling to an hour, each between half of that and all of it."""

    first: float = FIRST
    longest: float = LONGEST
    random: random.Random = field(default_factory=random.SystemRandom)  # a badly seeded one would group the boxes
    failures: int = 0

    def failed(self, server_said: float | None = None) -> float:
        """Seconds to wait after one more failure. A time that the server named wins, within [1 s, ``longest``]."""
        wait: float = min(self.longest, self.first * 2 ** min(self.failures, 16))
        self.failures += 1
        if server_said is not None:
            # Never earlier than told, up to a tenth later.
            return min(max(server_said, 1.0), self.longest) * self.random.uniform(1.0, 1.1)
        return wait * self.random.uniform(0.5, 1.0)

    def succeeded(self) -> None:
        self.failures = 0
