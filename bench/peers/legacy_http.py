"""The paths that speedtest-cli asks a server for, and nothing more: ``python -m bench.peers.legacy_http ADDRESS``.

Prints its port when it listens; ends with its standard input. The sizes are those of the pictures that the servers of
that kind carry; what the pictures show does not matter.
"""

from __future__ import annotations

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PICTURES = {
    350: 245_388,
    500: 505_544,
    750: 1_118_012,
    1000: 1_986_284,
    1500: 4_468_241,
    2000: 7_907_740,
    2500: 12_407_926,
    3000: 17_816_816,
    3500: 24_262_167,
    4000: 31_625_365,
}
PICTURE = os.urandom(max(PICTURES.values()))
CHUNK = 256 * 1024


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30.0

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/speedtest/latency.txt":
            self._answer(b"test=test\n")
            return
        sizes = {f"/speedtest/random{side}x{side}.jpg": size for side, size in PICTURES.items()}
        if path in sizes:
            self._answer(memoryview(PICTURE)[: sizes[path]])
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        size = left = int(self.headers["Content-Length"])
        while left and (part := self.rfile.read(min(left, CHUNK))):
            left -= len(part)
        self._answer(f"size={size - left}".encode())

    def _answer(self, body: bytes | memoryview) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def main(address: str) -> int:
    server = ThreadingHTTPServer((address, 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]  # the client hangs up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
