"""The words of a fingerprint are read aloud and typed without accents: no two may be taken for each other."""

from __future__ import annotations

import re
import unicodedata

import pytest

from agent.wire import FINGERPRINT_WORDS, fingerprint


def without_accents(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def as_heard(word: str) -> str:
    """What is left where a region does not tell tr/ch, s/x, l/n, d/gi/v/r, -n/-ng/-nh, -t/-c/-ch and tones apart."""
    heard = ("D" + without_accents(word)[1:]) if word.startswith("đ") else without_accents(word)
    for pattern, merged in (
        (r"^ngh", "ng"),
        (r"^gh", "g"),
        (r"^(gi(?=[aeou])|gi|d|v|r)", "z"),
        (r"^(tr|ch)", "C"),
        (r"^[sx]", "s"),
        (r"^[ln](?![gh])", "l"),
        (r"^[ckq]", "k"),
        (r"(nh|ng|n)$", "n"),
        (r"(ch|c|t)$", "t"),
        (r"y", "i"),
    ):
        heard = re.sub(pattern, merged, heard)
    return heard


def test_there_is_one_word_for_each_value_of_a_byte() -> None:
    assert len(FINGERPRINT_WORDS) == 256
    assert all(word == unicodedata.normalize("NFC", word) and word.isalpha() for word in FINGERPRINT_WORDS)


@pytest.mark.parametrize("reading", [str, without_accents, as_heard])
def test_no_two_words_read_the_same(reading: type[str]) -> None:
    read: dict[str, str] = {}
    for word in FINGERPRINT_WORDS:
        assert reading(word) not in read, f"{word} reads as {read[reading(word)]}"
        read[reading(word)] = word


def test_a_known_key_has_its_known_words_for_ever() -> None:
    assert fingerprint(b"x" * 32) == "sông-chữ-gạo-cát-rạ-dòng"


def test_different_keys_have_different_words() -> None:
    assert len({fingerprint(bytes([number]) * 32) for number in range(256)}) == 256
