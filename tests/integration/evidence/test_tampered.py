"""Whatever is changed in an evidence file is found and named: by anyone's hand, or by the province's own."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile
from typing import Any

import orjson
import pytest

from controller.evidence import container, manifest, parts
from controller.evidence.container import Part, deflated, stored
from controller.evidence.findings import Finding
from controller.evidence.keys import open_keys
from controller.evidence.verify import verify
from tests.integration.evidence import made
from tests.integration.evidence.conftest import Made

SMALL = (parts.README, parts.STATEMENT, parts.BOXES, parts.PROVINCE, manifest.MANIFEST, manifest.SIGNATURE)


def flipped(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def spans(data: bytes) -> list[tuple[str, int, int]]:
    """(name, from, to) of each part with its header, and of the directory."""
    found, at = [], 0
    for part in container.read(data):
        size = container.LOCAL.size + len(part.name) + len(part.packed)
        found.append((part.name, at, at + size))
        at += size
    return [*found, ("directory", at, len(data))]


def test_the_file_as_it_was_made_is_good(one: Made) -> None:
    checked = verify(one.data, [one.root])
    assert checked.findings == []
    assert checked.is_good
    assert checked.facts["root_is_compared"]
    assert checked.facts["unsealed"] == 0


def test_two_thousand_flipped_bits_are_each_found(one: Made) -> None:
    chance = random.Random(34)
    for _ in range(2_000):
        place, bit = chance.randrange(len(one.data)), chance.randrange(8)
        checked = verify(flipped(one.data, place, bit), [one.root])
        assert not checked.is_good, (place, bit)
        assert checked.findings, (place, bit)


def test_a_flip_in_every_byte_of_the_small_parts_and_the_directory_is_found_and_named(one: Made) -> None:
    for name, first, past in spans(one.data):
        if name not in (*SMALL, "directory"):
            continue
        for place in range(first, past):
            found = verify(flipped(one.data, place, place % 8), [one.root]).findings
            assert found, (name, place)
            if place >= first + container.LOCAL.size + len(name) and name != "directory":
                assert found[0].part == name, (name, place, found[0])


def test_one_byte_of_each_part_changed_with_a_good_container_is_found_and_named(one: Made) -> None:
    """Whoever makes the container again hides nothing: the signed manifest has every part's hash."""
    some = container.read(one.data)
    for number, part in enumerate(some):
        place = len(part.content) // 2
        changed = stored(part.name, flipped(part.content, place, 0))
        other = container.write([*some[:number], changed, *some[number + 1 :]])
        found = verify(other, [one.root]).findings
        assert found, part.name
        if part.name not in (manifest.MANIFEST, manifest.SIGNATURE, parts.PROVINCE):
            assert found[0].part == part.name


def test_another_packing_of_the_same_content_is_found(one: Made) -> None:
    some = container.read(one.data)
    number = next(place for place, part in enumerate(some) if part.method == container.DEFLATED)
    other = container.write([*some[:number], stored(some[number].name, some[number].content), *some[number + 1 :]])
    assert verify(other, [one.root]).findings


@pytest.mark.parametrize("step", range(40))
def test_a_file_cut_short_or_made_longer_is_found(one: Made, step: int) -> None:
    cut = len(one.data) * step // 40
    assert verify(one.data[:cut], [one.root]).findings
    assert verify(one.data[: len(one.data) - step - 1], [one.root]).findings
    assert verify(one.data + bytes(step + 1), [one.root]).findings
    assert verify(bytes(step + 1) + one.data, [one.root]).findings


def test_parts_in_another_order_added_missing_or_twice_are_found(one: Made) -> None:
    some = container.read(one.data)
    swapped = [some[1], some[0], *some[2:]]
    assert verify(container.write(swapped)).findings[0].code == "wrong-parts"
    assert verify(container.write([*some, stored("more.txt", b"x")])).findings[0].code == "wrong-parts"
    assert verify(container.write([*some[:3], *some[4:]])).findings[0].code == "wrong-parts"
    assert verify(container.write([*some, some[0]])).findings[0].code == "duplicate-part"


