"""A line made in user space: it carries packets between two TUN devices, late, and not all of them.

The kernel of a test machine may have no netem, so this process is the line. It opens two TUN devices, moves each one
into its namespace, and prints "ready". Then it takes commands on its standard input, one a line: ``delay SECONDS`` (one
way), ``loss RATIO`` (each way), ``cut`` (nothing passes), ``mend``; the end of the input ends it.

``python -m tests.lab.relay LEFT_NAMESPACE LEFT_DEVICE RIGHT_NAMESPACE RIGHT_DEVICE``
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import random
import select
import struct
import subprocess
import sys
import time
from collections import deque

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET = 65_536  # larger than any packet that the device gives
TURN = 64  # packets read in one go from one side, so that neither side waits for the other
PRIORITY = -10  # nice value: a line does not wait for its turn because the machine has other work
BACKLOG = 4_000  # packets under way one way; beyond it the line drops, as any line does


def open_tun(namespace: str, device: str) -> int:
    """The descriptor of a new TUN device in ``namespace``: it stays with us while the device lives elsewhere."""
    handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", device, "netns", namespace], check=True, timeout=10)
    return handle


class Line:
    """One pair of devices with a constant delay, so that each way is a simple queue."""

    def __init__(self, left: int, right: int) -> None:
        self.ways = {left: right, right: left}
        self.queues: dict[int, deque[tuple[float, bytes]]] = {left: deque(), right: deque()}
        self.delay, self.loss, self.is_cut = 0.0, 0.0, False
        self.random = random.Random(1)

    def obey(self, command: str) -> None:
        verb, _, value = command.strip().partition(" ")
        if verb == "delay":
            self.delay = float(value)
        elif verb == "loss":
            self.loss = float(value)
        elif verb in ("cut", "mend"):
            self.is_cut = verb == "cut"

    def take(self, source: int) -> None:
        queue = self.queues[source]
        with contextlib.suppress(BlockingIOError):
            for _ in range(TURN):
                packet = os.read(source, PACKET)
                if self.is_cut or self.random.random() < self.loss or len(queue) >= BACKLOG:
                    continue
                queue.append((time.monotonic() + self.delay, packet))

    def give(self) -> float | None:
        """Deliver what is due; seconds until the next packet is, None when none is under way."""
        waits = []
        for source, queue in self.queues.items():
            while queue and queue[0][0] <= time.monotonic():
                # A device that is down or full loses the packet: that is a line's right.
                with contextlib.suppress(OSError):
                    os.write(self.ways[source], queue[0][1])
                queue.popleft()
            if queue:
                waits.append(queue[0][0] - time.monotonic())
        return max(0.0, min(waits)) if waits else None


def main(argv: list[str]) -> int:
    left, right = open_tun(*argv[:2]), open_tun(*argv[2:4])
    line = Line(left, right)
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    gc.disable()  # nothing here makes cycles, and a pause would be measured as the line's
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([left, right, sys.stdin], [], [], line.give())
        if sys.stdin in ready:
            said = os.read(sys.stdin.fileno(), 4_096)  # unbuffered: what a buffer held back, select would not see
            if not said:
                return 0
            for command in said.decode().splitlines():
                line.obey(command)
        for source in (left, right):
            if source in ready:
                line.take(source)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
