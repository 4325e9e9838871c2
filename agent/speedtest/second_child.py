"""speedtest-cli in a process of its own: ``python -m agent.speedtest.second_child``, question and answer as JSON.

Its constructor always asks its vendor for a configuration, and more; here every way out but the one to the province's
own server is shut before it is even imported, its configuration is the one that the vendor used to answer, and what it
may take of memory is bounded.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from pathlib import Path
from typing import Any

from agent.legacy_http import PICTURES, UPLOAD_PATH

MEMORY = 768 * 1024 * 1024  # of addresses; it fills what it sends beforehand
SIZES = list(PICTURES)
UPLOADS = [524_288] * 17 + [1_048_576] * 17 + [7_340_032] * 17


class WayOut(PermissionError):
    """It wanted to speak with somebody else."""


def shut(host: str) -> None:
    """From now on this process can reach ``host`` alone, and ask nobody for a name."""

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and arguments[1][0] != host:
            raise WayOut(f"connect {arguments[1]!r:.80}")
        if event == "socket.getaddrinfo" and arguments[0] != host:
            raise WayOut(f"look up {arguments[0]!r:.80}")
        if event in ("socket.gethostbyname", "socket.sendto", "subprocess.Popen", "os.system"):
            raise WayOut(event)

    sys.addaudithook(look)


def config(length: float, budget: int) -> tuple[dict[str, Any], bool]:
    """As its vendor told it, and whether that had to be shortened so that all it may ask for stays in the budget."""
    sizes, counts, uploads = list(SIZES), 4, list(UPLOADS)
    while sizes and counts * sum(PICTURES[size] for size in sizes) > budget / 2:
        sizes.pop()
    while uploads and sum(uploads) > budget / 2:
        uploads.pop()
    if not sizes or not uploads:
        raise ValueError("too few bytes are allowed")
    found = {
        "client": {"ip": "192.0.2.1", "lat": "10.4", "lon": "105.6", "isp": "", "country": "VN"},
        "ignore_servers": [],
        "sizes": {"upload": [524_288, 1_048_576, 7_340_032], "download": sizes},
        "counts": {"upload": 17, "download": counts},
        "threads": {"upload": 2, "download": 8},
        "length": {"upload": length, "download": length},
        "upload_max": len(uploads),
    }
    return found, len(sizes) < len(SIZES) or len(uploads) < len(UPLOADS)


def measure(host: str, port: int, nonce: str, length: float, budget: int) -> dict[str, Any]:
    import speedtest

    told, is_shortened = config(length, budget)

    class Ours(speedtest.Speedtest):  # type: ignore[misc]  # it has no types
        def get_config(self) -> dict[str, Any]:
            self.config.update(told)
            self.lat_lon = (10.4, 105.6)
            return self.config  # type: ignore[no-any-return]

    where = f"[{host}]" if ":" in host else host
    server = {"url": f"http://{where}:{port}/{nonce}{UPLOAD_PATH}", "id": "1", "name": "", "sponsor": ""}
    test = Ours()
    test.get_best_server([server | {"lat": "10.4", "lon": "105.6", "country": "VN", "cc": "VN", "d": 0.0, "host": ""}])
    down, up = test.download(), test.upload(pre_allocate=False)
    return {
        "version": speedtest.__version__,
        "shortened": is_shortened,
        "down": down,
        "up": up,
        "received": test.results.bytes_received,
        "sent": test.results.bytes_sent,
        "rss": _peak(),
        "cpu": time.process_time(),
    }


def _peak() -> int:
    """Bytes; the largest resident set of this process."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def main() -> int:
    asked = json.loads(sys.stdin.buffer.read(4_096))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    shut(str(asked["host"]))
    answer, sys.stdout = sys.stdout, sys.stderr  # whatever it prints must not mix with the answer
    where = str(asked["host"]), int(asked["port"]), str(asked["nonce"])
    found = measure(*where, float(asked["length"]), int(asked["budget"]))
    if not found["down"] or not found["up"]:
        print("nothing arrived", file=sys.stderr)
        return 1
    print(json.dumps(found), file=answer)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
