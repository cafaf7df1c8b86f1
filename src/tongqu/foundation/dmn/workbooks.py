"""A workbook as the archive that it is: refused before it is unpacked where it would be too large, or holds a document
type; and its merged cells, each of which stands for all the cells that it covers.
"""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree
from zipfile import ZipFile

from tongqu.foundation.dmn.grid import MOST_COLUMNS, MOST_ROWS, SheetError
from tongqu.foundation.dmn.reading_xml import has_doctype

MOST_UNPACKED = 30_000_000
MOST_PARTS = 2_000
HEAD = 65_536
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})")
Area = tuple[int, int, int, int]  # first row and column, last row and column, from 0


def unpacked(data: bytes, most: int = MOST_UNPACKED) -> list[Area]:
    """The merged cells of the first sheet. Raises SheetError for what would unpack to more than anybody's table, and
    what zipfile and ElementTree raise for what is no workbook."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        if len(parts) > MOST_PARTS or size > most:
            much = size >> 20
            raise SheetError(0, 0, f"文件解开后有{much} MB，太大", f"the file unpacks to {much} MB, too much")
        for part in parts:
            with archive.open(part) as stream:
                if part.filename.endswith((".xml", ".rels")) and has_doctype(stream.read(HEAD)):
                    raise SheetError(
                        0, 0, "文件带有DOCTYPE，出于安全不读", "a file with a DOCTYPE is refused for safety"
                    )
        return list(_merged(archive))


def _merged(archive: ZipFile) -> list[Area]:
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 (no document type, see above)
    first = book.find(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")
    wanted = first.get(f"{{{OFFICE}}}id") if first is not None else None
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    target = next((one.get("Target", "") for one in links if one.get("Id") == wanted), "")
    path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found: list[Area] = []
    with archive.open(path) as stream:
        for _event, node in ElementTree.iterparse(stream):  # noqa: S314
            if node.tag == f"{{{MAIN}}}mergeCell" and (area := _AREA.fullmatch(node.get("ref", ""))):
                left, top, right, bottom = area.groups()
                found.append((int(top) - 1, _number(left), int(bottom) - 1, _number(right)))
            node.clear()
    return found


def _number(letters: str) -> int:
    """The column from 0 by its name."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def spread(rows: list[list[str]], merged: list[Area]) -> list[list[str]]:
    """With a merged cell's text in all the cells that it covers: an official who merges the ages of three rules means
    it for each of them, and an empty cell would mean anything."""
    for top, left, bottom, right in merged:
        if bottom >= len(rows) or bottom > MOST_ROWS or right > MOST_COLUMNS:
            continue
        text = rows[top][left] if left < len(rows[top]) else ""
        for row in rows[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                row[column] = text
    return rows
