"""四性检测 An archive proves itself from its bytes and our public keys; each property fails for its own reason."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation.canonical import canonical_bytes
from tongqu.foundation.crypto import Ed25519Signer
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock, keys
from tongqu.kernel.records import operations as records
from tongqu.kernel.records import queries
from tongqu.kernel.records.archiving import PROPERTIES, four_property_check, retention
from tongqu.kernel.records.tests.making import HOLDER, PDF, SYSTEM, archive, inside

Parts = dict[str, bytes]


def check(package: bytes) -> dict[str, bool]:
    found = four_property_check(package, public_keys=keys.public_keys())
    assert found["passed"] == all(found[name]["passed"] for name in PROPERTIES)
    return {name: found[name]["passed"] for name in PROPERTIES if not found[name]["passed"]}


def unpack(package: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def pack(parts: Parts) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


def signed(files: Parts, signer: Any = None) -> bytes:
    """A package as ours, of files that archive_case would have refused or never seen."""
    import hashlib

    listed = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = canonical_bytes({"format": "tongqu/archive/1", "files": listed})
    signature = str((signer or keys.signer()).sign(manifest)).encode()
    return pack({"manifest.json": manifest, "manifest.sig": signature, **files})


@pytest.fixture
def package(monday: None) -> bytes:
    return queries.blob(SYSTEM.tenant_id, archive().blob_id)[1]


def test_a_fresh_archive_passes_and_is_kept_with_its_result(monday: None) -> None:
    row = archive()
    package = queries.blob(SYSTEM.tenant_id, row.blob_id)[1]
    assert check(package) == {} and row.check_result["passed"]
    assert unpack(package)["documents/1.pdf"] == PDF
    assert json.loads(unpack(package)["manifest.json"])["metadata"] == {"item": "food-business-licence"}


def test_the_same_contents_make_the_same_bytes(monday: None) -> None:
    from tongqu.kernel.records.operations.archives import _zip

    one = _zip({"b": b"2", "a": b"1"}, {"x": 1}, "s")
    with clock.at(datetime(2030, 1, 1, tzinfo=clock.SHANGHAI)):
        assert _zip({"a": b"1", "b": b"2"}, {"x": 1}, "s") == one


def test_what_is_compressed_in_itself_is_put_in_as_it_is() -> None:
    from tongqu.kernel.records.operations.archives import _zip

    with zipfile.ZipFile(io.BytesIO(_zip({"a.pdf": bytes(999), "b.json": bytes(999)}, {}, "s"))) as opened:
        assert {one.filename: one.compress_size < one.file_size for one in opened.infolist()[2:]} == {
            "a.pdf": False, "b.json": True,
        }  # fmt: skip


def test_a_changed_file_breaks_integrity(package: bytes) -> None:
    assert check(pack({**unpack(package), "case.json": b'{"a":1}'})) == {"integrity": False}


def test_a_missing_an_added_and_a_doubled_file_break_integrity(package: bytes) -> None:
    parts = unpack(package)
    assert check(pack({n: d for n, d in parts.items() if n != "case.json"})) == {"integrity": False}
    assert check(pack({**parts, "extra.json": b"{}"})) == {"integrity": False}
    out = io.BytesIO(package)
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as opened:
        warnings.simplefilter("ignore")
        opened.writestr("case.json", parts["case.json"])
    assert check(out.getvalue()) == {"integrity": False}


def test_a_changed_manifest_and_another_key_break_authenticity(package: bytes) -> None:
    parts = unpack(package)
    edited = parts["manifest.json"].replace(b"food-business-licence", b"food-business-licencf")
    assert check(pack({**parts, "manifest.json": edited})) == {"authenticity": False}
    assert check(signed({"case.json": b"{}"}, Ed25519Signer.generate())) == {"authenticity": False}


def test_a_file_nobody_can_open_breaks_usability(monday: None) -> None:
    assert check(signed({"case.json": b"{", "a.pdf": PDF})) == {"usability": False}
    assert check(signed({"note.docx": b"PK\x03\x04"})) == {"usability": False}
    assert check(signed({"a.jpg": b"\xff\xd8\xff\xe0" + b"\0" * 64 + b"\xff\xd9"})) == {"usability": False}


@pytest.mark.parametrize(
    "files",
    [
        {"../case.json": b"{}"}, {"/case.json": b"{}"}, {"a/../../b.json": b"{}"}, {"run.exe": PDF},
        {"a.pdf": PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>")},
        {"a.pdf": PDF.replace(b"/Root", b"/Encrypt 2 0 R/Root")},
    ],
)  # fmt: skip
def test_what_runs_or_wanders_breaks_safety(files: Parts, monday: None) -> None:
    assert check(signed(files)) == {"safety": False}


@given(st.binary(max_size=200))
def test_anything_else_fails_in_all_four_and_raises_nothing(data: bytes) -> None:
    assert len(check(data)) == 4


@pytest.mark.parametrize(
    "parts",
    [
        {}, {"manifest.json": b"{}"}, {"manifest.json": b"[]", "manifest.sig": b"Ed25519:a:AAAA"},
        {"manifest.json": b'{"files":3}', "manifest.sig": b"Ed25519:a:AAAA"},
        {"manifest.json": b'{"files":{}}', "manifest.sig": b"\xff\xfe"},
    ],
)  # fmt: skip
def test_a_package_without_a_proper_head_fails_in_all_four(parts: Parts) -> None:
    assert len(check(pack(parts))) == 4


def test_damage_inside_the_zip_fails_and_raises_nothing(package: bytes) -> None:
    for place in range(0, len(package), 7):
        broken = bytearray(package)
        broken[place] ^= 0x55
        four_property_check(bytes(broken), public_keys=keys.public_keys())


def test_an_archive_is_kept_to_the_end_of_its_last_year(monday: None) -> None:
    assert retention("licensing_granted") == 30 and retention("licensing_other") == 10
    assert archive().retain_until == date(2056, 12, 31)
    with clock.at(datetime(2026, 12, 31, 23, 30, tzinfo=clock.SHANGHAI)):
        assert archive().retain_until == date(2056, 12, 31)
    with clock.at(datetime(2027, 1, 1, 0, 30, tzinfo=clock.SHANGHAI)):
        assert archive().retain_until == date(2057, 12, 31)
    with pytest.raises(KeyError):
        inside(
            records.archive_case, subject=("case", uuid7()), archive_no="x", holder_party_id=HOLDER, kind="no-such",
            metadata={}, files={},
        )  # fmt: skip
