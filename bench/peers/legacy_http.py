"""The paths that speedtest-cli asks a server for, and nothing more: ``python -m bench.peers.legacy_http ADDRESS``.

Prints its port when it listens; ends with its standard input. The paths are those of agent/legacy_http.py, and any
other path takes an upload.
"""

from __future__ import annotations

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from agent.legacy_http import LATENCY, LATENCY_PATH, PICTURES, picture_path, taken

BODIES = {picture_path(side): size for side, size in PICTURES.items()}
PICTURE = os.urandom(max(PICTURES.values()))
CHUNK = 256 * 1024


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30.0

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == LATENCY_PATH:
            self._answer(LATENCY)
        elif path in BODIES:
            self._answer(memoryview(PICTURE)[: BODIES[path]])
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        size = left = int(self.headers["Content-Length"])
        while left and (part := self.rfile.read(min(left, CHUNK))):
            left -= len(part)
        self._answer(taken(size - left))

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
