"""E-mail to a real mail server: TLS or this machine, bounded in time, and what a server's answers mean."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from controller.alerts.channels import email
from controller.alerts.mailserver import MailServer
from controller.alerts.retry import Outcome
from controller.alerts.smtp import send
from tests.integration.alerts.mail import Mailbox, mail_server
from tests.integration.alerts.receivers import misbehaving
from tests.integration.alerts.tls import context, files
from tests.unit.alerts.examples import order

PLAIN = MailServer(host="127.0.0.1", security="plain", sender="mang@example.vn")


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as made:
        yield made


def tell(box: Mailbox, server: MailServer = PLAIN, address: str = "truc@example.vn, phong@example.vn") -> Outcome:
    return email.tell(order(address=address, mail=replace(server, port=box.port)))


def test_a_message_arrives_whole_in_both_languages(box: Mailbox) -> None:
    assert tell(box).ok
    (message,) = box.messages
    assert box.recipients == [["truc@example.vn", "phong@example.vn"]]
    assert message["Subject"] == "[TruongNet] CẢNH BÁO: Mất mạng: Trường THCS Gáo Giồng"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert "Việc cần làm" in text
    assert "What to do" in text


def test_starttls_with_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, root = files(tmp_path)
    server = replace(PLAIN, security="starttls", login="mang", password="mat-khau-bi-mat")
    with mail_server(starttls=context(file), auth=True) as box:
        refused = tell(box, server)
        assert "certificate not trusted" in refused.said
        monkeypatch.setenv("SSL_CERT_FILE", str(root))
        assert tell(box, server).ok
        wrong = tell(box, replace(server, password="sai-mat-khau"))
    assert len(box.messages) == 1
    assert "sign-in refused" in wrong.said
    assert not wrong.is_final
    assert "sai-mat-khau" not in wrong.said


def test_tls_from_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, root = files(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(root))
    with mail_server(tls=context(file)) as box:
        assert tell(box, replace(PLAIN, security="tls")).ok
    assert len(box.messages) == 1


def test_no_password_goes_to_a_server_without_tls(box: Mailbox) -> None:
    outcome = tell(box, replace(PLAIN, security="starttls", login="mang", password="mat-khau-bi-mat"))
    assert not outcome.ok
    assert box.messages == []


def test_without_tls_only_to_this_machine() -> None:
    outcome = email.tell(order(address="a@example.vn", mail=replace(PLAIN, host="203.0.113.5")))
    assert "only this very machine" in outcome.said


@pytest.mark.parametrize(
    ("answer", "is_final"),
    [("451 try later", False), ("550 no such user", True), ("554 spam", True), ("552 full", True)],
)
def test_what_a_server_answers_decides_whether_it_is_tried_again(box: Mailbox, answer: str, is_final: bool) -> None:
    box.answer = answer
    outcome = tell(box)
    assert (outcome.ok, outcome.is_final) == (False, is_final)
    assert answer[:3] in outcome.said


def test_one_address_that_is_refused_does_not_keep_it_from_the_others(box: Mailbox) -> None:
    box.refuse = {"phong@example.vn": "550 no such user"}
    outcome = tell(box)
    assert outcome.ok
    assert "1 địa chỉ" in outcome.said
    box.refuse = {"truc@example.vn": "450 later", "phong@example.vn": "550 no such user"}
    assert tell(box) == Outcome(False, "SMTP 450: later", is_final=False)


@pytest.mark.parametrize("how", ["hangs", "silent"])
def test_a_server_that_says_nothing_is_left(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controller.alerts.smtp.SECONDS", 1.0)
    with misbehaving(how) as url:
        began = time.monotonic()
        outcome = send(
            replace(PLAIN, port=int(url.rpartition(":")[2])), email.message(order(address="a@b.vn"), "c@d.vn")
        )
        assert time.monotonic() - began < 3.0
    assert not outcome.ok


@contextmanager
def babbling() -> Iterator[int]:
    """A server whose greeting never ends."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                while True:
                    connection.sendall(b"220-and more\r\n" * 1_000)
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield int(listener.getsockname()[1])
    listener.close()
    thread.join(5)


def test_a_server_that_never_ends_its_greeting_is_left_soon() -> None:
    with babbling() as port:
        began = time.monotonic()
        outcome = send(replace(PLAIN, port=port), email.message(order(address="a@b.vn"), "c@d.vn"))
        assert time.monotonic() - began < 3.0
    assert not outcome.ok


def test_nothing_is_set_up() -> None:
    assert "no mail server is set up" in email.tell(order(address="a@b.vn")).said
