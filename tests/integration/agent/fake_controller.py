"""A controller of a hundred lines for the agent's tests: keeps what it is sent, and misbehaves on demand."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from agent.seal import key_id, unseal
from agent.wire import BATCH_TYPE, HEAD_TYPE, JOIN_TYPE

Answer = tuple[int, dict[str, str], bytes]
JSON = "application/json"


def problem(status: int, code: str, retry_after: float | None = None, **more: Any) -> Answer:
    headers = {"Content-Type": "application/problem+json"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return status, headers, json.dumps({"title": code, "code": code, "detail": "", **more}).encode()


def ok(body: dict[str, Any]) -> Answer:
    return 200, {"Content-Type": JSON}, json.dumps(body).encode()


@dataclass
class FakeController:
    """One box's controller. ``hook`` sees each request first and may answer instead."""

    ca_pem: str = ""
    accepted: bool = True
    epoch: int = 1
    epoch_proof: dict[str, Any] | None = None
    token: str = ""
    previous: str = ""
    next_seq: int = 1
    batches: dict[int, dict[str, Any]] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)  # numbers reported as never to come
    repeated: list[int] = field(default_factory=list)
    heads: list[dict[str, Any]] = field(default_factory=list)
    beats: list[dict[str, Any]] = field(default_factory=list)
    joins: list[bytes] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)
    connections: int = 0
    extra: dict[str, Any] = field(default_factory=dict)  # further fields of each exchange's reply
    work: bool = False
    beat_every: float = 30.0
    exchange_after: float = 900.0
    offset: float = 0.0  # our clock minus the real one
    hook: Callable[[str, bytes], Answer | None] = lambda _path, _body: None
    public: bytes = b""
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, body: bytes) -> Answer:
        with self.lock:
            hooked = self.hook(path, body)
            if hooked is not None:
                return hooked
            if path == "/v1/ca":
                return 200, {"Content-Type": "application/x-pem-file"}, self.ca_pem.encode()
            if path == "/v1/join":
                return self._join(body)
            if path == "/v1/beat":
                self.beats.append(json.loads(body))
                return ok({"work": self.work, "after": self.beat_every, "now": time.time() + self.offset})
            return self._exchange(body) if path == "/v1/exchange" else problem(404, "not-found")

    def _join(self, body: bytes) -> Answer:
        self.joins.append(body)
        self.public = base64.b64decode(_unverified(body)["public_key"])
        unseal(body, JOIN_TYPE, self.public)
        state = "accepted" if self.accepted else "pending"
        return ok(
            {"v": 1, "state": state, "agent": key_id(self.public), "school": "82001", "school_name": "Trường thử",
             "now": time.time() + self.offset, "retry_after": 1.0, "roots": [self.ca_pem] if self.ca_pem else []}
        )  # fmt: skip

    def _exchange(self, body: bytes) -> Answer:
        lines = body.split(b"\n")
        self.bodies.append(len(body))
        head = json.loads(unseal(lines[0], HEAD_TYPE, self.public))
        self.heads.append(head)
        if not self.accepted:
            return problem(403, "not-accepted", 1)
        if self.token and head["token"] not in (self.token, self.previous) and head["epoch"] == self.epoch:
            return problem(409, "clone-suspected")
        for line in lines[1:]:
            self._take(json.loads(unseal(line, BATCH_TYPE, self.public)))
        self.previous, self.token = head["token"], f"token-{len(self.heads)}"
        return ok(
            {"v": 1, "now": time.time() + self.offset, "epoch": self.epoch, "next_seq": self.next_seq,
             "token": self.token, "beat_token": "beat", "beat_every": self.beat_every,
             "exchange_after": self.exchange_after,
             "epoch_proof": self.epoch_proof if head["epoch"] != self.epoch else None, **self.extra}
        )  # fmt: skip

    def _take(self, batch: dict[str, Any]) -> None:
        if batch["seq"] in self.batches:
            self.repeated.append(batch["seq"])
            return
        self.batches[batch["seq"]] = batch
        for item in batch["items"]:
            if item["kind"] == "thinned":
                self.settled.update(item["body"]["seqs"])
        while self.next_seq in self.batches or self.next_seq in self.settled:
            self.next_seq += 1

    def items(self, kind: str = "") -> list[dict[str, Any]]:
        with self.lock:
            batches = [self.batches[seq] for seq in sorted(self.batches)]
        return [item for batch in batches for item in batch["items"] if item["kind"] == (kind or item["kind"])]


def _unverified(envelope: bytes) -> dict[str, Any]:
    import gzip

    document: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(json.loads(envelope)["payload"])))
    return document


@contextmanager
def serving(controller: FakeController, certificate: Path | None = None) -> Iterator[FakeController]:
    """Answers on a free port of 127.0.0.1, with TLS when a PEM file is given; ``controller.url`` says where."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def setup(self) -> None:
            super().setup()
            controller.connections += 1

        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, content = controller.answer(self.path, body)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _respond

        def log_message(self, *_arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def finish_request(self, request: Any, client_address: Any) -> None:
            if certificate is None:
                super().finish_request(request, client_address)
                return
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            request.settimeout(10)
            with context.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # clients that refuse our certificate are part of the tests

    server = Server(("127.0.0.1", 0), Handler)
    controller.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield controller
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def join_code(controller: FakeController, hint: str = "") -> str:
    fields = {"u": controller.url, "f": hint, "i": "00112233", "s": "secret"}
    return "tn1:" + base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
