"""Files in the store: once for each holder, encrypted, found out when touched, swept when their row never came."""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tests.rig.queries import count_queries
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.errors import Invalid, NotFound, Unavailable
from tongqu.kernel.acts.models import Event
from tongqu.kernel.records import images, queries, work
from tongqu.kernel.records.models import Blob, BlobUse
from tongqu.kernel.records.operations import files
from tongqu.kernel.records.tests.making import HOLDER, PDF, SYSTEM, holder_of, inside, store
from tongqu.kernel.records.tests.test_uploads import HOME, photo

TENANT = SYSTEM.tenant_id
monday = pytest.mark.usefixtures("monday")


def on_disk() -> list[Path]:
    from django.conf import settings

    return sorted(path for path in Path(settings.TQ_BLOB_DIR).rglob("*") if path.is_file())


# --- kept ------------------------------------------------------------------------------------------------------------


@monday
def test_a_file_comes_back_as_it_was() -> None:
    blob = store(PDF, "C:\\图纸\\布局图.pdf")
    with count_queries() as count:
        row, data = queries.blob(TENANT, blob.id)
    assert (
        data == PDF and row.filename == "布局图.pdf" and row.media_type == "application/pdf" and count <= 2
    )  # the row, the holder's key
    event = Event.objects.get(kind="records.file_stored")
    assert "布局图" not in str(event.body) and event.body["purpose"] == "material:layout"
    with pytest.raises(NotFound):
        queries.blob(uuid7(), blob.id)  # another tenant


@monday
def test_of_a_handed_in_picture_the_picture_alone_is_stored() -> None:
    sent = photo("JPEG")
    blob = store(sent + b"MZ" * 5000, "门头.jpg")
    kept = queries.blob(TENANT, blob.id)[1]
    assert kept == images.plain(sent) and HOME.encode() not in kept and b"MZMZ" not in kept
    assert blob.size == len(kept) == Event.objects.get(kind="records.file_stored").body["size"]


@monday
def test_what_lies_on_disk_tells_nothing() -> None:
    secret = PDF.replace(b"/Catalog", b"/Catalog/Title(990102198509150029)")
    blob = store(secret)
    (path,) = on_disk()
    raw = path.read_bytes()
    for part in (b"%PDF", b"990102198509150029", b"Catalog", bytes.fromhex(blob.sha256), blob.sha256.encode()):
        assert part not in raw
    assert path.stat().st_mode & 0o077 == 0
    assert bytes(blob.wrapped_key) not in raw and len(raw) - len(secret) < 64


@monday
def test_the_same_bytes_are_kept_once_for_one_holder_and_apart_for_two() -> None:
    first, again = store(PDF, "一.pdf"), store(PDF, "二.pdf", purpose="material:rent")
    assert again.id == first.id and len(on_disk()) == 1
    assert list(BlobUse.objects.order_by("id").values_list("purpose", flat=True)) == [
        "material:layout",
        "material:rent",
    ]
    other = store(PDF, holder=uuid7())
    assert other.id != first.id and len(on_disk()) == 2
    boxes = [path.read_bytes() for path in on_disk()]
    assert boxes[0] != boxes[1]  # nor can the two be seen to be the same


@monday
def test_storing_takes_few_queries() -> None:
    with count_queries() as count:
        store(PDF)
    assert count <= 8, count  # holder (this test), look, key, insert, use; event, outbox; a savepoint is not counted


@monday
def test_an_infected_file_leaves_nothing() -> None:
    marker = b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE"
    with pytest.raises(Invalid) as caught:
        store(PDF.replace(b"trailer", marker + b"\ntrailer"))
    assert caught.value.code == "infected" and not on_disk() and not Blob.objects.exists()


# --- touched ---------------------------------------------------------------------------------------------------------


