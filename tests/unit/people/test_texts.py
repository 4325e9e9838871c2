"""Small pure parts of the API: folded search, harmless cells, field texts, hidden secrets in logs, ETags."""

from __future__ import annotations

import unicodedata

import pytest

from controller.api.csv_answer import harmless
from controller.logs import hide
from controller.middleware import matches
from controller.problem_fields import TEXTS, describe
from inventory.fold import fold, school_search


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_search_text_has_no_accents_in_either_unicode_form(form: str) -> None:
    name = unicodedata.normalize(form, "Trường  THCS Đốc Binh Kiều")  # type: ignore[arg-type]
    assert fold(name) == "truong thcs doc binh kieu"
    assert school_search(name, "82001") == "truong thcs doc binh kieu 82001"


@pytest.mark.parametrize("cell", ["=1+1", "+84912", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(cell: str) -> None:
    assert harmless(cell) == "'" + cell.translate({ord(sign): " " for sign in "\t\r\n"})


def test_numbers_stay_numbers() -> None:
    assert [harmless(value) for value in (-2, 1.5, None, True, "ok")] == [-2, 1.5, "", "yes", "ok"]


def test_field_texts_have_both_languages_and_the_same_gaps() -> None:
    for vietnamese, english in TEXTS.values():
        gaps = [{part for part in text.split() if part.startswith("{")} for text in (vietnamese, english)]
        assert gaps[0] == gaps[1]
        assert vietnamese != english


def test_a_field_error_names_the_field_and_never_the_value() -> None:
    error = {
        "type": "string_too_long",
        "loc": ("body", "name"),
        "ctx": {"max_length": 5},
        "input": "secret",
        "msg": "x",
    }
    assert describe([error], "en") == [
        {"field": "name", "code": "string_too_long", "message": "has at most 5 characters"}
    ]
    assert describe([{**error, "type": "nobody_knows"}], "vi")[0]["message"] == "không hợp lệ"


@pytest.mark.parametrize(
    "said",
    [
        "token tnt_1a2b3c_AbC-d_e",
        "code tn1:eyJ1IjoiaHR0cHM6",
        "mail to hoa.nguyen+x@example.edu.vn",
        "call 0912 345 678",
        "call +84912345678",
        "GET /schools?q=hoa",
    ],
)
def test_what_looks_like_a_secret_or_a_person_is_hidden_in_logs(said: str) -> None:
    cleaned = hide(None, "", {"event": said, "list": [said], "deep": {"x": said}})
    assert all("…" in str(value) for value in cleaned.values())
    assert said.split()[-1] not in str(cleaned)


@pytest.mark.parametrize(
    "said", ["listening on 127.0.0.1:8080", "agent 9f86d081884c7d65", "2026-11-24T05:00:00Z", "1795496400.5"]
)
def test_what_an_operator_needs_stays_in_logs(said: str) -> None:
    assert hide(None, "", {"event": said}) == {"event": said}


def test_etags_are_compared_weakly() -> None:
    assert matches('W/"a"', '"a"')
    assert matches('"x", W/"a"', 'W/"a"')
    assert matches("*", '"a"')
    assert not matches('"b"', '"a"')
    assert not matches("", '"a"')
