"""What the agent wire answers instead of a reply: problem+json (RFC 9457) with a stable code.

The code tells the box what to do: "unknown-agent" (keep everything, join again if a newer epoch is proven),
"not-accepted", "quarantined", "clone-suspected" (a person must act), "bad-seal", "too-large", "version" (do not send
the same again soon), "replayed", "slow-down", "busy" (send again later).
"""

from __future__ import annotations

import math
from typing import Any

import orjson

STATUS = {
    "bad-request": 400,
    "bad-seal": 400,
    "version": 400,
    "bad-token": 401,
    "not-accepted": 403,
    "quarantined": 403,
    "unknown-agent": 404,
    "not-found": 404,
    "method": 405,
    "clone-suspected": 409,
    "replayed": 409,
    "too-large": 413,
    "slow-down": 429,
    "busy": 503,
}


class Refusal(Exception):
    def __init__(self, code: str, detail: str, retry_after: float | None = None, **more: Any) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.retry_after, self.more = code, detail, retry_after, more

    @property
    def status(self) -> int:
        return STATUS[self.code]

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        if self.retry_after is None:
            return []
        return [(b"retry-after", str(max(1, math.ceil(self.retry_after))).encode())]

    def body(self) -> bytes:
        return orjson.dumps(
            {
                "type": f"urn:truongnet:problem:{self.code}",
                "title": self.code,
                "status": self.status,
                "code": self.code,
                "detail": self.detail,
                **self.more,
            }
        )
