"""Receivers with TLS by a small CA of the test's own."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from tests.integration.agent.ca import authority


def files(directory: Path) -> tuple[Path, Path]:
    """A server's key and certificate for 127.0.0.1 in one file, and the root that vouches for it."""
    root = authority()
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    server = root.server_file(directory / "server.pem", "127.0.0.1", start=yesterday)
    (directory / "root.pem").write_text(root.pem)
    return server, directory / "root.pem"


def context(server: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(server)
    return made


class _Silent(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that does not trust us breaks off, as it should


@contextmanager
def tls_receiver(directory: Path) -> Iterator[tuple[str, Path]]:
    """Its address, and the root."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    file, root = files(directory)
    server = _Silent(("127.0.0.1", 0), Handler)
    server.socket = context(file).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}/", root
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
