"""The connection to the controller when the network is not what it should be."""

from __future__ import annotations

import datetime as dt
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent import link as link_module
from agent.link import MAX_REPLY_BYTES, Link, LinkError
from agent.say_reasons import REASONS
from agent.tls import BadRoot, pinned, root_fingerprint, split_pem
from tests.integration.agent.ca import Authority, authority
from tests.integration.agent.fake_controller import Answer, FakeController, serving


def failure(link: Link, seconds: float = 5.0) -> str:
    with pytest.raises(LinkError) as caught:
        link.call_json("/v1/beat", b"{}", seconds=seconds)
    link.close()
    assert caught.value.reason in REASONS, "a person is told what to do"
    return caught.value.reason


def answering(controller: FakeController, status: int, headers: dict[str, str], body: bytes) -> Link:
    answer: Answer = (status, headers, body)
    controller.hook = lambda _path, _body: answer
    return Link(controller.url)


@contextmanager
def speaking(script: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does with each connection whatever ``script`` says."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    connection, _address = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(5)
                    try:
                        script(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            thread.join(10)


def test_a_captive_portals_page_is_named_as_one(plain: FakeController) -> None:
    page = b"<html>Dang nhap WiFi</html>"
    assert failure(answering(plain, 200, {"Content-Type": "text/html; charset=utf-8"}, page)) == "captive-portal"
    assert failure(answering(plain, 302, {"Location": "http://10.5.50.1/login"}, b"")) == "captive-portal"
    assert failure(answering(plain, 307, {"Location": "http://10.5.50.1/login"}, b"")) == "captive-portal"
    assert failure(answering(plain, 511, {"Content-Type": "text/html"}, page)) == "captive-portal"


def test_a_proxys_error_page_is_not_taken_for_a_controller(plain: FakeController) -> None:
    assert failure(answering(plain, 502, {"Content-Type": "text/html"}, b"<h1>Bad gateway")) == "not-a-controller"
    assert failure(answering(plain, 404, {"Content-Type": "application/json"}, b'{"detail": 1}')) == "not-a-controller"
    assert failure(answering(plain, 500, {"Content-Type": "application/json"}, b'{"code": 5}')) == "not-a-controller"


def test_a_controller_with_another_ca_is_refused_and_gets_nothing(tmp_path: Path, root: Authority) -> None:
    with serving(FakeController(), authority().server_file(tmp_path / "x.pem", "127.0.0.1")) as stranger:
        assert failure(Link(stranger.url, pinned([root.pem]))) == "wrong-ca"
        assert stranger.beats == []


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, root: Authority) -> None:
    with serving(FakeController(), root.server_file(tmp_path / "x.pem", "192.0.2.7")) as elsewhere:
        assert failure(Link(elsewhere.url, pinned([root.pem]))) == "wrong-name"


@pytest.mark.parametrize("years", [-10, 10, 30])
def test_dates_do_not_matter_since_a_box_may_be_years_off(tmp_path: Path, root: Authority, years: int) -> None:
    start = dt.datetime.now(dt.UTC) + dt.timedelta(days=365 * years)
    with serving(FakeController(), root.server_file(tmp_path / "x.pem", "127.0.0.1", start=start)) as controller:
        link = Link(controller.url, pinned([root.pem]))
        assert b"work" in link.call("POST", "/v1/beat", b"{}")
        link.close()


def test_either_of_two_pinned_roots_will_do(tmp_path: Path, root: Authority) -> None:
    newer = authority("newer")
    with serving(FakeController(), newer.server_file(tmp_path / "x.pem", "127.0.0.1")) as controller:
        link = Link(controller.url, pinned([root.pem, newer.pem]))
        assert b"work" in link.call("POST", "/v1/beat", b"{}")
        link.close()


def test_a_tls_session_is_taken_up_again_after_the_connection_was_lost(
    controller: FakeController, root: Authority
) -> None:
    link = Link(controller.url, pinned([root.pem]))
    link.call("POST", "/v1/beat", b"{}")
    link.close()
    link.call("POST", "/v1/beat", b"{}")
    assert link._connection is not None
    assert link._connection.sock.sock.session is not None
    link.close()


def test_plain_http_where_tls_is_expected_is_named(plain: FakeController, root: Authority) -> None:
    assert failure(Link(plain.url.replace("http:", "https:"), pinned([root.pem]))) == "no-tls"


def test_a_closed_port_and_an_unknown_name_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(Link(f"http://127.0.0.1:{port}")) == "refused"
    assert failure(Link("http://no-such-host.invalid:1")) == "no-dns"


def test_a_controller_that_hangs_is_left_in_time() -> None:
    with speaking(lambda connection: time.sleep(1.5)) as url:
        began = time.monotonic()
        assert failure(Link(url), seconds=0.5) == "timeout"
        assert time.monotonic() - began < 1.2


def test_a_tls_handshake_that_hangs_is_left_in_time(root: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "CONNECT_SECONDS", 0.4)
    with speaking(lambda connection: time.sleep(1.5)) as url:
        began = time.monotonic()
        assert failure(Link(url.replace("http:", "https:"), pinned([root.pem]))) == "timeout"
        assert time.monotonic() - began < 1.2


@pytest.mark.parametrize("part", [b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"])
def test_a_controller_that_drips_byte_by_byte_is_left_in_time(part: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(part)
        for _ in range(40):
            connection.sendall(b"x")
            time.sleep(0.05)

    with speaking(drip) as url:
        began = time.monotonic()
        assert failure(Link(url), seconds=0.6) == "timeout"
        assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\x00\x01\x02\xff" * 100,
        b"HTTP/1.1 200\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    ],
)
def test_garbage_and_cut_replies_are_a_link_error(reply: bytes) -> None:
    def say(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(reply)

    with speaking(say) as url:
        assert failure(Link(url)) in ("bad-reply", "unreachable", "timeout")


def test_an_endless_reply_is_bounded(plain: FakeController) -> None:
    big = b"x" * (MAX_REPLY_BYTES + 1)
    assert failure(answering(plain, 200, {"Content-Type": "application/json"}, big)) == "reply-too-large"

    def endless(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    with speaking(endless) as url:
        assert failure(Link(url)) == "reply-too-large"


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_once_more() -> None:
    def one_each(connection: socket.socket) -> None:
        connection.recv(10_000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")

    with speaking(one_each) as url:
        link = Link(url)
        for _ in range(3):
            assert link.call("POST", "/v1/beat", b"{}") == b"{}"
        link.close()


def test_roots_are_one_or_two_certificates_and_nothing_else(root: Authority) -> None:
    for roots in ([], [root.pem] * 3, ["no certificate"], [root.pem[:200]]):
        with pytest.raises(BadRoot):
            pinned(roots)
    assert split_pem("noise\n" + root.pem + root.pem.replace("\n", "\r\n")) == [root.pem, root.pem]
    assert root_fingerprint(root.pem)[:32] == root.hint
    for text in ("", "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----", root.pem[:100]):
        with pytest.raises(BadRoot):
            split_pem(text)


def test_every_error_of_python_has_a_reason_that_people_can_read() -> None:
    for error in (
        OSError("x"),
        TimeoutError(),
        ssl.SSLError("x"),
        http.client.BadStatusLine("x"),
        ConnectionResetError(),
    ):
        assert link_module._explained(error).reason in REASONS
