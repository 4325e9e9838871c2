"""The provider's name server: answers every question at once, with "no such name". Ends with its standard input.

``python -m tests.lab.names ADDRESS``
"""

from __future__ import annotations

import select
import socket
import struct
import sys

HEADER = 12
NO_SUCH_NAME = 0x8183  # an answer, recursion available, NXDOMAIN


def answer(question: bytes) -> bytes:
    number = struct.unpack("!H", question[:2])[0]
    return struct.pack("!6H", number, NO_SUCH_NAME, 1, 0, 0, 0) + question[HEADER:]


def main(argv: list[str]) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind((argv[0], 53))
        while True:
            ready, _, _ = select.select([door, sys.stdin], [], [])
            if sys.stdin in ready:
                return 0
            question, asker = door.recvfrom(1_500)
            if len(question) > HEADER:
                door.sendto(answer(question), asker)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
