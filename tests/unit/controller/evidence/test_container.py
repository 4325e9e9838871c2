"""The container reads back what it wrote, has one way to be written, and refuses everything else by name."""

from __future__ import annotations

import contextlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.evidence.container import ContainerError, Part, deflated, read, stored, write

CONTENT = st.binary(max_size=300)


@given(st.lists(CONTENT, min_size=1, max_size=6))
def test_what_was_written_is_read_and_written_again_alike(contents: list[bytes]) -> None:
    make = (stored, deflated)
    parts = [make[number % 2](f"part-{number}.bin", content) for number, content in enumerate(contents)]
    data = write(parts)
    assert read(data) == parts
    assert write(read(data)) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert [archive.read(part.name) for part in parts] == contents


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ContainerError):
        read(data)


@given(st.binary(max_size=200), st.data())
def test_any_changed_byte_of_a_stored_part_or_a_header_is_refused(content: bytes, data: st.DataObject) -> None:
    whole = write([stored("a.txt", content), stored("b.txt", b"x")])
    place = data.draw(st.integers(0, len(whole) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != whole[place]))
    with pytest.raises(ContainerError):
        read(whole[:place] + bytes([value]) + whole[place + 1 :])


def test_a_part_that_unpacks_to_more_than_it_says_costs_no_more_than_it_says() -> None:
    bomb = deflated("a.txt", bytes(50_000_000))
    with pytest.raises(ContainerError, match="part-damaged"):
        read(write([Part("a.txt", b"small", bomb.method, bomb.packed)]))


def test_headers_of_another_program_are_refused_and_named() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(ContainerError) as refused:
        read(out.getvalue())
    assert (refused.value.code, refused.value.part) == ("header-changed", "a.txt")
