"""Both languages are whole: every text of the pages has its English, and nothing is said in two ways."""

from __future__ import annotations

import re

import pytest

from controller.web import i18n
from tests.unit.web.texts import WEB, counted, everything, in_python, in_template

FIELDS = re.compile(r"{(\w*)[^}]*}")


def test_every_text_of_the_pages_has_an_english_one() -> None:
    english = i18n.load()
    missing = {text: sorted(files) for text, files in everything().items() if text not in english}
    assert not missing


def test_a_text_that_counts_has_an_english_plural() -> None:
    catalogue = "".join(path.read_text("utf-8") for path in sorted(i18n.LOCALE.glob("*.po")))
    assert counted()
    plurals = {message for path in i18n.LOCALE.glob("*.po") for message in i18n.plurals(path)}
    assert counted() - plurals == set(), "give it a msgid_plural"
    assert "#, fuzzy" not in catalogue


def test_a_text_means_the_same_in_all_catalogues() -> None:
    said: dict[str, tuple[str, str]] = {}
    for path in sorted(i18n.LOCALE.glob("*.po")):
        for source, english in i18n.read(path).items():
            assert said.setdefault(source, english) == english, f"{path.name}: {source!r}"


def test_the_english_text_has_the_same_fields_as_the_vietnamese_one() -> None:
    for source, several in i18n.load().items():
        for english in several:
            assert set(FIELDS.findall(english)) <= set(FIELDS.findall(source)), source
        assert set(FIELDS.findall(several[-1])) == set(FIELDS.findall(source)), source


def test_no_catalogue_keeps_a_text_that_no_page_says_any_more() -> None:
    used = set(everything())
    for path in sorted(i18n.LOCALE.glob("*.po")):
        assert set(i18n.read(path)) - used == set(), path.name


def test_no_template_says_vietnamese_past_the_catalogue() -> None:
    """Letters that only Vietnamese has, outside of tags, comments and expressions."""
    letters = re.compile(r"[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE)
    both = ("DỮ LIỆU MẪU / SAMPLE DATA", "Tiếng Việt")  # said in both languages, or each in its own
    for path in sorted((WEB / "templates").rglob("*.html")):
        text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", path.read_text("utf-8"), flags=re.DOTALL)
        for known in both:
            text = text.replace(known, "")
        assert not letters.search(text), f"{path.name}: {letters.search(text)}"


def test_a_forgotten_text_would_be_found() -> None:
    assert list(in_template('{{ _("một") }}{{ _n("{n} hai", 2) }}')) == [("một", False), ("{n} hai", True)]
    assert list(in_python('a = N_("ba")')) == ["ba"]
    with pytest.raises(AssertionError, match="put together"):
        list(in_template('{{ _("a" ~ b) }}'))


def test_english_counts_and_vietnamese_does_not() -> None:
    english = {"{n} trường": ("{n} school", "{n} schools")}
    assert i18n.Translate("en", english).count("{n} trường", 1) == "1 school"
    assert i18n.Translate("en", english).count("{n} trường", 1084, shown="1,084") == "1,084 schools"
    assert i18n.Translate("vi", english).count("{n} trường", 1084, shown="1.084") == "1.084 trường"
