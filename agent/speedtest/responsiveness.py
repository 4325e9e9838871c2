"""Responsiveness under working load, in round trips per minute. Pure arithmetic.

After draft-ietf-ippm-responsiveness: how many round trips a person's application gets in a minute while the line is
full. The same: the line is filled first (the ramp is dropped), each way by itself; round trips are trimmed at their
95th percentile and their mean is turned over, 60 / mean. What differs, and why a figure of ours must not be laid
beside one of ``networkQuality``:

* we fill the line with one to four streams until the throughput is steady, not with ever more streams until the delay
  is steady;
* there is no HTTP/2: the round trips are messages on our own open control connection (TCP and TLS, through both user
  spaces) and, where UDP passes, datagrams. Half of the weight goes to each. No connection is opened and no TLS
  handshake made for it, so a handshake's extra round trips do not count;
* no round trip is taken on the loaded streams themselves. On a line that queues each flow apart ours sees the better
  queue, and says more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

KEPT = 0.95  # of the round trips, the fastest
LEAST = 3  # round trips of one kind, or they say nothing


def round_trips_per_minute(tcp: Sequence[float], udp: Sequence[float]) -> float | None:
    """Of round-trip times in seconds under load; None when there are too few."""
    means = [trimmed(rtts) for rtts in (tcp, udp) if len(rtts) >= LEAST]
    return 60.0 / fmean(means) if means and fmean(means) > 0 else None


def trimmed(rtts: Sequence[float]) -> float:
    """Mean of the fastest 95 %."""
    return fmean(sorted(rtts)[: max(1, math.ceil(KEPT * len(rtts)))])
