"""Real receivers on this machine: one that takes what it is sent, and some that do what receivers should not."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHUNK = b"x" * 65_536


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """``answers``: statuses to give one after the other, then ``status``. ``text``: the body of each answer."""

    url: str = ""
    status: int = 200
    answers: list[int] = field(default_factory=list)
    text: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, one: Received) -> int:
        with self.lock:
            self.received.append(one)
            return self.answers.pop(0) if self.answers else self.status


@contextmanager
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            status = kept.take(Received(self.path, dict(self.headers), body))
            said = kept.text.encode()
            self.send_response(status)
            for name, value in kept.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def misbehaving(how: str) -> Iterator[str]:
    """The address of a server that takes a request and then: "hangs", "dribbles", "floods", "babbles", "closes",
    "headers" (sends headers without an end) or is "silent" from the first byte on."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def accept() -> None:
        listener.settimeout(0.1)
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=serve, args=(connection,), daemon=True)
            threads.append(thread)
            thread.start()

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                if how != "silent":
                    connection.recv(65_536)
                talk(connection)
            except OSError:
                return  # the other side has had enough, as it should

    def talk(connection: socket.socket) -> None:
        if how == "babbles":
            connection.sendall(b"220 mail.example.vn ESMTP\r\n" * 3)
        elif how == "dribbles":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not stop.wait(0.05):
                connection.sendall(b"x")
        elif how == "floods":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
            while not stop.is_set():
                connection.sendall(CHUNK)
        elif how == "headers":
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not stop.wait(0.01):
                connection.sendall(b"X-More: and more\r\n")
        elif how in ("hangs", "silent"):
            stop.wait(60)

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        accepting.join(5)
        listener.close()
        for thread in threads:
            thread.join(6)
