"""What is printed is really read: sheets of labels rendered as a printer does, and their QR codes decoded."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter
from reportlab.lib.units import mm

from controller.assets.labels import COLUMNS, HEIGHT, ROWS, TOP, WIDTH, Label, write
from controller.tables import Asset
from tests.integration.api.world import OWN, World

POINTS_PER_INCH = 72
WORST_URL = "https://truong-hoc.ket-noi.dong-thap.gov.vn:8443/assets/2147483647"


def pages(pdf: bytes, dpi: int = 150) -> Iterator[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            image: Image.Image = page.render(scale=dpi / POINTS_PER_INCH).to_pil()
            yield image
    finally:
        document.close()


def codes(image: Image.Image) -> list[zxingcpp.Barcode]:
    return [code for code in zxingcpp.read_barcodes(image) if code.format == zxingcpp.BarcodeFormat.QRCode]


def sheet(labels: list[Label], skip: int = 0) -> bytes:
    file = io.BytesIO()
    write(labels, file, skip=skip)
    return file.getvalue()


def label(number: int, url: str = "") -> Label:
    url = url or f"https://mang.example.vn/assets/{number}"
    return Label(
        url=url, tag=f"TS-{number}", school="Trường THCS Đốc Binh Kiều", room="A101 · 07", text="HP ProDesk 400 G7"
    )


def place(code: zxingcpp.Barcode, dpi: int = 150) -> int:
    """Which label of the sheet a code stands on: 0 to 23, row by row."""
    points = POINTS_PER_INCH / dpi
    one, other = code.position.top_left, code.position.bottom_right
    x, y = (one.x + other.x) / 2 * points, (one.y + other.y) / 2 * points
    return int((y - TOP) // HEIGHT) * COLUMNS + int(x // WIDTH)


def test_every_machine_of_a_school_has_a_code_that_leads_to_its_page(sqlite_world: World) -> None:
    world = sqlite_world
    answer = world.as_admin("GET", f"/schools/{OWN}/assets/labels")
    assert answer.headers["Content-Type"] == "application/pdf"
    found = {code.text for page in pages(answer.content) for code in codes(page)}
    base = world.services.settings.base_url
    assert found == {f"{base}/assets/{number}" for number in (1, 2)}
    for url in found:
        page = world.as_admin("GET", url.removeprefix(base), headers={"Accept": "text/html"})
        with world.session() as session:
            asset = session.get(Asset, int(url.rpartition("/")[2]))
        assert asset is not None
        assert asset.name in page.text


def test_codes_stand_on_their_labels_over_several_sheets_and_after_those_that_were_used() -> None:
    first, second = pages(sheet([label(number) for number in range(30)], skip=5))
    for page, numbers, start in ((first, range(19), 5), (second, range(19, 30), 0)):
        read = {place(code): code.text for code in codes(page)}
        assert read == {start + at: label(number).url for at, number in enumerate(numbers)}
    assert COLUMNS * ROWS == 24


@pytest.mark.parametrize(("dpi", "turned", "blur"), [(100, 0, 1.0), (150, 8, 1.5), (150, -31, 1.0)])
def test_a_code_is_read_from_a_bad_picture_even_of_a_long_address(dpi: int, turned: int, blur: float) -> None:
    (page,) = pages(sheet([label(1, WORST_URL)]), dpi)
    seen = page.convert("L").crop((0, 0, int(WIDTH * dpi / POINTS_PER_INCH), int(HEIGHT * dpi / POINTS_PER_INCH)))
    picture = seen.rotate(turned, expand=True, fillcolor=255).filter(ImageFilter.GaussianBlur(blur))
    assert [code.text for code in codes(picture)] == [WORST_URL]


def test_a_code_that_is_cut_off_is_not_read() -> None:
    """The reader is no oracle: what is not on the paper is not found."""
    (page,) = pages(sheet([label(1)]))
    half = page.crop((0, 0, int(15 * mm * 150 / POINTS_PER_INCH), page.height))
    assert codes(half) == []
