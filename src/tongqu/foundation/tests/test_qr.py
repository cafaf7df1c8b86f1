"""QR codes, read back as a telephone would."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pytest
import typst
import zxingcpp

from tongqu.foundation import qr

TEXTS = [
    "https://tongqu.example/v/7K2M9QXT4HWD", "HTTPS://TONGQU.EXAMPLE/V/7K2M9QXT4HWD", "明川市清溪区：秋实小馆", "7",
    "otpauth://totp/%E9%80%9A%E8%A1%A2:a?secret=JBSWY3DPEHPK3PXP&issuer=%E9%80%9A%E8%A1%A2", "x" * 2300,
]  # fmt: skip


def read(svg: str) -> Any:
    """The one code that a reader finds in a picture of this drawing, on white paper."""
    drawing = svg.replace('"', '\\"')
    page = f'#set page(width: 12cm, height: 12cm, margin: 1.5cm)\n#image(bytes("{drawing}"), width: 9cm)'
    picture = pdfium.PdfDocument(typst.compile(page.encode()))[0].render(scale=4).to_numpy()
    (found,) = zxingcpp.read_barcodes(np.ascontiguousarray(picture[:, :, 0]))
    return found


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("how", [{"dark": "#1a1a1a"}, {"module": 5, "quiet": 4, "light": "#fff"}])
def test_a_code_says_its_text_and_bears_level_m(text: str, how: dict[str, Any]) -> None:
    found = read(qr.svg(text, **how))
    assert (found.text, found.format, found.ec_level) == (text, zxingcpp.BarcodeFormat.QRCode, "M")


def test_the_drawing_is_two_paths_of_the_size_asked_for() -> None:
    svg = qr.svg(TEXTS[0], module=5, quiet=4, dark="#000", light="#fff")
    assert re.match(r'<svg xmlns="http://www\.w3\.org/2000/svg" width="185" height="185" viewBox="0 0 37 37">', svg)
    assert re.findall(r'<path (\w+="#\w+")', svg) == ['fill="#fff"', 'stroke="#000"']
    assert "style" not in svg
    first = svg.index('stroke="#000" d="M4 4.5h7M')  # the finder, after a margin of four
    assert first > 0 and qr.svg(TEXTS[0]).count("<path") == 1


@pytest.mark.parametrize("text", ["", "x" * 2400])
def test_what_no_code_can_hold_is_refused(text: str) -> None:
    with pytest.raises(qr.Unfit):
        qr.svg(text)