@monday
@pytest.mark.parametrize("place", [0, 8, 20, -1])
def test_a_file_edited_on_disk_is_found_out(place: int) -> None:
    blob = store(PDF)
    (path,) = on_disk()
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)
    with pytest.raises(queries.Altered) as caught:
        queries.blob(TENANT, blob.id)
    assert str(blob.id) in str(caught.value)


@monday
def test_files_that_changed_places_are_found_out() -> None:
    one, two = store(PDF), store(PDF + b"%%EOF\n")
    Blob.objects.filter(id=one.id).update(store_path=two.store_path)
    with pytest.raises(queries.Altered):
        queries.blob(TENANT, one.id)
    Blob.objects.filter(id=two.id).update(wrapped_key=bytes(one.wrapped_key))
    with pytest.raises(queries.Altered):
        queries.blob(TENANT, two.id)


@monday
def test_an_edited_hash_and_a_lost_file_are_told_apart() -> None:
    blob = store(PDF)
    Blob.objects.filter(id=blob.id).update(sha256="0" * 64)
    with pytest.raises(queries.Altered):
        queries.blob(TENANT, blob.id)
    on_disk()[0].unlink()
    with pytest.raises(Unavailable):
        queries.blob(TENANT, blob.id)


# --- swept -----------------------------------------------------------------------------------------------------------


def age(path: Path, hours: float = 25) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


def _store_and_fail(act: Any, *, data: bytes) -> None:
    files.store_file(act, data=data, filename="a.pdf", holder_party_id=HOLDER, purpose="x")
    raise Invalid()


@monday
def test_the_file_of_a_rolled_back_act_is_swept_after_a_day() -> None:
    kept = store(PDF)
    with pytest.raises(Invalid):
        inside(_store_and_fail, data=PDF + b"%%EOF")
    assert Blob.objects.count() == 1 and len(on_disk()) == 2
    work.sweep_orphans.function()
    assert len(on_disk()) == 2  # too fresh: its transaction might still be open
    for path in on_disk():
        age(path)
    assert work.sweep_orphans.function() == 1
    assert queries.blob(TENANT, kept.id)[1] == PDF and len(on_disk()) == 1


@monday
def test_broken_off_writing_is_swept_and_strange_files_are_left(settings: Any) -> None:
    folder = settings.TQ_BLOB_DIR / "ab"
    folder.mkdir(parents=True)
    for name in (".new-x7", "README", "notes.txt"):
        (folder / name).write_bytes(b"x")
        age(folder / name)
    assert work.sweep_orphans.function() == 1
    assert [path.name for path in on_disk()] == ["README", "notes.txt"]


@monday
def test_a_store_beside_the_wrong_database_is_left_alone(settings: Any, caplog: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(work, "FEW", 3)
    for n in range(5):
        store(PDF + b"%%EOF\n" * n)
    for path in on_disk():
        age(path)
    BlobUse.objects.all().delete()
    Blob.objects.all().delete()
    with caplog.at_level(logging.ERROR):
        assert work.sweep_orphans.function() == 0
    assert len(on_disk()) == 5 and "5 stored files have no row" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time anyway")
def test_the_same_file_twice_at_the_same_moment_is_one_file() -> None:
    assert connection.vendor == "postgresql"
    holder_of(HOLDER)
    gate, ids, errors = threading.Barrier(4), list[UUID](), list[BaseException]()

    def upload() -> None:
        try:
            gate.wait()
            ids.append(store(PDF).id)
        except BaseException as error:  # told below, in the test's own thread
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(set(ids)) == 1 and len(on_disk()) == 1 and BlobUse.objects.count() == 4


@monday
def test_losing_the_race_uses_the_winners_file(monkeypatch: Any) -> None:
    winner = store(PDF)
    row = Blob(
        tenant_id=TENANT, holder_id=HOLDER, filename="b.pdf", media_type="application/pdf", size=len(PDF),
        sha256=winner.sha256, wrapped_key=b"", store_path="zz/none", created_at=winner.created_at,
    )  # fmt: skip
    assert files._first_of(row).id == winner.id
