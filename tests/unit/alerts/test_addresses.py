"""Where alerts may go: https anywhere that a server can be, http to this very machine, and nowhere else."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from controller.alerts.addresses import AddressError, check, target_of


@pytest.mark.parametrize(
    "url",
    [
        "https://example.vn/x?y=1",
        "https://10.0.0.5:8443/",
        "http://127.0.0.1:9093",
        "http://localhost/",
        "http://[::1]:80/a",
    ],
)
def test_https_and_this_machine_are_good(url: str) -> None:
    assert target_of(url).port > 0


@pytest.mark.parametrize(
    "url",
    [
        "", "example.vn", "http://example.vn/", "http://10.0.0.5/", "http://127.0.0.1.example.vn/", "ftp://127.0.0.1/",
        "file:///etc/passwd", "https://user:secret@example.vn/", "https://user@example.vn/", "https:///x",
        "https://example.vn:0/", "https://example.vn:99999/", "https://exa mple.vn/", "https://example.vn/\r\nHost: x",
        "https://example.vn\\@evil.vn/", "https://example.vn/#x", "https://" + "a" * 600, "gopher://127.0.0.1/",
        "https://[::1/", "https://example.vn/đường", "http://0x7f000001.example/", "\x00https://example.vn/",
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_words_in_both_languages(url: str) -> None:
    with pytest.raises(AddressError) as refused:
        target_of(url)
    assert all(refused.value.why)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "::ffff:0:0", "224.0.0.1", "fe80::1", "::", "ff02::1", "::ffff:169.254.169.254", "240.0.0.1"],
)
def test_a_name_that_leads_to_no_server_is_refused_also_with_tls(address: str) -> None:
    with pytest.raises(AddressError):
        check(ip_address(address), is_tls=True)


@pytest.mark.parametrize("address", ["10.0.0.5", "203.0.113.5", "2001:db8::5"])
def test_without_tls_only_this_machine(address: str) -> None:
    check(ip_address(address), is_tls=True)
    with pytest.raises(AddressError):
        check(ip_address(address), is_tls=False)


def test_this_machine_needs_no_tls() -> None:
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        check(ip_address(address), is_tls=False)
