"""QR codes as drawings: text in, SVG out."""

from __future__ import annotations

import re
from typing import Any

import zxingcpp

_DARK = re.compile(rb"\x00+")


class Unfit(ValueError):
    """No text, or more than one QR code holds."""


def svg(text: str, *, module: int = 1, quiet: int = 0, dark: str = "#000", light: str = "") -> str:
    """A QR code of a text, error correction M, in the smallest size that holds it. Raises Unfit.

    `module` is the side of one square in pixels, `quiet` the width of the margin in squares: readers want 4 where the
    code does not stand on white. Nothing but two paths and their colours: no style, no script.
    """
    side, rows = _matrix(text)
    whole = side + 2 * quiet
    ground = f'<path fill="{light}" d="M0 0h{whole}v{whole}H0z"/>' if light else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole * module}" height="{whole * module}"'
        f' viewBox="0 0 {whole} {whole}">{ground}<path stroke="{dark}" d="{_strokes(rows, quiet)}"/></svg>'
    )


def _matrix(text: str) -> tuple[int, list[bytes]]:
    """The side in squares, and the rows: a byte a square, 0 where it is dark."""
    try:
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    except ValueError as error:
        raise Unfit(str(error)) from None
    picture: Any = code.to_image(scale=1, add_quiet_zones=False)
    side: int = picture.shape[0]
    squares = bytes(memoryview(picture))
    return side, [squares[at : at + side] for at in range(0, side * side, side)]


def _strokes(rows: list[bytes], quiet: int) -> str:
    """Lines one square high along the middle of each row."""
    return "".join(
        f"M{run.start() + quiet} {y}.5h{run.end() - run.start()}"
        for y, row in enumerate(rows, quiet)
        for run in _DARK.finditer(row)
    )
