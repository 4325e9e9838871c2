"""Join codes as people hand them on."""

from __future__ import annotations

import base64
import json

import pytest

from agent.join import JoinError, parse_code


def code(**fields: object) -> str:
    body = {"u": "https://tinh.example:8443", "f": "ab" * 16, "i": "0011aabb", "s": "secret"} | fields
    return "tn1:" + base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")


def test_a_code_names_controller_root_and_secret() -> None:
    parsed = parse_code(code())
    assert (parsed.controller, parsed.root_hint) == ("https://tinh.example:8443", "ab" * 16)
    assert (parsed.code_id, parsed.secret) == ("0011aabb", "secret")


def test_spaces_and_line_breaks_of_a_chat_message_do_not_matter() -> None:
    text = code()
    assert parse_code(f"  {text[:20]}\n {text[20:40]} {text[40:]}\r\n") == parse_code(text)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080"])
def test_plain_http_is_taken_on_loopback_only_there_and_only_without_a_root(address: str) -> None:
    assert parse_code(code(u=address, f="")).controller == address
    with pytest.raises(JoinError):
        parse_code(code(u=address))


@pytest.mark.parametrize(
    "fields",
    [
        {"u": "http://tinh.example", "f": ""},
        {"u": "https://tinh.example", "f": ""},
        {"u": "https://tinh.example", "f": "zz" * 16},
        {"u": "https://tinh.example", "f": "ab"},
        {"u": "ftp://tinh.example"},
        {"u": "https://tinh.example/path"},
        {"u": 5},
        {"f": None},
        {"s": 5},
        {"i": []},
    ],
)
def test_a_code_that_names_no_safe_way_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(JoinError) as caught:
        parse_code(code(**fields))
    assert caught.value.reason == "bad-code"


@pytest.mark.parametrize("text", ["", "tn1:", "tn2:abc", code()[:-3], "tn1:" + "%" * 20, "tn1:bnVsbA", "tn1:W10"])
def test_a_cut_or_mistyped_code_is_refused(text: str) -> None:
    with pytest.raises(JoinError) as caught:
        parse_code(text)
    assert caught.value.reason == "bad-code"
