"""Sample data: a province of schools that do not exist, to look at the pages before the first real school is there.

Every school is marked ``is_sample`` and has a code that begins with ``MAU``; people have no names, addresses lead
nowhere. The same seed and moment make the same province. It is a picture of one moment: nothing in it moves on.
"""

from __future__ import annotations

from controller.samples.load import SCHOOLS, Progress, SamplesError, load
from controller.samples.plan import PILOTS
from controller.samples.remove import count, remove

__all__ = ["PILOTS", "SCHOOLS", "Progress", "SamplesError", "count", "load", "remove"]
