"""Whatever comes in, the answer is records or words; whatever goes out runs nowhere."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.registry.cells import KINDS, BadCell
from inventory.registry.harmless import harmless
from inventory.registry.issues import FileError
from inventory.registry.text import tidy
from tests.unit.registry.files import HEAD, csv_bytes, parsed

CELLS = st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.booleans())
SIGNS = st.text(alphabet=st.sampled_from("=+-@;\t '\"ab1,"), max_size=12)


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused_in_words(data: bytes, mark: bytes) -> None:
    with contextlib.suppress(FileError):
        parsed(mark + data)


@given(st.sampled_from(sorted(KINDS)), CELLS)
@settings(max_examples=1_000, deadline=None)
def test_any_cell_becomes_a_value_or_is_refused_in_words(kind: str, cell: Any) -> None:
    with contextlib.suppress(BadCell):
        KINDS[kind](cell)


@given(st.lists(st.lists(st.text(max_size=12), max_size=4), max_size=5))
@settings(max_examples=200, deadline=None)
def test_any_rows_under_good_headings_are_records_or_issues(rows: list[list[str]]) -> None:
    quoted = io.StringIO()
    csv.writer(quoted).writerows(rows)
    data = csv_bytes(HEAD) + b"\r\n" + quoted.getvalue().encode("utf-8", "replace")
    try:
        found = parsed(data)
    except FileError:
        return
    assert found.issues.count >= len(found.issues.listed)


@given(st.one_of(SIGNS, st.text(max_size=30)))
@settings(max_examples=1_000, deadline=None)
def test_no_exported_text_begins_a_formula_and_the_import_takes_the_guard_off(text: str) -> None:
    out = harmless(text)
    for part in re.split("[;\t\r\n]", out):
        assert not part.strip().startswith(("=", "+", "-", "@"))
    assert tidy(out) == tidy(text)
