"""The controller's API as a person at the province uses it, from outside of the lab through a door."""

from __future__ import annotations

import secrets
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from tests.lab.links import ROOT, Namespace

T = TypeVar("T")
BUSY = 2.5  # so many times longer it may take where other work goes on
PAGE = 200


def until(look: Callable[[], T], what: str, seconds: float = 60.0, told: Callable[[], str] = str) -> T:
    """The first answer of ``look`` that is true; its failures to connect meanwhile are no answer.

    Raises AssertionError, with what ``told`` says then, after BUSY times ``seconds``: no test is about our own speed.
    """
    seconds *= BUSY
    end = time.monotonic() + seconds
    trouble: Exception | None = None
    while time.monotonic() < end:
        try:
            if found := look():
                return found
        except httpx.TransportError as error:
            trouble = error
        time.sleep(0.25)
    raise AssertionError(f"after {seconds:.0f} s still not: {what}" + (f" ({trouble!r})" if trouble else "") + told())


class Door:
    """A port on this machine's loopback that leads to one port of a host in the lab."""

    def __init__(self, inside: Namespace, host: str, port: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = int(listener.getsockname()[1])
            words = [sys.executable, "-m", "tests.lab.forward", str(listener.fileno()), host, str(port)]
            self._process = subprocess.Popen(
                inside.argv(words),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


class Api:
    """Signed in as the administrator. Every answer that is no success raises."""

    def __init__(self, door: Door, root_pem: str) -> None:
        self.url = f"https://127.0.0.1:{door.port}"
        self._client = httpx.Client(
            base_url=self.url, verify=ssl.create_default_context(cadata=root_pem), timeout=30.0, trust_env=False
        )

    def sign_in(self, login: str, one_time: str) -> str:
        """Change the one-time password, as everybody must, and go on with a token of one's own; the new password."""
        password = f"phòng thí nghiệm {secrets.token_hex(4)}"
        csrf = self.post("/login", login=login, password=one_time)["csrf"]
        self._client.headers["X-CSRF-Token"] = csrf
        changed = self._client.post("/api/v1/me/password", json={"current": one_time, "new": password})
        changed.raise_for_status()
        self._client.cookies.clear()
        del self._client.headers["X-CSRF-Token"]
        self._client.headers["X-CSRF-Token"] = self.post("/login", login=login, password=password)["csrf"]
        token = self.post("/tokens", name="lab")["token"]
        self._client.cookies.clear()
        del self._client.headers["X-CSRF-Token"]
        self._client.headers["Authorization"] = f"Bearer {token}"
        return password

    def get(self, path: str, **query: Any) -> Any:
        answer = self._client.get(f"/api/v1{path}", params=query)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self._client.post(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def put(self, path: str, **body: Any) -> Any:
        answer = self._client.put(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def is_ready(self) -> bool:
        return self._client.get("/readyz").is_success

    def close(self) -> None:
        self._client.close()