def test_zips_that_are_not_ours_are_refused(one: Made) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in container.read(one.data):
            archive.writestr(part.name, part.content)
    assert verify(out.getvalue()).findings  # the same parts, but headers of another program
    for bad in (b"", b"PK", b"PK\5\6" + bytes(18), b"%PDF-1.7", bytes(1000)):
        assert verify(bad).findings


def test_a_bomb_and_names_that_lead_elsewhere_are_refused() -> None:
    bomb = deflated("README.txt", bytes(64 * 1024 * 1024))
    lying = container.write([Part(bomb.name, b"x", container.DEFLATED, bomb.packed)])
    assert verify(lying).findings[0].code == "part-damaged"
    huge = bytearray(container.write([stored("README.txt", b"x")]))
    huge[22:26] = (2**32 - 1).to_bytes(4, "little")
    assert verify(bytes(huge)).findings[0].code == "too-large"
    for name in ("../x", "/etc/passwd", "a/b", "..", ".x", "a\\b", "nul\0"):
        data = container.write([Part(name, b"x", 0, b"x")])
        assert verify(data).findings[0].code == "bad-name"
    many = container.write([stored(f"{number}.txt", b"") for number in range(container.MAX_PARTS + 1)])
    assert verify(many).findings[0].code == "too-many-parts"


# -- by the province's own hand: everything is signed again ---------------------------------------------------------


def resigned(one: Made, changes: dict[str, bytes]) -> bytes:
    return made.resigned(one.province, container.read(one.data), changes)


def inner(one: Made, changes: dict[str, bytes]) -> list[Finding]:
    """What is found in the data; that the PDF was made from other data is found besides: it can be drawn anew."""
    found = verify(resigned(one, changes), [one.root]).findings
    assert ("pdf", "pdf-other-data") in [(finding.step, finding.code) for finding in found]
    return [finding for finding in found if finding.step != "pdf"]


def test_signed_again_without_a_change_it_is_good(one: Made) -> None:
    assert verify(resigned(one, {}), [one.root]).findings == []


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("results.json", "down_bps", 1e6),
        ("results.json", "is_valid", False),
        ("results.json", "at", 1.0),
        ("windows.json", "lost", 7),
        ("windows.json", "median", 0.5),
        ("states.json", "after", "up-all-the-time"),
        ("raw.json", "subject", "target:other"),
    ],
)
def test_a_value_that_no_seal_gives_is_found_though_the_province_signed_it(
    one: Made, part: str, field: str, value: object
) -> None:
    records = orjson.loads(made.content(one.data)[part])
    records[0][field] = value
    found = inner(one, {part: orjson.dumps(records)})
    assert ("value-differs", part) in [(finding.code, finding.part) for finding in found]
    assert field in next(finding.detail for finding in found if finding.part == part)


def test_another_verdict_is_found_though_the_province_signed_it(one: Made) -> None:
    said = orjson.loads(made.content(one.data)["verdict.json"])
    said["verdict"] = "met" if said["verdict"] != "met" else "not-met"
    found = inner(one, {"verdict.json": orjson.dumps(said)})
    assert [finding.code for finding in found if finding.step == "verdict"] == ["verdict-differs"]


def test_a_table_that_says_something_else_than_its_data_is_found(one: Made) -> None:
    for name in ("results.csv", "windows.csv", "states.csv", "raw.csv"):
        text = made.content(one.data)[name].replace(b"yes", b"no", 1)
        found = inner(one, {name: text})
        assert (name, "value-differs") in [(finding.part, finding.code) for finding in found]


def test_a_batch_changed_or_of_another_box_is_found(one: Made) -> None:
    lines = made.content(one.data)[parts.SEALS].split(b"\n")
    envelope = orjson.loads(lines[0])
    payload = envelope["payload"]
    envelope["payload"] = ("A" if payload[40] != "A" else "B").join((payload[:40], payload[41:]))
    changed = b"\n".join([orjson.dumps(envelope), *lines[1:]])
    index = orjson.loads(made.content(one.data)[parts.INDEX])
    index[0]["sha256"] = hashlib.sha256(orjson.dumps(envelope)).hexdigest()
    found = inner(one, {parts.SEALS: changed, parts.INDEX: orjson.dumps(index)})
    assert [(finding.step, finding.code) for finding in found] == [("seals", "bad-seal")]


