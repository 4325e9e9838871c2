"""Who may measure: a token of the province's own controller, once, in its time."""

from __future__ import annotations

import base64
import signal
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.measure.tokens import issue
from tests.integration.measure.place import Caller, Place, place

HOUR = 3_600.0


def test_a_token_is_good_once(province: Place) -> None:
    token = province.leave(max_bytes=100_000_000)
    first, second = province.measure(token), province.measure(token)
    assert (first.outcome, second.outcome, second.reason) == ("ok", "failed", "token-spent")


def test_a_token_is_spent_by_a_hello_that_measures_nothing(province: Place) -> None:
    token = province.leave()
    with Caller(province.port) as caller:
        assert caller.hello(token)["op"] == "welcome"
    assert province.measure(token).reason == "token-spent"


def test_a_spent_token_stays_spent_when_the_server_is_killed_and_started_again(tmp_path: Path) -> None:
    with place(tmp_path) as province:
        token = province.leave(max_bytes=100_000_000)
        assert province.measure(token).outcome == "ok"
        province.end(signal.SIGKILL)
        province.start()
        assert province.measure(token).reason == "token-spent"
        assert province.measure().outcome == "ok"


def test_two_who_present_one_token_at_once_do_not_both_get_in(province: Place) -> None:
    token = province.leave()
    with Caller(province.port) as one, Caller(province.port) as other:
        for caller in (one, other):
            caller.say(op="hello", v=1, token=token)
        answers = [caller.hear() for caller in (one, other)]
    assert sorted(answer["op"] for answer in answers if answer) == ["refused", "welcome"]


def test_an_expired_token_is_refused(province: Place) -> None:
    assert province.measure(province.leave(now=time.time() - HOUR)).reason == "token-expired"


def test_a_token_for_later_is_refused(province: Place) -> None:
    assert province.measure(province.leave(now=time.time() + HOUR)).reason == "token-early"


def test_a_token_of_another_province_is_refused(province: Place) -> None:
    stranger = issue(Ed25519PrivateKey.generate(), "82001", time.time())
    assert province.measure(stranger).reason == "token-foreign"


def test_a_token_that_was_altered_to_name_another_school_is_refused(province: Place) -> None:
    claims, _, signature = province.leave(school="82001").partition(".")
    text = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).replace(b"82001", b"82002")
    altered = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    assert altered != claims
    assert province.measure(f"{altered}.{signature}").reason == "token-foreign"


def test_a_token_that_was_altered_to_allow_more_bytes_is_refused(province: Place) -> None:
    small, large = province.leave(max_bytes=1_000), province.leave(max_bytes=1_000_000)
    mixed = large.partition(".")[0] + "." + small.partition(".")[2]
    assert province.measure(mixed).reason == "token-foreign"


@pytest.mark.parametrize("token", ["", ".", "a.b", "không phải", "x" * 2_000, "A" * 40 + "." + "A" * 86])
def test_what_is_no_token_is_refused(province: Place, token: str) -> None:
    with Caller(province.port) as caller:
        answer = caller.hello(token)
    assert answer["op"] == "refused"
    assert answer["reason"] in ("token-malformed", "token-foreign")


def test_another_version_is_told_so_and_keeps_its_token(province: Place) -> None:
    token = province.leave(max_bytes=100_000_000)
    with Caller(province.port) as caller:
        assert caller.hello(token, version=2)["reason"] == "version"
    assert province.measure(token).outcome == "ok"


def test_who_comes_when_all_places_are_taken_is_told_when_to_come_again_and_keeps_its_token(tmp_path: Path) -> None:
    with place(tmp_path, "--tests", "1") as province:
        token = province.leave(max_bytes=100_000_000)
        with Caller(province.port) as busy:
            assert busy.hello(province.leave())["op"] == "welcome"
            result = province.measure(token)
            assert (result.outcome, result.reason) == ("skipped", "server-busy")
            busy.say(op="bye")
            assert busy.hear() is None
        assert province.measure(token).outcome == "ok"
