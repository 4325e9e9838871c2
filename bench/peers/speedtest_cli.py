"""speedtest-cli 2.1.3 against a server of our own: ``python -m bench.peers.speedtest_cli BASE-URL`` prints JSON.

Its constructor always asks its vendor for a configuration; here that is overridden by the values that the vendor used
to answer, so that it measures exactly as it does in the field, and no packet leaves the two namespaces.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.peers.outcome import Outcome, peak_rss
from tests.lab.links import Namespace

TIMEOUT = 180.0
CONFIG: dict[str, Any] = {
    "client": {"ip": "198.18.2.2", "lat": "10.4", "lon": "105.6", "isp": "bench", "country": "VN"},
    "ignore_servers": [],
    "sizes": {
        "upload": [524_288, 1_048_576, 7_340_032],
        "download": [350, 500, 750, 1000, 1500, 2000, 2500, 3000, 3500, 4000],
    },
    "counts": {"upload": 17, "download": 4},
    "threads": {"upload": 2, "download": 8},
    "length": {"upload": 10, "download": 10},
    "upload_max": 51,
}


@contextmanager
def legacy_server(server: Namespace) -> Iterator[str]:
    """The address of a server of its kind."""
    words = [sys.executable, "-m", "bench.peers.legacy_http", server.address]
    with server.popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://{server.address}:{int(process.stdout.readline())}/speedtest/upload.php"
        finally:
            process.stdin.close()
            process.wait(10)


def measure(client: Namespace, address: str) -> Outcome:
    done = client.run([sys.executable, "-m", "bench.peers.speedtest_cli", address], timeout=TIMEOUT)
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return Outcome(**json.loads(done.stdout))


def main(address: str) -> int:
    import speedtest

    class Ours(speedtest.Speedtest):  # type: ignore[misc]  # it has no types
        def get_config(self) -> dict[str, Any]:
            self.config.update(CONFIG)
            self.lat_lon = (10.4, 105.6)
            return self.config  # type: ignore[no-any-return]

    test = Ours()
    server = {"url": address, "lat": "10.4", "lon": "105.6", "name": "bench", "country": "VN", "sponsor": "", "id": "1"}
    test.get_best_server([server | {"cc": "VN", "d": 0.0, "host": ""}])
    down, up = test.download(), test.upload()
    print(json.dumps({"down": down, "up": up, "rss": peak_rss(), "cpu": time.process_time()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
