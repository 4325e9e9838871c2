"""One POST to receivers that behave and to some that do not: bounded in time and size, never led elsewhere."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.alerts.channels import gateway, webhook
from controller.alerts.post import Answer, outcome_of, post
from controller.alerts.retry import Outcome
from tests.integration.alerts.receivers import Receiver, misbehaving, receiver
from tests.unit.alerts.examples import order

SECONDS = 1.0


@pytest.fixture
def good() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def test_a_good_receiver_gets_what_was_sent_once(good: Receiver) -> None:
    answer = post(f"{good.url}/hook?x=1", b'{"a": 1}', {"X-Extra": "y"})
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == (200, b"ok")
    (one,) = good.received
    assert (one.path, one.json, one.headers["X-Extra"]) == ("/hook?x=1", {"a": 1}, "y")
    assert one.headers["Host"] == good.url.removeprefix("http://")


@pytest.mark.parametrize("how", ["hangs", "dribbles", "headers", "silent"])
def test_a_receiver_that_takes_its_time_is_left(how: str) -> None:
    with misbehaving(how) as url:
        began = time.monotonic()
        outcome = outcome_of(post(url, b"{}", {}, seconds=SECONDS))
        assert time.monotonic() - began < SECONDS + 1.0
    assert not outcome.ok
    assert not outcome.is_final


def test_a_receiver_that_answers_gigabytes_is_heard_to_a_few_kilobytes() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with misbehaving("floods") as url:
        began = time.monotonic()
        answer = post(url, b"{}", {}, seconds=SECONDS)
        took = time.monotonic() - began
    assert isinstance(answer, Answer)
    assert len(answer.body) == 16 * 1024
    assert len(answer.said()) < 400
    assert took < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000, "KiB"


@pytest.mark.parametrize("how", ["closes", "babbles"])
def test_what_is_no_http_is_said_to_be_none(how: str) -> None:
    with misbehaving(how) as url:
        outcome = outcome_of(post(url, b"{}", {}, seconds=SECONDS))
    assert not outcome.ok
    assert "HTTP" in outcome.said or "no connection" in outcome.said


def test_nobody_listens() -> None:
    outcome = post("http://127.0.0.1:9/x", b"{}", {})
    assert isinstance(outcome, Outcome)
    assert "nobody listens" in outcome.said


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(good: Receiver, status: int) -> None:
    with receiver() as elsewhere:
        good.status, good.headers = status, {"Location": elsewhere.url}
        outcome = outcome_of(post(good.url, b"{}", {}))
        assert elsewhere.received == []
    assert not outcome.ok
    assert "redirects are not followed" in outcome.said


def test_a_receiver_may_ask_for_patience(good: Receiver) -> None:
    good.status, good.headers = 503, {"Retry-After": "120"}
    assert outcome_of(post(good.url, b"{}", {})).retry_after == 120.0
    good.headers = {"Retry-After": "99999999999999999999"}
    assert outcome_of(post(good.url, b"{}", {})).retry_after is None
    good.status, good.headers = 410, {}
    assert outcome_of(post(good.url, b"{}", {})).is_final


@pytest.mark.parametrize("url", ["https://localhost:1/", "http://example.invalid/", "https://169.254.169.254/latest"])
def test_where_no_alert_may_go_nothing_is_sent(url: str) -> None:
    assert isinstance(post(url, b"{}", {}), Outcome)


def test_a_name_that_resolves_to_another_machine_is_refused_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "localhost" itself may be made to lead elsewhere, by a file or by a name server."""
    elsewhere = [(2, 1, 6, "", ("203.0.113.5", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_more: elsewhere)
    outcome = post("http://localhost/", b"{}", {})
    assert isinstance(outcome, Outcome)
    assert outcome.is_final


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    from tests.integration.alerts.tls import tls_receiver

    with tls_receiver(tmp_path) as (url, _root):
        outcome = post(url, b"{}", {})
    assert isinstance(outcome, Outcome)
    assert "certificate not trusted" in outcome.said


def test_one_that_is_vouched_for_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.integration.alerts.tls import tls_receiver

    with tls_receiver(tmp_path) as (url, root):
        monkeypatch.setenv("SSL_CERT_FILE", str(root))
        answer = post(url, b"{}", {})
    assert isinstance(answer, Answer)
    assert answer.status == 200


def test_a_webhook_gets_its_shape(good: Receiver) -> None:
    assert webhook.tell(order(address=good.url, secret="s3cret")).ok
    (one,) = good.received
    assert one.json["title"] == {"vi": "Mất mạng: Trường THCS Gáo Giồng", "en": "Offline: Trường THCS Gáo Giồng"}
    assert (one.json["phase"], one.json["key"], one.json["school_count"]) == ("firing", "incident:17", 1)
    stamp = one.headers["X-TruongNet-Timestamp"]
    assert one.headers["X-TruongNet-Signature"] == f"v1={webhook.signature('s3cret', stamp, one.body)}"


@pytest.mark.parametrize(
    ("text", "ok", "is_final"),
    [('{"error": 0}', True, False), ('{"error": -216}', False, False), ('{"error": -201}', False, False),
     ('{"error": -213}', False, True), ("<html>", False, False), ("[]", False, False)],
)  # fmt: skip
def test_zalo_says_with_200_how_it_went(good: Receiver, text: str, ok: bool, is_final: bool) -> None:
    good.text = text
    outcome = gateway.tell_zalo(order(address=f"{good.url}/v3.0/oa/message/cs#186729651760683225", secret="token"))
    assert (outcome.ok, outcome.is_final) == (ok, is_final)
    (one,) = good.received
    assert one.path == "/v3.0/oa/message/cs"
    assert one.headers["access_token"] == "token"
    assert one.json["recipient"] == {"user_id": "186729651760683225"}
    assert "Mất mạng" in one.json["message"]["text"]


def test_an_sms_gateway_gets_letters_without_accents(good: Receiver) -> None:
    template = '{"phone": "{{to}}", "content": "{{sms}}", "brand": "DONGTHAP"}'
    assert gateway.tell_sms(order(address=f"{good.url}/send#+84901234567", secret="t", template=template)).ok
    (one,) = good.received
    assert one.headers["Authorization"] == "Bearer t"
    assert one.json["phone"] == "+84901234567"
    assert one.json["content"].startswith("CANH BAO: Mat mang: Truong THCS Gao Giong")