def test_the_key_of_another_box_in_the_papers_is_found(one: Made) -> None:
    other = made.Box()
    boxes = orjson.loads(made.content(one.data)[parts.BOXES])
    boxes[0]["public_key"] = made.public(other)
    found = inner(one, {parts.BOXES: orjson.dumps(boxes)})
    assert [(finding.step, finding.code) for finding in found] == [("boxes", "another-key")]
    boxes[0]["id"] = other.id
    found = inner(one, {parts.BOXES: orjson.dumps(boxes)})
    assert [(finding.step, finding.code) for finding in found] == [("boxes", "another-fingerprint")]


def test_a_changed_row_of_the_acceptance_is_found(one: Made) -> None:
    boxes = orjson.loads(made.content(one.data)[parts.BOXES])
    boxes[0]["audit"][0]["actor"] = "somebody-else"
    found = inner(one, {parts.BOXES: orjson.dumps(boxes)})
    assert [(finding.step, finding.code) for finding in found] == [("boxes", "audit-row-changed")]


def test_a_batch_left_out_is_found_by_what_is_missing_then(one: Made) -> None:
    content = made.content(one.data)
    index, lines = orjson.loads(content[parts.INDEX]), content[parts.SEALS].split(b"\n")
    shorter = {parts.INDEX: orjson.dumps(index[:-1]), parts.SEALS: b"\n".join([*lines[:-2], b""])}
    found = inner(one, shorter)
    assert {finding.code for finding in found} >= {"value-differs"}


def test_another_contract_in_the_statement_changes_the_verdict(one: Made) -> None:
    statement = orjson.loads(made.content(one.data)[parts.STATEMENT])
    statement["contract"]["promise"]["down_bps"] = 5e6
    found = inner(one, {parts.STATEMENT: orjson.dumps(statement)})
    assert "verdict-differs" in [finding.code for finding in found]


def test_statements_of_nonsense_are_refused_without_a_crash(one: Made) -> None:
    statement = orjson.loads(made.content(one.data)[parts.STATEMENT])
    for name in statement:
        values: tuple[Any, ...] = (None, [], {}, "x", 1e300, -1, {"start": "x"})
        for value in values:
            odd = orjson.dumps({**statement, name: value})
            checked = verify(resigned(one, {parts.STATEMENT: odd}), [one.root])
            if statement[name] != value and name in ("zone", "period", "school", "rule", "made_at", "contract"):
                assert checked.findings, (name, value)


@pytest.mark.parametrize("part", [parts.BOXES, parts.INDEX, parts.UNSEALED, parts.STATEMENT])
def test_parts_of_another_shape_are_refused_without_a_crash(one: Made, part: str) -> None:
    values: tuple[Any, ...] = (
        None,
        [],
        {},
        [1],
        [[]],
        [{}],
        {"results": 5},
        {"windows": [{}]},
        "x",
        5,
        b"\xff",
        b"{" * 9,
    )
    for value in values:
        odd = value if isinstance(value, bytes) else orjson.dumps(value)
        if odd == made.content(one.data)[part]:
            continue
        found = verify(resigned(one, {part: odd}), [one.root]).findings
        assert [finding for finding in found if finding.step != "pdf"], value


def test_a_file_signed_by_another_province_is_good_only_in_itself(one: Made, province: made.Province) -> None:
    """The same data, keys and CA of a stranger: only the fingerprint tells, and it is asked for."""
    own = open_keys(province.services.keys, "Một tỉnh khác", province.clock())
    some = [part for part in container.read(one.data) if part.name not in (manifest.MANIFEST, manifest.SIGNATURE)]
    some = [stored(part.name, own.pem) if part.name == parts.PROVINCE else part for part in some]
    said = manifest.make(some, {})
    signed = manifest.sign(said, own.manifest_key)
    data = container.write([*some, stored(manifest.MANIFEST, said), stored(manifest.SIGNATURE, signed)])
    found = verify(data, [one.root]).findings
    assert [(finding.step, finding.code) for finding in found] == [("trust", "not-trusted")]
    assert not verify(data).facts.get("root_is_compared", False)
